from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.endpoint.openapi import row_schema
from lifecycle.features.build import build_plan
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import RequestReader
from lifecycle.registry.bundle import BundleManifest
from lifecycle.spec.parse import parse_spec
from tests.fakes.stub_endpoint import make_bundle

SPEC = """
model: {name: wide, task: regression}
data:
  source: {files: none.parquet}
  entity: id
  partition: {every: once}
  columns:
    id: {type: int}
    size: {type: float, min: 0, max: 10.5}
    kind: {type: string, allowed: [a, b], null_share: 0.5}
    level: {type: int, allowed: [1, 2, 3]}
    paid: {type: bool}
    born: {type: date, null_share: 1.0}
    label: {type: float, null_share: 1.0}
  label: {column: label}
features: {columns: {size: size, kind: kind, level: level, paid: paid}}
evaluation: {gates: [{metric: mae, max: 1}]}
"""
# No floats that are whole: JSON Schema takes 7.0 for an integer, and JSON writers write it for a float.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.integers(0, 4),
    st.floats(-20, 20).filter(lambda value: not value.is_integer()),
    st.sampled_from(["a", "b", "", "2013-04-01"]),
    st.just([]),
)
NAMES = ("id", "size", "kind", "level", "paid", "label", "colour")


@pytest.fixture(scope="module")
def plan() -> FeaturePlan:
    return build_plan(parse_spec(SPEC))


@pytest.fixture(scope="module")
def validator(plan: FeaturePlan, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("openapi")
    stub: BundleManifest = make_bundle(folder / "bundle", 1.0).manifest
    bundle = stub.model_copy(update={"request": plan.request, "required": plan.required})
    schema = row_schema(bundle)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@given(row=st.dictionaries(st.sampled_from(NAMES), SCALARS))
def test_the_schema_accepts_exactly_the_rows_that_are_scored(
    plan: FeaturePlan, validator: Any, row: dict[str, Any]
) -> None:
    _, problems = RequestReader(plan).read(row, now_us=0)
    assert validator.is_valid(row) == (problems == [])


GOOD = {"id": 1, "size": 1.5, "kind": "a", "level": 2, "paid": True}


@given(name=st.sampled_from(NAMES), value=SCALARS)
def test_so_it_is_one_change_away_from_a_good_row(
    plan: FeaturePlan, validator: Any, name: str, value: object
) -> None:
    row = {**GOOD, name: value}
    _, problems = RequestReader(plan).read(row, now_us=0)
    assert validator.is_valid(row) == (problems == [])


def test_the_schema_knows_what_is_required_and_what_may_be_missing(validator: Any) -> None:
    assert validator.schema["required"] == ["size", "level", "paid"]
    assert validator.schema["properties"]["born"] == {"type": ["string", "null"], "format": "date"}

"""What a version was made from: kept with it, and enough to have its spec back."""

import json
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.comparison import compare_bundles
from lifecycle.registry.made_from import MadeFrom
from lifecycle.spec.fingerprint import making_fingerprint
from lifecycle.spec.making import making_of, spec_changes, spec_of, with_machine_of
from lifecycle.spec.model_spec import ModelSpec
from tests.conftest import TrainedBundle
from tests.fakes.bundles import make_bundle, parcels
from tests.fakes.orders import orders_spec

FORMAT_1 = Path(__file__).parents[2] / "golden" / "bundles" / "format-1"


def test_a_bundle_of_format_1_knows_no_origin() -> None:
    manifest = open_bundle(FORMAT_1).manifest
    assert (manifest.format, manifest.made_from) == (1, None)


def test_a_bundle_names_its_inputs_and_its_spec(sealed: TrainedBundle) -> None:
    made = sealed("binary").manifest.made_from
    assert made == MadeFrom(
        features={"2024-01": {"data/2024-01": "c"}, "2024-02": {"data/2024-02": "d"}},
        beside={"lookups/wind.parquet": "e"},
        spec=json.dumps(making_of(parcels().spec)),
    )
    assert list(made.tables()) == [("data/2024-01", "c"), ("data/2024-02", "d")]
    assert made.unknown == ()
    assert MadeFrom(features={"a": {}}, beside={}, spec="{}").unknown == ("a",)


COSTS = ("evaluation:", "evaluation:\n  costs: {false_positive: 1, false_negative: 5}")
CURVE = ("evaluation:", "evaluation:\n  learning_curve: [0.25, 0.5]")


@pytest.mark.parametrize(
    "spec",
    [orders_spec(), orders_spec(COSTS), orders_spec(CURVE), parcels().spec, parcels("multiclass").spec],
)
def test_a_spec_comes_back_from_its_record(spec: ModelSpec) -> None:
    back = spec_of(json.loads(json.dumps(making_of(spec))))
    assert making_of(back) == making_of(spec)
    assert making_fingerprint(back) == making_fingerprint(spec)
    # Names in their order: it is the order of the features' columns.
    assert build_plan(back).to_json() == build_plan(spec).to_json()
    assert list(back.features.columns) == list(spec.features.columns)


def test_what_judges_or_serves_or_explains_is_no_part_of_the_making() -> None:
    edits = [("min: 0.6}", "min: 0.7}"), ("amount: {", "amount: {description: paid, ")]
    assert making_of(orders_spec(*edits)) == making_of(orders_spec())


def test_a_record_of_another_release_is_one_error() -> None:
    strange = {**making_of(orders_spec()), "training": {"trainer": "abacus"}}
    with pytest.raises(LifecycleError, match=r"is not one that this release reads: training\.trainer: "):
        spec_of(strange)


def test_changes_of_a_spec_are_named_by_path() -> None:
    edited = orders_spec(("max: 1000", "max: 999"), ("amount: amount", "amount: -amount"))
    changes = [str(change) for change in spec_changes(making_of(orders_spec()), making_of(edited))]
    assert changes == [
        "data.columns.amount.max: was 1000.0, is 999.0",
        'features.columns.amount: was "amount", is "-amount"',
    ]
    assert spec_changes(making_of(edited), making_of(edited)) == []
    (dearer,) = spec_changes(making_of(orders_spec()), making_of(orders_spec(COSTS)))[:1]
    assert str(dearer) == "evaluation.costs.false_negative: was nothing, is 5.0"


def test_a_record_says_nothing_of_machines_and_jobs_get_those_of_today() -> None:
    machine = "training: {rows: disk, compute: {memory_gib: 8, spot: true, cpu: 3}}"
    today = orders_spec(("evaluation:", f"{machine}\nevaluation:"))
    made = spec_of(making_of(today))
    asked = made.training.compute
    assert (made.training.rows, asked.memory_gib, asked.spot, asked.cpu) == (None, None, False, 3)
    assert with_machine_of(made, today).training == today.training


def test_two_bundles_differ_where_they_do(sealed: TrainedBundle, tmp_path: Path) -> None:
    one = sealed("binary")
    same = compare_bundles(one, make_bundle(tmp_path / "again"))
    assert (same.same, same.files, same.facts, same.golden) == (True, (), (), 0.0)
    other = compare_bundles(one, make_bundle(tmp_path / "other", threshold=0.4))
    assert (other.same, other.files, other.facts, other.golden) == (False, (), ("threshold",), 0.0)
    weights = compare_bundles(one, sealed("regression"))
    assert "model.ubj" in weights.files
    assert "task" in weights.facts

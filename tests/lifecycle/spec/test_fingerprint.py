"""What makes a stage stale, and what does not."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lifecycle
from lifecycle.spec.fingerprint import (
    code_fingerprint,
    fingerprint,
    making_fingerprint,
    making_sources,
    stage_fingerprints,
)
from lifecycle.spec.parse import parse_spec
from tests.fakes.orders import ORDERS, orders_spec


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        pytest.param(
            "task: binary", "task: binary, description: Later", set(), id="description of the model"
        ),
        pytest.param("task: binary", "task: binary, owners: ['team:x']", set(), id="owners"),
        pytest.param("{type: int,", "{type: int, description: pieces,", set(), id="description of a column"),
        pytest.param("evaluation:", "retrain: {schedule: '0 6 1 * *'}\nevaluation:", set(), id="schedule"),
        pytest.param("evaluation:", "job: true\nevaluation:", set(), id="job"),
        pytest.param("min: 0.6", "min: 0.7", {"evaluation"}, id="a gate"),
        pytest.param("evaluation:", "evaluation:\n  page: false", set(), id="a page is for people"),
        pytest.param("evaluation:", "deployment: {port: 9000}\nevaluation:", {"endpoint"}, id="the port"),
        pytest.param("evaluation:", "training: {seed: 1}\nevaluation:", {"model"}, id="the seed"),
        pytest.param("task: binary", "task: binary, positive: false", {"model"}, id="the positive class"),
        pytest.param("amount: amount", "amount: amount * 2", {"features"}, id="an expression"),
        pytest.param("max: 1000", "max: 999", {"data"}, id="a contract"),
        pytest.param(
            "{column: returned, known_at: known_at}",
            "{column: returned, delay: 1d}",
            {"data", "model"},
            id="label",
        ),
        pytest.param("time_zone: UTC", "time_zone: Europe/Zurich", {"data", "features"}, id="time zone"),
        pytest.param(
            "evaluation:",
            "evaluation:\n  budgets: {memory_mib: 5}",
            {"evaluation"},
            id="a budget only judges",
        ),
        pytest.param(
            "evaluation:",
            "monitoring: {performance: {floor: 0.6}}\nevaluation:",
            {"performance"},
            id="a floor only warns",
        ),
        pytest.param(
            "evaluation:",
            "evaluation:\n  costs: {false_positive: 1, false_negative: 5}",
            {"model", "evaluation"},
            id="costs choose the threshold, which is in the bundle",
        ),
        pytest.param(
            "evaluation:",
            "training: {rows: disk, compute: {memory_gib: 8, spot: true}}\nevaluation:",
            set(),
            id="the machine that fits it makes no other model",
        ),
        pytest.param(
            "evaluation:",
            "evaluation:\n  learning_curve: [0.5]",
            {"model", "evaluation"},
            id="the curve is fit beside the model",
        ),
    ],
)
def test_an_edit_makes_stale_what_it_changes(old: str, new: str, stale: set[str]) -> None:
    before, after = stage_fingerprints(orders_spec()), stage_fingerprints(orders_spec((old, new)))
    assert {stage for stage in before if before[stage] != after[stage]} == stale
    another_model = making_fingerprint(orders_spec()) != making_fingerprint(orders_spec((old, new)))
    assert another_model == bool(stale & {"data", "features", "model"})


def test_a_model_is_the_same_wherever_its_folder_lies() -> None:
    spec = parse_spec(ORDERS, folder=Path("/a"))
    moved = spec.with_folder(Path("/b"))
    assert (spec.folder, moved.folder) == (Path("/a"), Path("/b"))
    assert stage_fingerprints(spec) == stage_fingerprints(moved)
    assert spec.model_dump() == moved.model_dump()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_the_order_of_keys_does_not_count(facts: dict[str, object]) -> None:
    assert fingerprint(facts) == fingerprint(dict(reversed(facts.items())))
    assert fingerprint(facts) != fingerprint({**facts, "one more": 1}) or "one more" in facts


def test_a_number_that_is_none_has_no_fingerprint() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        fingerprint(float("nan"))


def test_what_chooses_the_threshold_in_the_bundle_is_code_that_makes_it() -> None:
    """Every module of the evaluation that sealing a bundle loads."""
    code = "import sys, lifecycle.evaluation.thresholds; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    root = Path(lifecycle.__file__).parent
    wanted = {
        f"{name.removeprefix('lifecycle.').replace('.', '/')}.py"
        for name in loaded.split()
        if name.startswith("lifecycle.evaluation.")
    }
    assert wanted <= set(making_sources(root))


def test_the_code_has_one_fingerprint() -> None:
    assert code_fingerprint() == code_fingerprint()
    assert len(code_fingerprint()) == 16

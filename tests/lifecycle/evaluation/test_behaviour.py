"""Rules that answers must keep, tried on a scorer whose answers are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.behaviour import BehaviourResult, BrokenRule, rule_in_words, run_behaviour
from lifecycle.evaluation.calibration import wilson_interval
from lifecycle.spec.behaviour import BehaviourTest
from lifecycle.spec.columns import Column
from lifecycle.spec.kinds import Scalar

COLUMNS = {
    "id": Column(type="string"),
    "x": Column(type="float", min=0, max=100, null_share=0.5),
    "n": Column(type="int"),
    "tail": Column(type="string"),
}


@dataclass(frozen=True)
class Said:
    value: Scalar
    probability: float | None = None
    probabilities: Mapping[str, float] | None = None


def late(rows: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Probability x / 100, a half where x is missing, and .3 more for one tail number."""
    scores = [min(1.0, (row.get("x") or 50) / 100 + 0.3 * (row.get("tail") == "bad")) for row in rows]
    return [Said(value=score >= 0.5, probability=score) for score in scores]


def requests(*xs: float | None) -> list[dict[str, Any]]:
    return [{"id": f"r{i}", "tail": "good"} | ({} if x is None else {"x": x}) for i, x in enumerate(xs)]


def run(raw: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], score: Any = late) -> BehaviourResult:
    test = BehaviourTest.model_validate({"name": "rule", **raw})
    return run_behaviour(test, rows, score, columns=COLUMNS, entity="id")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param({"invariance": {"column": "tail", "values": ["bad"]}}, id="invariance"),
        pytest.param({"direction": {"column": "x", "add": 5, "expect": "down"}}, id="direction"),
    ],
)
def test_a_broken_rule_tells_nothing_sensitive(raw: Mapping[str, Any]) -> None:
    secret = {name: column.model_copy(update={"sensitive": True}) for name, column in COLUMNS.items()}
    test = BehaviourTest.model_validate({"name": "rule", **raw})
    found = run_behaviour(test, requests(10, 20), late, columns=secret, entity="id")
    changed = "tail" if "invariance" in raw else "x"
    assert {(broken.row, broken.change) for broken in found.broken} == {
        ("(hidden)", f"{changed}: (hidden) -> (hidden)")
    }


def test_a_column_that_does_not_matter() -> None:
    found = run({"invariance": {"column": "id", "values": ["a", "b"]}}, requests(10, 20))
    low, high = wilson_interval(2, 2)
    assert found == BehaviourResult(
        test="rule",
        gate="behaviour_rule",
        rule="invariance",
        rule_text="id does not move the answer (tried: a, b)",
        n=2,
        kept=2,
        low=low,
        high=high,
        wanted=0.95,
        broken=(),
    )


def test_a_column_that_matters_is_shown_at_its_worst_value() -> None:
    rule = {"column": "tail", "values": ["fine", "bad"]}
    found = run({"invariance": rule, "tolerance": 0.2}, requests(10, 90))
    # At 90 the score stops at 1: it moves by .1 only, which the tolerance allows.
    assert (found.n, found.kept) == (2, 1)
    assert found.broken == (
        BrokenRule(row="r0", change="tail: 'good' -> 'bad'", before="False (0.1000)", after="False (0.4000)"),
    )


@pytest.mark.parametrize(
    ("expect", "kept"), [pytest.param("up", 2, id="as it is"), pytest.param("down", 0, id="against it")]
)
def test_direction_leaves_out_rows_that_cannot_move(expect: str, kept: int) -> None:
    rule = {"column": "x", "add": 10, "expect": expect}
    found = run({"direction": rule}, requests(10, 50, 95, None))
    assert (found.n, found.kept) == (2, kept), "not the missing one, nor the one that would break its range"


def test_an_answer_that_stays_keeps_either_direction() -> None:
    rule = {"column": "x", "add": -10, "expect": "up"}
    assert (
        run(
            {"direction": rule}, requests(50), lambda rows: [Said(value=True, probability=0.5)] * len(rows)
        ).kept
        == 1
    )


def test_a_direction_is_followed_within_the_tolerance() -> None:
    rule = {"column": "x", "add": -10, "expect": "up"}
    assert [run({"direction": rule, "tolerance": t}, requests(50)).kept for t in (0.05, 0.11)] == [0, 1]


def test_whole_numbers_stay_whole() -> None:
    seen: list[object] = []

    def watching(rows: Sequence[Mapping[str, Any]]) -> list[Said]:
        seen.extend(row["n"] for row in rows)
        return [Said(value=1.0) for _ in rows]

    run({"direction": {"column": "n", "add": 2, "expect": "up"}}, [{"id": "a", "n": 3}], watching)
    assert seen == [3, 5] and all(isinstance(value, int) for value in seen)


@pytest.mark.parametrize(
    ("expect", "kept"),
    [
        pytest.param({"value": True}, 1, id="the class"),
        pytest.param({"min": 0.7}, 1, id="at least"),
        pytest.param({"max": 0.7}, 1, id="at most"),
        pytest.param({"min": 0.1, "max": 0.9}, 2, id="between"),
        pytest.param({"value": True, "max": 0.7}, 0, id="both"),
    ],
)
def test_minimum_function(expect: Mapping[str, Any], kept: int) -> None:
    rows = [{"x": 80}, {"x": 20}]
    found = run({"minimum_function": {"rows": rows, "expect": expect}}, requests(1, 2, 3))
    assert (found.n, found.kept, found.wanted, found.low) == (2, kept, 1.0, None)


def test_the_rows_of_a_minimum_function_are_named_by_number() -> None:
    found = run({"minimum_function": {"rows": [{"x": 80}, {"x": 20}], "expect": {"value": True}}}, [])
    assert found.broken == (BrokenRule(row="row 1", change="", before="", after="False (0.2000)"),)


def test_several_classes_move_by_their_largest_probability_and_in_the_named_one() -> None:
    def three(rows: Sequence[Mapping[str, Any]]) -> list[Said]:
        return [
            Said(value="a", probabilities={"a": 0.6 - row["x"] / 100, "b": 0.4, "c": row["x"] / 100})
            for row in rows
        ]

    up = {"column": "x", "add": 10, "expect": "up"}
    kept = {of: run({"direction": {**up, "of": of}}, requests(10), three).kept for of in ("a", "b", "c")}
    assert kept == {"a": 0, "b": 1, "c": 1}
    moved = {"invariance": {"column": "x", "values": [30]}, "tolerance": 0.15}
    assert run(moved, requests(10), three).kept == 0
    sure = {"rows": [{"x": 10}], "expect": {"value": "a", "min": 0.45}}
    assert run({"minimum_function": sure}, [], three).kept == 1


@pytest.mark.parametrize("rule", [
    {"direction": {"column": "x", "add": 1, "expect": "up", "of": "z"}},
    {"minimum_function": {"rows": [{"x": 10}], "expect": {"value": "z"}}},
])  # fmt: skip
def test_a_class_that_the_model_does_not_know_is_told(rule: Mapping[str, Any]) -> None:
    def two(rows: Sequence[Mapping[str, Any]]) -> list[Said]:
        return [Said(value="a", probabilities={"a": 0.6, "b": 0.4}) for _ in rows]

    with pytest.raises(LifecycleError, match="names the class 'z'; the model knows a, b"):
        run(rule, requests(10), two)


def test_a_regression_is_judged_by_its_number() -> None:
    def minutes(rows: Sequence[Mapping[str, Any]]) -> list[Said]:
        return [Said(value=2.0 * row["x"]) for row in rows]

    assert run({"direction": {"column": "x", "add": 1, "expect": "up"}}, requests(10), minutes).kept == 1
    found = run({"minimum_function": {"rows": [{"x": 10}], "expect": {"max": 10}}}, [], minutes)
    assert found.broken[0].after == "20"


def test_no_rows_is_no_share() -> None:
    found = run({"invariance": {"column": "tail", "values": ["bad"]}}, [])
    assert (found.n, found.share, found.low, found.high) == (0, None, None, None)


def test_examples_are_few_and_short() -> None:
    rows = [{"id": "x" * 10_000, "tail": "good", "x": 10} for _ in range(50)]
    found = run({"invariance": {"column": "tail", "values": ["bad", "y" * 10_000]}}, rows)
    assert (found.kept, len(found.broken)) == (0, 5)
    assert all(len(text) < 200 for b in found.broken for text in (b.row, b.change, b.before, b.after))


@given(st.lists(st.floats(0, 100), max_size=30), st.floats(0, 1))
def test_more_tolerance_never_breaks_more(xs: list[float], tolerance: float) -> None:
    rule = {"column": "tail", "values": ["bad"]}
    strict, loose = (
        run({"invariance": rule, "tolerance": t}, requests(*xs)).kept for t in (tolerance, tolerance + 0.1)
    )
    assert strict <= loose <= len(xs)


def test_rules_in_words() -> None:
    down = {"column": "x", "add": -2.5, "expect": "down", "of": "a"}
    sure = {"rows": [{"x": 1}], "expect": {"value": True, "min": 0.7}}
    texts = [
        rule_in_words(BehaviourTest.model_validate({"name": "rule", **raw}))
        for raw in ({"direction": down, "tolerance": 0.1}, {"minimum_function": sure})
    ]
    assert texts == [
        "x - 2.5 does not raise the answer for a by more than 0.1",
        "1 given rows: the answer is True and at least 0.7",
    ]

"""A rule that can never be tried is an error when the spec loads."""

import pytest

from lifecycle.evaluation.behaviour_problems import behaviour_problems
from lifecycle.features.build import build_plan
from lifecycle.spec.parse import parse_spec
from tests.fakes.orders import ORDERS
from tests.lifecycle.spec.problems import problems_of

ROW = "{shop: north, ordered_at: '2024-03-01T12:00:00Z'}"
GATES = "gates: [{metric: auc, min: 0.6}]"


def with_rule(rule: str, *, task: str = "binary") -> str:
    text = ORDERS.replace("task: binary", f"task: {task}")
    return text.replace(GATES, f"{GATES}\n  behaviour: [{{name: rule, {rule}}}]")


def told(text: str) -> list[tuple[str, str]]:
    spec = parse_spec(text)
    at = "evaluation.behaviour.0."
    return [(p.path.removeprefix(at), p.found) for p in behaviour_problems(spec, build_plan(spec))]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("invariance: {column: shop, values: [north, south]}", [], id="good"),
        pytest.param(
            "invariance: {column: sop, values: [x]}", [("invariance.column", "'sop'")], id="no column"
        ),
        pytest.param(
            "invariance: {column: returned, values: [true]}",
            [("invariance.column", "'returned'")],
            id="the label is no column of a request",
        ),
        pytest.param(
            "invariance: {column: shop, values: [north, west]}",
            [("invariance.values.1", "'west'")],
            id="a value that no request may hold",
        ),
        pytest.param(
            "invariance: {column: amount, values: [ten]}",
            [("invariance.values.0", "'ten'")],
            id="a value of another type",
        ),
        pytest.param("direction: {column: amount, add: 5, expect: up}", [], id="a number moves"),
        pytest.param(
            "direction: {column: shop, add: 5, expect: up}",
            [("direction.column", "a string column")],
            id="text does not move",
        ),
        pytest.param(
            "direction: {column: items, add: 0.5, expect: up}",
            [("direction.add", "0.5")],
            id="a whole number moves by whole ones",
        ),
        pytest.param(
            "direction: {column: amount, add: 5, expect: up, of: a}",
            [("direction.of", "'a'")],
            id="one class has no name to give",
        ),
        pytest.param(f"minimum_function: {{rows: [{ROW}], expect: {{value: true}}}}", [], id="rows"),
        pytest.param(
            f"minimum_function: {{rows: [{ROW}, {{amount: 5000, color: red}}], expect: {{value: true}}}}",
            [
                ("minimum_function.rows.1.amount", "5000"),
                ("minimum_function.rows.1.'color'", "an unknown field"),
                ("minimum_function.rows.1.shop", "nothing"),
                ("minimum_function.rows.1.ordered_at", "nothing"),
            ],
            id="rows that no client may send",
        ),
    ],
)
def test_problems_of_a_rule(rule: str, expected: list[tuple[str, str]]) -> None:
    assert told(with_rule(rule)) == expected


def test_several_classes_need_the_one_that_is_meant() -> None:
    text = with_rule("direction: {column: amount, add: 5, expect: up}", task="multiclass")
    assert told(text.replace("auc", "accuracy")) == [("direction.of", "nothing")]
    bounds = with_rule(f"minimum_function: {{rows: [{ROW}], expect: {{min: 0.5}}}}", task="multiclass")
    assert told(bounds.replace("auc", "accuracy")) == [("minimum_function.expect.value", "nothing")]


def test_a_number_is_never_hit_exactly() -> None:
    text = with_rule(f"minimum_function: {{rows: [{ROW}], expect: {{value: 5}}}}", task="regression")
    text = text.replace("{metric: auc, min: 0.6}", "{metric: mae, max: 9}").replace(
        "returned: {type: bool", "returned: {type: float"
    )
    assert told(text) == [("minimum_function.expect.value", "5")]


def test_costs_are_for_binary_models() -> None:
    text = ORDERS.replace(GATES, f"{GATES}\n  costs: {{false_positive: 1, false_negative: 5}}")
    assert told(text) == []
    spec = parse_spec(text.replace("task: binary", "task: multiclass").replace("auc", "accuracy"))
    assert [p.path for p in behaviour_problems(spec, build_plan(spec))] == ["evaluation.costs"]


@pytest.mark.parametrize(
    ("new", "path", "allowed"),
    [
        pytest.param(
            f"{GATES}\n  behaviour: [{{name: a}}]", "evaluation.behaviour.0", "exactly one of", id="no rule"
        ),
        pytest.param(
            f"{GATES}\n  behaviour: [{{name: a, invariance: {{column: shop, values: [north]}}, "
            "direction: {column: items, add: 1, expect: up}}]",
            "evaluation.behaviour.0",
            "exactly one of",
            id="two rules",
        ),
        pytest.param(
            f"{GATES}\n  behaviour: [{{name: a, invariance: {{column: shop, values: []}}}}]",
            "evaluation.behaviour.0.invariance",
            "at least one value",
            id="no value",
        ),
        pytest.param(
            f"{GATES}\n  behaviour: [{{name: a, direction: {{column: items, add: 0, expect: up}}}}]",
            "evaluation.behaviour.0.direction",
            "changes nothing",
            id="no change",
        ),
        pytest.param(
            f"{GATES}\n  behaviour: [{{name: a, minimum_function: {{rows: [], expect: {{min: 1}}}}}}]",
            "evaluation.behaviour.0.minimum_function",
            "at least one row",
            id="no row",
        ),
        pytest.param(
            f"{GATES}\n  behaviour: [{{name: a, minimum_function: {{rows: [{{}}], expect: {{}}}}}}]",
            "evaluation.behaviour.0.minimum_function.expect",
            "at least one of",
            id="no expectation",
        ),
        pytest.param(
            f"{GATES}\n  budgets: {{latency: 5}}",
            "evaluation.budgets.latency",
            "latency_p99_ms",
            id="an unknown budget",
        ),
        pytest.param(
            f"{GATES}\n  costs: {{false_positive: 0, false_negative: 0}}",
            "evaluation.costs",
            "cost nothing",
            id="free mistakes",
        ),
        pytest.param(
            f"{GATES}\n  learning_curve: [0.5, 0.25]", "evaluation", "rises", id="a curve that falls"
        ),
        pytest.param(
            "gates: [{metric: auc, min: 0.6}, {data: rows, min: 5}]",
            "evaluation.gates.1.data",
            "holdout_rows",
            id="an unknown fact of the data",
        ),
        pytest.param(
            "gates: [{metric: auc, min: 0.6}, {data: labelled_share, min: 5}]",
            "evaluation.gates.1",
            "is a share",
            id="a share above one",
        ),
        pytest.param(
            "gates: [{data: holdout_rows, min: 5}]",
            "evaluation",
            "at least one on a metric",
            id="rows alone are no gate",
        ),
    ],
)
def test_a_spec_that_cannot_mean_anything_is_refused(new: str, path: str, allowed: str) -> None:
    (problem,) = problems_of(ORDERS.replace(GATES, new))
    assert problem.path == path
    assert allowed in problem.allowed


def test_two_tests_of_one_name_are_refused() -> None:
    rule = "{name: a, invariance: {column: shop, values: [north]}}"
    (problem,) = problems_of(ORDERS.replace(GATES, f"{GATES}\n  behaviour: [{rule}, {rule}]"))
    assert "two behavioural tests share a name: a, a" in problem.allowed


def test_a_class_that_the_label_never_has_is_told() -> None:
    text = with_rule(f"minimum_function: {{rows: [{ROW}], expect: {{value: lost}}}}", task="multiclass")
    text = text.replace("metric: auc", "metric: accuracy").replace(
        "returned: {type: bool", "returned: {type: string, allowed: [kept, returned]"
    )
    assert told(text) == [("minimum_function.expect.value", "'lost'")]
    assert told(text.replace("value: lost", "value: kept")) == []

"""From the spec to the plan, and the plan through JSON."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.expression import Call, Const
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.plan import Feature, FeaturePlan
from lifecycle.spec.parse import SpecError, load_spec
from tests.fakes.orders import orders_spec

PLAN = build_plan(orders_spec())


def stored(plan: FeaturePlan) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(json.dumps(plan.to_json()))
    return raw


def test_a_plan_comes_back_from_json_as_it_was() -> None:
    flights = load_spec(Path(__file__).parents[3] / "models" / "flight_delay" / "spec.yaml")
    for plan in (PLAN, build_plan(flights)):
        assert FeaturePlan.from_json(stored(plan)) == plan
        assert FeaturePlan.from_json(stored(plan)).fingerprint == plan.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        *[{"format": 3}, {"format": None}, {"features": None}, {"features": [["a"]]}],
        *[{"features": [["a", ["x"]]]}, {"request": {"a": {"type": "complex"}}}, {"lookups": [{}]}],
        *[{"calendar": {}}, {"calendar": 3}],
    ],
    ids=str,
)
def test_a_plan_that_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LifecycleError):
        FeaturePlan.from_json({**stored(PLAN), **change})


@pytest.mark.parametrize("raw", [None, [], "plan", 1, {}], ids=repr)
def test_what_is_no_mapping_is_no_plan(raw: object) -> None:
    with pytest.raises(LifecycleError, match="feature plan of format None; this version reads 1 and 2"):
        FeaturePlan.from_json(raw)


def test_a_stored_plan_calls_functions_of_the_allow_list_only() -> None:
    evil = Feature(name="evil", expression=Call("__import__", (Const("os", "string"),), "int"))
    with pytest.raises(LifecycleError, match="the plan calls '__import__', which this version lacks"):
        OnlineFeatures(replace(PLAN, features=(evil,), lookups=()), {})


def test_a_request_holds_what_features_read_and_is_never_missing() -> None:
    assert PLAN.reads == ("amount", "shop")
    assert PLAN.required == ("shop",)
    assert set(PLAN.request) == {"order_id", "ordered_at", "amount", "items", "shop"}


@pytest.mark.parametrize(
    ("old", "new", "path", "found"),
    [
        pytest.param(
            "amount: amount",
            "amount: returned",
            "features.columns.amount",
            "the column 'returned'",
            id="the label",
        ),
        pytest.param(
            "amount: amount",
            "amount: known_at",
            "features.columns.amount",
            "the column 'known_at'",
            id="its time",
        ),
        pytest.param(
            "amount: amount", "amount: ordered_at", "features.columns.amount", "a timestamp", id="a bare time"
        ),
        pytest.param(
            "amount: amount", "amount: 'NULL'", "features.columns.amount", "a null", id="nothing but null"
        ),
        pytest.param(
            "amount: amount",
            "order_id: amount",
            "features.columns.order_id",
            "the name 'order_id'",
            id="name of the key",
        ),
        pytest.param(
            "amount: amount",
            "label_known_at: amount",
            "features.columns.label_known_at",
            "the name",
            id="our own column",
        ),
        pytest.param(
            "amount: amount",
            "a__known_at: amount",
            "features.columns.a__known_at",
            "the name",
            id="double underscore",
        ),
        pytest.param(
            "{shop: shop}",
            "{shop: returned}",
            "features.lookups.stock.key",
            "the request column 'returned'",
            id="label as key",
        ),
    ],
)
def test_a_feature_sees_only_what_a_request_holds(old: str, new: str, path: str, found: str) -> None:
    with pytest.raises(SpecError) as caught:
        build_plan(orders_spec((old, new)))
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.found.startswith(found)


def test_every_wrong_expression_is_told() -> None:
    spec = orders_spec(("amount: amount", "a: nope\n    b: amount +\n    c: ordered_at"))
    with pytest.raises(SpecError) as caught:
        build_plan(spec)
    assert [problem.path.rpartition(".")[2] for problem in caught.value.problems] == ["a", "b", "c"]


def test_only_what_a_feature_means_makes_another_plan() -> None:
    told = build_plan(orders_spec(("{type: float,", "{type: float, description: in francs,")))
    assert told.fingerprint == PLAN.fingerprint
    other = build_plan(orders_spec(("amount: amount", "amount: amount + 0")))
    assert other.fingerprint != PLAN.fingerprint

"""What the spec may say of history features, and what it is told where it says something else."""

import json
from pathlib import Path
from typing import Any

import pytest

from lifecycle.features.build import build_plan
from lifecycle.features.history import OWN_LABELS, OWN_ROWS, history_groups
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.parse import SpecError, parse_spec
from tests.fakes.orders import ORDERS, orders_spec

EVENTS = """  events:
    visits: {table: v.parquet, known_at: seen, columns: {shop: string, people: int, x: float}}
"""
LOOKUP = """  lookups:
    stock:
      table: stock.parquet
      key: {shop: shop}
      known_at: seen_at
      columns: {level: int}
"""


def with_history(history: str, *changes: tuple[str, str], column: str = "history.h") -> str:
    """The text of the spec with one history, and a feature that reads it."""
    features = f"{EVENTS}  history:\n    h: {history}\n  columns:\n    h: {column}\n    amount: amount\n"
    text = ORDERS.replace("  columns:\n    amount: amount\n", features)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("history", "source", "kind", "max_delay_s"),
    [
        pytest.param("{window: 1d, aggregate: count}", OWN_ROWS, "int", None, id="own rows"),
        pytest.param(
            "{window: 1d, aggregate: mean, value: returned}", OWN_LABELS, "float", 30 * 86_400, id="the label"
        ),
        pytest.param(
            "{window: 1d, aggregate: max, value: 'seconds_between(ordered_at, known_at)', max_delay: 2d}",
            OWN_LABELS,
            "int",
            2 * 86_400,
            id="when the label was known",
        ),
        pytest.param(
            "{of: visits, window: 1d, aggregate: last, value: x}", "visits", "float", None, id="events"
        ),
        pytest.param(
            "{window: 1d, aggregate: sum, value: amount > 5}", OWN_ROWS, "int", None, id="a sum of truths"
        ),
        pytest.param("{window: 1d, aggregate: distinct, value: shop}", OWN_ROWS, "int", None, id="distinct"),
        pytest.param("{window: 1d, aggregate: days_since}", OWN_ROWS, "float", None, id="days since"),
    ],
)
def test_a_history_knows_its_source_and_kind(
    history: str, source: str, kind: str, max_delay_s: int | None
) -> None:
    plan = build_plan(parse_spec(with_history(history)))
    (found,) = plan.histories
    assert (found.source, found.kind, found.max_delay_s) == (source, kind, max_delay_s)
    assert [each.name for each in plan.sources] == [source]
    assert FeaturePlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize(
    ("history", "path", "found", "allowed"),
    [
        pytest.param(
            "{window: 1d, aggregate: mean}",
            "",
            "keys that do not fit",
            "`mean` needs a `value`",
            id="no value",
        ),
        pytest.param(
            "{window: 0s, aggregate: count}",
            "",
            "keys that do not fit",
            "longer than nothing",
            id="no window",
        ),
        pytest.param(
            "{of: trips, window: 1d, aggregate: count}",
            ".of",
            "the event table 'trips'",
            "visits",
            id="no such table",
        ),
        pytest.param(
            "{of: visits, key: {town: shop}, window: 1d, aggregate: count}",
            ".key",
            "the column 'town' of the past row",
            "shop, people, x, seen",
            id="no such past column",
        ),
        pytest.param(
            "{key: {shop: town}, window: 1d, aggregate: count}",
            ".key",
            "the request column 'town'",
            "order_id, ordered_at",
            id="no such request column",
        ),
        pytest.param(
            "{key: {returned: shop}, window: 1d, aggregate: count}",
            ".key",
            "the column 'returned' of the past row",
            "order_id",
            id="the label as a key",
        ),
        pytest.param(
            "{of: visits, key: {people: shop}, window: 1d, aggregate: count}",
            ".key",
            "'people', a int, for 'shop', a string",
            "two columns of one type",
            id="keys of two types",
        ),
        pytest.param(
            "{key: {amount: amount}, window: 1d, aggregate: count}",
            ".key",
            "'amount', a float, for 'amount', a float",
            "two columns of one type: string",
            id="a float key",
        ),
        pytest.param(
            "{of: visits, window: 1d, aggregate: mean, value: people + tips}",
            ".value",
            "the column 'tips' at line 1, column 10",
            "columns of the row: shop, people",
            id="value",
        ),
        pytest.param(
            "{window: 1d, aggregate: mean, value: shop}",
            ".value",
            "a string",
            "a number or a condition",
            id="mean of text",
        ),
        pytest.param(
            "{window: 1d, aggregate: count, max_delay: 1d}",
            ".max_delay",
            "86400 s",
            "no max_delay, as it reads no label",
            id="max_delay without label",
        ),
        pytest.param(
            "{of: visits, window: 1d, aggregate: count, max_delay: 1d}",
            "",
            "keys that do not fit",
            "an event table has no",
            id="max_delay of events",
        ),
        pytest.param(
            "{window: 1d, aggregate: median, value: amount}",
            ".aggregate",
            "'median'",
            "'count', 'mean'",
            id="median",
        ),
    ],
)
def test_a_wrong_history_says_where_and_what_is_allowed(
    history: str, path: str, found: str, allowed: str
) -> None:
    with pytest.raises(SpecError) as caught:
        build_plan(parse_spec(with_history(history)))
    (problem,) = caught.value.problems
    assert problem.path == f"features.history.h{path}"
    assert problem.found.startswith(found)
    assert allowed in problem.allowed


def test_a_feature_that_reads_no_history_there_is_says_which_there_are() -> None:
    text = with_history("{window: 1d, aggregate: count}", column="history.other + 1")
    with pytest.raises(SpecError, match=r"the column 'other' at line 1, column 9; allowed: .*'history': h"):
        build_plan(parse_spec(text))


def test_histories_of_one_key_window_and_source_are_one_group() -> None:
    text = with_history("{key: {shop: shop}, window: 1d, aggregate: count}")
    more = "    g: {key: {shop: shop}, window: 24h, aggregate: sum, value: amount}\n"
    more += "    i: {key: {shop: shop}, window: 2d, aggregate: count}\n"
    plan = build_plan(parse_spec(text.replace("  history:\n", f"  history:\n{more}")))
    groups = history_groups(plan.histories)
    assert [[h.name for h in group.histories] for group in groups] == [["g", "h"], ["i"]]


FORMAT_1 = Path(__file__).parents[2] / "golden" / "plans" / "orders.format1.json"


def test_a_plan_of_format_1_is_still_read() -> None:
    raw: dict[str, Any] = json.loads(FORMAT_1.read_text(encoding="utf-8"))
    assert raw["format"] == 1
    plan = FeaturePlan.from_json(raw)
    spec = orders_spec(("    stock_level: stock.level\n", "    double: amount * 2\n"), (LOOKUP, ""))
    assert plan == build_plan(spec)
    assert OnlineFeatures(plan, {}).compute({"ordered_at": 0, "amount": 2.0}) == {
        "amount": 2.0,
        "double": 4.0,
    }

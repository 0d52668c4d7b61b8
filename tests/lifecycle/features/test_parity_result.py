"""The comparison that the smoke test and the asset check share, and the past that a sample needs."""

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from lifecycle.features.history import HistoryGroup, HistoryPlan
from lifecycle.features.history_asked import asked_intervals
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.parity import Difference, compare, parity
from tests.lifecycle.features.test_parity import make_plan

PLAN = make_plan({"double": "n * 2", "ratio": "x / 3"})
ONLINE = OnlineFeatures(PLAN, {})
REQUESTS: list[dict[str, Any]] = [{"at": 0, "n": 1, "x": 1.0}, {"at": 0, "n": 2, "x": None}]


def test_equal_features_are_at_parity() -> None:
    kept = [{"double": 2, "ratio": 1 / 3 + 1e-12}, {"double": 4, "ratio": None}]
    result = parity(PLAN, ONLINE, REQUESTS, kept)
    assert (result.ok, result.rows, dict(result.differing)) == (True, 2, {})
    assert result.largest == pytest.approx(1e-12, rel=1e-3)


def test_a_difference_is_counted_and_shown() -> None:
    kept = [{"double": 3, "ratio": 1 / 3}, {"double": 4, "ratio": 0.0}]
    result = parity(PLAN, ONLINE, REQUESTS, kept)
    assert (result.ok, dict(result.differing), result.largest) == (False, {"double": 1, "ratio": 1}, inf)
    assert result.samples["double"] == (Difference(row=0, online=2, offline=3),)
    assert result.samples["ratio"] == (Difference(row=1, online=None, offline=0.0),)


def test_nothing_compared_is_no_parity() -> None:
    assert not compare(PLAN, [], []).ok


HISTORY = HistoryPlan(
    name="h", source="_rows", key={"s": "s"}, window_s=1, max_delay_s=None, aggregate="count", value=None
)


def test_windows_that_touch_are_one_interval() -> None:
    group = HistoryGroup(number=0, histories=(HISTORY,))
    asked = [{"s": "a", "at": at} for at in (5_000_000, 1_000_000, 2_000_000, 1_000_000)]
    asked += [{"s": None, "at": 0}, {"s": "b", "at": 0}]
    assert asked_intervals(group, "at", asked) == {
        ("a",): [(0, 2_000_000), (4_000_000, 5_000_000)],
        ("b",): [(-1_000_000, 0)],
    }


def test_a_history_without_key_asks_for_all_rows_of_its_windows() -> None:
    group = HistoryGroup(number=0, histories=(replace(HISTORY, key={}),))
    assert asked_intervals(group, "at", [{"s": None, "at": 0}]) == {(): [(-1_000_000, 0)]}

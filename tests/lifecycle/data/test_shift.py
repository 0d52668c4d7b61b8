"""The shift check: what it sees, what it keeps silent about, and how often it is wrong."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from lifecycle.data.shift import FLOOR_PSI, FOLKLORE_PSI, judge_shift, upper_limit
from lifecycle.data.table_profile import TableProfile, column_profile


def table(**columns: Sequence[object] | NDArray[np.generic]) -> TableProfile:
    made = {}
    for name, values in columns.items():
        array = pa.array(values)
        kind = "string" if pa.types.is_string(array.type) else "float"
        made[name] = column_profile(kind, [array])
    return TableProfile(rows=max(len(values) for values in columns.values()), columns=made)


def month(rng: np.random.Generator, mean: float = 0.0, rows: int = 400) -> TableProfile:
    return table(x=rng.normal(mean, 1, rows))


def test_without_a_past_nothing_is_judged() -> None:
    now = month(np.random.default_rng(1))
    assert judge_shift(now, []).status == "not_enough_history"
    assert judge_shift(now, [month(np.random.default_rng(1), rows=29)]).status == "not_enough_history"
    assert judge_shift(month(np.random.default_rng(1), rows=29), [now]).message == (
        "not enough history: 1 partitions before, or fewer than 30 rows"
    )


@pytest.mark.parametrize(
    ("before", "limit"),
    [
        pytest.param(1, FOLKLORE_PSI, id="one partition: folklore"),
        pytest.param(3, FOLKLORE_PSI, id="three: folklore"),
        pytest.param(4, FLOOR_PSI, id="four steady ones: their own differences, and no less than the floor"),
    ],
)
def test_the_limit_comes_from_the_past_once_there_is_enough_of_it(before: int, limit: float) -> None:
    rng = np.random.default_rng(2)
    report = judge_shift(month(rng, rows=5000), [month(rng, rows=5000) for _ in range(before)])
    assert (report.status, report.columns[0].psi_limit) == ("stable", limit)


def test_a_season_is_no_shift_to_who_knows_seasons() -> None:
    rng = np.random.default_rng(3)
    seasons = [month(rng, mean) for mean in (0.0, 1.0, -0.5, 0.8, -1.0, 0.5, 1.1, -0.6)]
    assert judge_shift(month(rng, 0.9), seasons).status == "stable"
    assert judge_shift(month(rng, 0.9), seasons[:1]).status == "shifted"
    assert judge_shift(month(rng, 6.0), seasons).status == "shifted"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        pytest.param(["a"] * 50 + ["b"] * 50, "x: as before", id="the same"),
        pytest.param(
            ["a"] * 50 + ["b"] * 25 + [None] * 25, "x: 25.0% missing, before 0.0%", id="missing values"
        ),
        pytest.param(["a"] * 50 + ["b"] * 49 + ["c"], "x: new categories c", id="a new category"),
    ],
)
def test_what_is_said_of_a_column(now: list[str | None], told: str) -> None:
    report = judge_shift(table(x=now), [table(x=["a"] * 500 + ["b"] * 500)])
    assert report.columns[0].message == told


def test_categories_of_a_hidden_column_are_not_named() -> None:
    report = judge_shift(table(x=["secret"] * 50), [table(x=["a"] * 500)], hidden=["x"])
    assert "secret" not in report.message and "1 that are not shown" in report.message


def test_a_long_tail_brings_new_categories_all_the_time() -> None:
    rng = np.random.default_rng(4)
    tail = [table(x=[f"v{int(v)}" for v in rng.geometric(0.05, 300)]) for _ in range(6)]
    assert judge_shift(tail[-1], tail[:-1]).status == "stable"


def false_alarms(rows: int, partitions: int, *, turns: int, wobble: float) -> float:
    """Share of alarms where one more partition is drawn as those before it were; means wobble alike."""
    rng = np.random.default_rng((rows, partitions))
    alarms = 0
    for _ in range(turns):
        before = [month(rng, rng.normal(0, wobble), rows) for _ in range(partitions)]
        alarms += judge_shift(month(rng, rng.normal(0, wobble), rows), before).status == "shifted"
    return alarms / turns


@pytest.mark.parametrize(
    ("rows", "partitions", "wobble", "at_most"),
    [
        pytest.param(60, 1, 0.0, 0.02, id="small and steady, folklore"),
        pytest.param(300, 8, 0.0, 0.02, id="steady"),
        pytest.param(300, 8, 0.8, 0.03, id="seasons"),
        pytest.param(300, 4, 0.8, 0.05, id="seasons, little history: the root of PSI is not quite normal"),
    ],
)
def test_a_table_that_goes_on_as_before_raises_hardly_an_alarm(
    rows: int, partitions: int, wobble: float, at_most: float
) -> None:
    assert false_alarms(rows, partitions, turns=150, wobble=wobble) <= at_most


def test_a_limit_is_passed_as_rarely_as_it_says() -> None:
    # Normal values: one of 200 is beyond the limit that seven others give.
    rng = np.random.default_rng(5)
    draws = rng.normal(size=(20_000, 8))
    passed = np.mean([row[7] > upper_limit(row[:7].tolist()) for row in draws])
    assert passed == pytest.approx(0.005, abs=0.002)

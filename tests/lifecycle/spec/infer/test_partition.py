"""Partitions: about two dozen at most, never an empty one, always on a boundary."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.spec.data import Partition
from lifecycle.spec.infer.facts import TimeFacts
from lifecycle.spec.infer.partition import choose_partition

FIRST = date(2024, 1, 10)


def days(count: int, *, rows: int = 100, step: int = 1) -> TimeFacts:
    return TimeFacts(days={FIRST + timedelta(days=step * i): rows for i in range(count)})


@pytest.mark.parametrize(
    ("times", "every", "start", "count"),
    [
        pytest.param(days(20), "day", date(2024, 1, 10), 20, id="days"),
        pytest.param(days(60), "week", date(2024, 1, 8), 9, id="weeks from a Monday"),
        pytest.param(days(400), "month", date(2024, 1, 1), 14, id="months"),
        pytest.param(days(2000), "year", date(2024, 1, 1), 6, id="years"),
        pytest.param(days(20, rows=3), "once", None, 1, id="too few rows"),
        pytest.param(days(10, step=2), "week", date(2024, 1, 8), 3, id="gaps: days would be empty"),
        pytest.param(days(2, step=800), "once", None, 1, id="a year without rows"),
    ],
)
def test_choose_partition(times: TimeFacts, every: str, start: date | None, count: int) -> None:
    choice = choose_partition(times)
    assert (choice.every, choice.start, choice.count) == (every, start, count)


def test_hours_of_a_day_that_are_all_there() -> None:
    hours = {datetime(2024, 1, 10, hour): 60 for hour in range(24)}
    choice = choose_partition(TimeFacts(days={FIRST: 24 * 60}, hours=hours))
    assert (choice.every, choice.start, choice.end) == ("hour", FIRST, date(2024, 1, 11))


@given(
    st.dictionaries(
        st.dates(date(1990, 1, 1), date(2020, 1, 1)), st.integers(1, 500), min_size=1, max_size=60
    )
)
def test_every_choice_is_one_that_a_spec_allows_and_that_holds_all_rows(rows: dict[date, int]) -> None:
    choice = choose_partition(TimeFacts(days=rows))
    partition = Partition(every=choice.every, start=choice.start, end=choice.end)
    if partition.start is not None and partition.end is not None:
        assert all(partition.start <= day < partition.end for day in rows)
        assert choice.count <= 40

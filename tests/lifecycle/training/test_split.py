"""Cutting a window by time: laws, and one case worked by hand."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.training.split import MIN_ROWS, WindowSplit, as_utc, microseconds, split_by_time

HOUR = 3_600_000_000


def split(events: list[int], delays: list[int | None], **changes: float) -> WindowSplit:
    """Split rows given by event hour and hours until the label, None where it never came."""
    facts = {"cut_off": 10**6, "validation": 0.2, "holdout": 0.2} | changes
    event_us = np.array(events, dtype=np.int64) * HOUR
    labelled = np.array([delay is not None for delay in delays], dtype=bool)
    known_us = event_us + np.array([delay or 0 for delay in delays], dtype=np.int64) * HOUR
    return split_by_time(
        event_us,
        known_us,
        labelled,
        cut_off_us=int(facts["cut_off"]) * HOUR,
        validation=facts["validation"],
        holdout=facts["holdout"],
    )


def test_a_window_of_two_hundred_hours_is_cut_as_worked_by_hand() -> None:
    # One row an hour, its label five hours later. At the cut-off, hour 154, the labels of the first 150 rows
    # are known: the holdout starts at row 120 (150 * .8), validation at row 90 (150 * .6). The label of row
    # 85 comes at hour 90, in time for fitting; those of 86 to 89 come later, as do those of 116 to 119.
    cut = split(list(range(200)), [5] * 200, cut_off=154)
    assert np.flatnonzero(cut.fit).tolist() == list(range(86))
    assert np.flatnonzero(cut.validation).tolist() == list(range(90, 116))
    assert np.flatnonzero(cut.holdout).tolist() == list(range(120, 150))
    assert (cut.validation_start, cut.holdout_start) == (90 * HOUR, 120 * HOUR)
    assert (cut.never_labelled, cut.purged) == (50, 4 + 4)


Rows = list[tuple[int, int | None]]


def drawn(seed: int) -> Rows:
    """A few hundred rows with many ties, in no order, some without a label."""
    rng = np.random.default_rng(seed)
    count, delays = int(rng.integers(250, 400)), [None, 0, 0, 0, 1, 5]
    return [(int(rng.integers(60)), delays[rng.integers(len(delays))]) for _ in range(count)]


seeds = st.integers(0, 2**32 - 1)
shares = st.sampled_from([0.2, 0.3])


@given(seeds, st.integers(50, 80), shares, shares)
def test_nothing_is_learned_from_what_was_not_known(
    seed: int, cut_off: int, validation: float, holdout: float
) -> None:
    rows = drawn(seed)
    events, delays = [event for event, _ in rows], [delay for _, delay in rows]
    cut = split(events, delays, cut_off=cut_off, validation=validation, holdout=holdout)
    parts = {name: np.flatnonzero(asdict(cut)[name]) for name in ("fit", "validation", "holdout")}
    ends = {"fit": cut.validation_start, "validation": cut.holdout_start, "holdout": cut_off * HOUR}
    for name, members in parts.items():
        assert len(members) >= MIN_ROWS
        for row in members:
            delay = delays[row]
            assert delay is not None
            assert (events[row] + delay) * HOUR <= ends[name]
    times = {name: {events[row] for row in members} for name, members in parts.items()}
    # Rows of one event time are on one side of a cut.
    assert max(times["fit"]) < min(times["validation"])
    assert max(times["validation"]) < min(times["holdout"])
    assert sum(map(len, parts.values())) + cut.purged + cut.never_labelled == len(rows)


@given(seeds)
def test_the_order_of_rows_does_not_count(seed: int) -> None:
    def parts(rows: Rows) -> list[list[str]]:
        cut = split([event for event, _ in rows], [delay for _, delay in rows])
        masks = (cut.fit, cut.validation, cut.holdout)
        return [sorted(str(rows[row]) for row in np.flatnonzero(mask)) for mask in masks]

    rows = drawn(seed)
    assert parts(rows) == parts(rows[::-1])


@pytest.mark.parametrize(
    ("events", "delays", "message"),
    [
        pytest.param([], [], "has 0 rows whose label was known", id="no rows"),
        pytest.param(list(range(100)), [None] * 100, "has 0 rows whose label was known", id="no labels"),
        pytest.param(list(range(59)), [0] * 59, "has 59 rows whose label was known", id="one row too few"),
        pytest.param([5] * 100, [0] * 100, "the fit part .* has 0 labelled rows", id="one event time"),
        pytest.param(
            list(range(90)), [0] * 90, "the validation part .* has 18 labelled rows", id="small part"
        ),
        pytest.param(
            list(range(200)), [200] * 200, "the fit part .* has 0 labelled rows", id="labels too late"
        ),
    ],
)
def test_too_few_rows_are_an_error(events: list[int], delays: list[int | None], message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        split(events, delays)


def test_times_of_any_zone_and_unit_are_microseconds() -> None:
    zurich = datetime(2024, 3, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    column = pa.chunked_array([pa.array([zurich, None], pa.timestamp("ms", tz="Europe/Zurich"))])
    assert microseconds(column).tolist() == [1_709_251_200_000_000, 2**63 - 1]


@given(st.datetimes(datetime(1, 1, 2), timezones=st.just(UTC)))
def test_microseconds_and_moments_are_inverse(moment: datetime) -> None:
    assert as_utc((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) == moment

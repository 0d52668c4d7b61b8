"""Cutting a window by time: laws, and one case worked by hand."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.training.split import MIN_ROWS, TemporalSplit, as_utc, microseconds, split_by_time

HOUR = 3_600_000_000


def split(events: list[int], delays: list[int | None], **changes: float) -> TemporalSplit:
    """Split rows given by event hour and hours until the label, None where it never came."""
    facts = {"cut_off": 10**6, "validation": 0.2, "holdout": 0.2} | changes
    event_us = np.array(events, dtype=np.int64) * HOUR
    labelled = np.array([delay is not None for delay in delays])
    known_us = event_us + np.array([delay or 0 for delay in delays], dtype=np.int64) * HOUR
    return split_by_time(
        event_us,
        known_us,
        labelled,
        cut_off_us=int(facts["cut_off"]) * HOUR,
        validation=facts["validation"],
        holdout=facts["holdout"],
    )


def test_a_window_of_a_hundred_hours_is_cut_as_worked_by_hand() -> None:
    # One row an hour, its label five hours later, the last ten labels after the cut-off of hour 94: 90 rows
    # are known. The holdout starts at the 72nd (90 * .8), validation at the 54th (90 * .6); five rows before
    # each cut, those of 49 to 53 without the one that is labelled at the very cut, were not labelled by then.
    cut = split(list(range(100)), [5] * 100, cut_off=94)
    assert np.flatnonzero(cut.fit).tolist() == list(range(50))
    assert np.flatnonzero(cut.validation).tolist() == list(range(54, 68))
    assert np.flatnonzero(cut.holdout).tolist() == list(range(72, 90))
    assert (cut.validation_start_us, cut.holdout_start_us) == (54 * HOUR, 72 * HOUR)
    assert (cut.never_labelled, cut.purged) == (10, 4 + 4)


windows = st.lists(
    st.tuples(st.integers(0, 60), st.none() | st.sampled_from([0, 0, 0, 1, 5])), min_size=80, max_size=150
)


@given(windows, st.integers(40, 80), st.sampled_from([0.2, 0.3]), st.sampled_from([0.2, 0.3]))
def test_nothing_is_learned_from_what_was_not_known(
    rows: list[tuple[int, int | None]], cut_off: int, validation: float, holdout: float
) -> None:
    events, delays = [event for event, _ in rows], [delay for _, delay in rows]
    try:
        cut = split(events, delays, cut_off=cut_off, validation=validation, holdout=holdout)
    except LifecycleError:
        assume(False)
    parts = {name: np.flatnonzero(asdict(cut)[name]) for name in ("fit", "validation", "holdout")}
    ends = {"fit": cut.validation_start_us, "validation": cut.holdout_start_us, "holdout": cut_off * HOUR}
    for name, members in parts.items():
        assert len(members) >= MIN_ROWS
        for row in members:
            delay = delays[row]
            assert delay is not None
            assert (events[row] + delay) * HOUR <= ends[name]
    times = {name: {events[row] for row in members} for name, members in parts.items()}
    assert max(times["fit"]) < min(times["validation"])
    assert max(times["validation"]) < min(times["holdout"])
    assert sum(map(len, parts.values())) + cut.purged + cut.never_labelled == len(rows)


@given(windows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_count(rows: list[tuple[int, int | None]], random: object) -> None:
    def fitted(some: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
        try:
            cut = split([event for event, _ in some], [delay for _, delay in some])
        except LifecycleError:
            assume(False)
        return sorted((some[row] for row in np.flatnonzero(cut.fit)), key=str)

    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands over a random.Random
    assert fitted(rows) == fitted(shuffled)


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

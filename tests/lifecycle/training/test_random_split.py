"""Training without time: the split is random, repeatable, and told."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.features.position import positions
from lifecycle.training.job import TrainingResult
from lifecycle.training.run import run_job
from lifecycle.training.split import WindowSplit, split_at_random
from tests.fakes.bundles import parcels, write_job


def split(count: int, *, seed: int = 0, order: object = None, known: object = None) -> WindowSplit:
    names = np.arange(count) if order is None else np.asarray(order)
    labelled = np.ones(count, dtype=bool) if known is None else np.asarray(known)
    return split_at_random(positions(pa.array(names), seed=seed), labelled, validation=0.15, holdout=0.2)


@given(st.integers(200, 3000), st.integers(0, 9))
def test_the_shares_are_right_and_no_row_is_lost(count: int, seed: int) -> None:
    cut = split(count, seed=seed)
    parts = [int(mask.sum()) for mask in (cut.fit, cut.validation, cut.holdout)]
    assert sum(parts) == count
    assert parts[2] == pytest.approx(0.2 * count, abs=1.5)
    assert parts[1] == pytest.approx(0.15 * count, abs=1.5)
    assert (cut.purged, cut.never_labelled) == (0, 0)


@given(st.permutations(range(300)))
def test_the_order_of_rows_does_not_count(order: list[int]) -> None:
    plain, shuffled = split(300), split(300, order=order)
    for name in ("fit", "validation", "holdout"):
        assert set(np.flatnonzero(getattr(plain, name))) == {
            order[row] for row in np.flatnonzero(getattr(shuffled, name))
        }


def test_new_rows_leave_nearly_all_others_where_they_are() -> None:
    before, after = split(3000), split(3300)
    moved = sum(
        (getattr(before, n) & ~getattr(after, n)[:3000]).sum() for n in ("fit", "validation", "holdout")
    )
    # The bounds are quantiles: they move by about sqrt(p (1 - p) / n), a hundredth at most.
    assert moved < 2 * 0.01 * 3000


def test_rows_without_a_label_are_counted_and_in_no_part() -> None:
    cut = split(300, known=[n >= 40 for n in range(300)])
    assert cut.never_labelled == 40
    assert not (cut.fit | cut.validation | cut.holdout)[:40].any()


@pytest.mark.parametrize(
    ("count", "message"), [(59, "has 59 rows whose label was known.*add rows"), (100, "validation part")]
)
def test_too_few_rows_are_an_error(count: int, message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        split(count)


def run(folder: Path, **changes: object) -> TrainingResult:
    write_job(folder, parcels(), **changes)
    return run_job(folder, progress=lambda line: None)


TIMELESS = {"event_time": None, "label_known_at": None, "split": "random"}


def test_a_job_without_time_tells_its_bounds_and_keeps_to_them(tmp_path: Path) -> None:
    told = run(tmp_path, **TIMELESS).split
    assert told.random is not None
    assert (told.validation_start, told.holdout_start, told.random.seed) == (None, None, 7)
    # Labels that a job with a time would not know yet count here.
    assert (told.fit + told.validation + told.holdout, told.never_labelled) == (400, 0)


def test_golden_rows_of_a_random_split_are_rows_of_its_holdout(tmp_path: Path) -> None:
    result = run(tmp_path, **TIMELESS)
    assert result.split.random is not None
    at = positions(pa.array([golden.entity for golden in result.golden]), seed=7)
    assert (at >= result.split.random.holdout_start).all()


def test_a_random_split_beside_a_time_still_knows_only_what_was_known(tmp_path: Path) -> None:
    told = run(tmp_path, split="random").split
    assert told.random is not None
    assert told.never_labelled > 0
    assert told.fit + told.validation + told.holdout + told.never_labelled == 400
    assert told.purged == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"event_time": None, "split": "random"}, "both `event_time` and `label_known_at`, or neither"),
        ({"event_time": None, "label_known_at": None}, "without `event_time` the split is `random`"),
    ],
)
def test_a_job_whose_times_do_not_fit_its_split_is_none(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_job(tmp_path, parcels(), **changes)


def test_an_empty_window_without_time_is_a_clear_error(tmp_path: Path) -> None:
    made = parcels()
    write_job(tmp_path, made, made.features.slice(0, 0), **TIMELESS)
    with pytest.raises(LifecycleError, match="the training window has 0 rows"):
        run_job(tmp_path, progress=lambda line: None)

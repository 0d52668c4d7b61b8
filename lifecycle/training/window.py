"""The window of a training: its rows cut in three, and what is learned of the fit rows before any model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifecycle.data.profile import profile_column, table_profile
from lifecycle.features.encoding import Encoding, encode_table, fit_feature
from lifecycle.features.position import RandomBounds, positions
from lifecycle.spec.kinds import Scalar
from lifecycle.training.job import Split, TrainingJob
from lifecycle.training.labels import class_index, class_values, refuse_unseen
from lifecycle.training.split import WindowSplit, as_utc, microseconds, split_at_random, split_by_time
from lifecycle.training.tables import FeatureTables
from lifecycle.training.trainer import Batch, Part, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The window of a job, and what was learned of it before the model."""

    job: TrainingJob
    tables: FeatureTables
    split: WindowSplit
    classes: tuple[Scalar, ...]
    encoding: Encoding
    profile: Mapping[str, Any]
    """How the fit rows are spread."""

    def part(self, mask: NDArray[np.bool_]) -> Part:
        """Some of the rows, as a trainer sees them."""

        def batches() -> Iterator[Batch]:
            for rows in self.tables.batches([self.job.label, *self.job.features], mask):
                yield encode_table(self.encoding, rows), class_index(rows[self.job.label], self.classes)

        def of_tables(numbers: Sequence[int]) -> Part:
            return self.part(mask & self.tables.rows_of(numbers))

        by_table = [int(mask[bounds].sum()) for bounds in self.tables.bounds]
        return Part(rows=int(mask.sum()), batches=batches, by_table=by_table, of_tables=of_tables)


def read_window(job: TrainingJob, *, progress: Progress) -> Window:
    """Read the window of a job and cut it.

    Raises:
        LifecycleError: an unreadable table, or too few labelled rows.
    """
    times = [name for name in (job.event_time, job.label_known_at) if name is not None]
    tables = FeatureTables(job.tables, [job.entity, *times, job.label, *job.features])
    progress(f"{tables.rows:,} rows from {len(job.tables)} partitions")
    split = _split(tables, job)
    told = split_told(split, job)
    progress(f"fit {told.fit:,}, validation {told.validation:,}, holdout {told.holdout:,} rows")
    classes = class_values(job.task, tables.column(job.label, split.fit), positive=job.positive)
    refuse_unseen(tables.column(job.label, split.validation), classes, part="validation")
    encoding, profile = _learned(tables, split, job)
    return Window(job=job, tables=tables, split=split, classes=classes, encoding=encoding, profile=profile)


def split_told(split: WindowSplit, job: TrainingJob) -> Split:
    """The cuts of a window, and how many rows are where."""
    at_random = job.split == "random"
    bounds = {"validation_start": split.validation_start, "holdout_start": split.holdout_start}
    return Split(
        **{name: None if at_random else as_utc(at) for name, at in bounds.items()},
        random=RandomBounds(seed=job.seed, **bounds) if at_random else None,
        fit=int(split.fit.sum()),
        validation=int(split.validation.sum()),
        holdout=int(split.holdout.sum()),
        never_labelled=split.never_labelled,
        purged=split.purged,
    )


def _split(tables: FeatureTables, job: TrainingJob) -> WindowSplit:
    """The one pass over all rows of the window: their times, and whether they have a label."""
    shares = {"validation": job.validation, "holdout": job.holdout}
    known: NDArray[np.bool_] = tables.column(job.label).is_valid().to_numpy()
    cut_off_us = round(job.cut_off.timestamp() * 1_000_000)
    if job.event_time is not None and job.label_known_at is not None:
        event_us = microseconds(tables.column(job.event_time))
        known_us = microseconds(tables.column(job.label_known_at))
        if job.split == "time":
            return split_by_time(event_us, known_us, known, cut_off_us=cut_off_us, **shares)
        known = known & (known_us <= cut_off_us) & (event_us <= cut_off_us)
    # Batch by batch: as Python's objects the keys of all rows would be larger than anything else here.
    batches = tables.batches([job.entity], np.ones(tables.rows, dtype=bool))
    at = [positions(batch[job.entity], seed=job.seed) for batch in batches]
    return split_at_random(np.concatenate([np.empty(0, np.int64), *at]), known, **shares)


def _learned(tables: FeatureTables, split: WindowSplit, job: TrainingJob) -> tuple[Encoding, dict[str, Any]]:
    """Vocabularies and profile of the rows that fit, one column in memory at a time."""
    features, described = [], {}
    for name, kind in job.features.items():
        column = tables.column(name, split.fit)
        features.append(fit_feature(name, kind, column, max_categories=job.max_categories))
        described[name] = profile_column(column, kind)
    return Encoding(features=tuple(features)), table_profile(described, rows=int(split.fit.sum()))

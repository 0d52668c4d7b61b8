"""One training job from its file to its result file, in whatever process it was started."""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifecycle.data.profile import profile_column, table_profile
from lifecycle.features.encoding import Encoding, encode_table, fit_feature
from lifecycle.features.position import RandomBounds, positions
from lifecycle.spec.records import Scalar
from lifecycle.training.checkpoint import Checkpoints
from lifecycle.training.job import (
    JOB_FILE,
    RESULT_FILE,
    GoldenRow,
    Split,
    TrainingJob,
    TrainingResult,
)
from lifecycle.training.labels import class_index, class_values, refuse_unseen
from lifecycle.training.learning_curve import learning_curve
from lifecycle.training.ranks import Ranks
from lifecycle.training.search.attempt import Attempts, attempt_by_fitting
from lifecycle.training.search.records import SearchJob, SearchResult
from lifecycle.training.search.search import search_parameters
from lifecycle.training.site import Site
from lifecycle.training.split import WindowSplit, as_utc, microseconds, split_at_random, split_by_time
from lifecycle.training.tables import FeatureTables
from lifecycle.training.trainer import Batch, Fitted, Part, Progress
from lifecycle.training.trainers import trainer_of, trainer_versions
from lifecycle.training.xgboost_attempts import xgboost_attempts

ENCODING_FILE, PROFILE_FILE = "encoding.json", "profile.json"
VALIDATION_FILE = "validation.parquet"
SEARCHES, JOURNAL_FILE = "searches", "journal.log"
CHECKPOINTS, SCRATCH = "checkpoints", "FLYWHEEL_SCRATCH"
ATTEMPTS: Mapping[str, Attempts] = {"xgboost": xgboost_attempts}
"""Trainers that share their rows between the trials of a search, and can give one up early."""


def run_job(workdir: Path, *, progress: Progress, ranks: Ranks = Ranks()) -> TrainingResult:  # noqa: B008
    """Train what `job.json` in a folder asks for; the files and `result.json`, written last, go beside it.

    Args:
        workdir: folder of the job.
        progress: told of every line.
        ranks: which of the job's processes this is; only the first one writes.

    Raises:
        PreemptedError: the fit was asked to end, and goes on when the job is run again.
        LifecycleError: an unreadable job or table, too few labelled rows, or a parameter that is refused.
    """
    started = time.monotonic()
    job = TrainingJob.read(workdir / JOB_FILE)
    trainer = trainer_of(job.trainer)
    times = [name for name in (job.event_time, job.label_known_at) if name is not None]
    tables = FeatureTables(job.tables, [job.entity, *times, job.label, *job.features])
    progress(f"{tables.rows:,} rows from {len(job.tables)} partitions")
    split = _split(tables, job)
    told = _told(split, job)
    progress(f"fit {told.fit:,}, validation {told.validation:,}, holdout {told.holdout:,} rows")
    classes = class_values(job.task, tables.column(job.label, split.fit), positive=job.positive)
    refuse_unseen(tables.column(job.label, split.validation), classes, part="validation")
    encoding, profile = _learned(tables, split, job)
    window = _Window(job, tables, split, classes, encoding)
    fit, validation = window.part(split.fit), window.part(split.validation)
    searched = None
    if job.search is not None:
        searched = _search(workdir, window, job.search, fit, validation, progress)
        # From here on it is a job as any other, as if the spec had named these parameters.
        job = job.model_copy(update={"parameters": {**job.parameters, **searched.parameters}})
    folder = str(workdir / CHECKPOINTS) if job.checkpoints is None else job.checkpoints
    versions = trainer_versions(job.trainer)
    checkpoints = Checkpoints(folder, job=job.fit_digest(versions), progress=progress)
    # In the job's folder the next start finds what a killed one left. A disk of the machine may be faster.
    scratch = Path(os.environ.get(SCRATCH) or workdir)
    fitted = trainer(
        job,
        encoding,
        fit,
        validation,
        classes=len(classes),
        progress=progress,
        site=Site(ranks=ranks, checkpoints=checkpoints, scratch=scratch),
    )
    points = (
        learning_curve(
            trainer,
            job,
            encoding,
            fit=fit,
            validation=validation,
            classes=len(classes),
            whole=fitted,
            progress=progress,
            site=Site(ranks=ranks, scratch=scratch),
        )
        if job.learning_curve
        else ()
    )
    result = TrainingResult(
        files=_written(workdir, window, fitted, profile) if ranks.first else {},
        classes=classes,
        split=told,
        best_round=fitted.best_round,
        metrics={name: values[fitted.best_round] for name, values in fitted.curves.items()},
        curves=fitted.curves,
        golden=_golden(window, fitted),
        importance=fitted.importance,
        learning_curve=points,
        search=searched,
        resumed=fitted.resumed,
        seconds=round(time.monotonic() - started, 3),
        predictor=fitted.predictor,
        versions=versions,
    )
    if ranks.first:
        result.write(workdir / RESULT_FILE)
        checkpoints.clear()
    return result


def _written(
    workdir: Path, window: "_Window", fitted: Fitted, profile: Mapping[str, Any]
) -> Mapping[str, str]:
    """Write the files of a result; name -> digest."""
    files = {
        **fitted.weights,
        ENCODING_FILE: json.dumps(window.encoding.to_json(), sort_keys=True).encode(),
        PROFILE_FILE: json.dumps(profile, sort_keys=True).encode(),
    }
    for name, content in files.items():
        with _whole(workdir / name) as aside:
            aside.write_bytes(content)
    with _whole(workdir / VALIDATION_FILE) as aside:
        _write_scored(aside, window, fitted)
    return {name: _digest(workdir / name) for name in (*files, VALIDATION_FILE)}


@dataclass(frozen=True, slots=True)
class _Window:
    """The window of a job, and what was learned of it before the model."""

    job: TrainingJob
    tables: FeatureTables
    split: WindowSplit
    classes: tuple[Scalar, ...]
    encoding: Encoding

    def part(self, mask: NDArray[np.bool_]) -> Part:
        """Some of the rows, as a trainer sees them."""

        def batches() -> Iterator[Batch]:
            for rows in self.tables.batches([self.job.label, *self.job.features], mask):
                yield encode_table(self.encoding, rows), class_index(rows[self.job.label], self.classes)

        def of_tables(numbers: Sequence[int]) -> Part:
            return self.part(mask & self.tables.rows_of(numbers))

        by_table = [int(mask[bounds].sum()) for bounds in self.tables.bounds]
        return Part(rows=int(mask.sum()), batches=batches, by_table=by_table, of_tables=of_tables)


def _search(
    workdir: Path, window: _Window, search: SearchJob, fit: Part, validation: Part, progress: Progress
) -> SearchResult:
    """Search by the fit and validation rows; the holdout has no way in here."""
    job, classes, threads = window.job, len(window.classes), max(1, window.job.threads // search.parallel)
    # Beside the jobs' folders: a job that asks for more trials has a folder of its own, and goes on here.
    journal = workdir.resolve().parent / SEARCHES / search.study / JOURNAL_FILE
    progress(f"search: {search.trials} trials, {search.parallel} at a time, threads each: {threads}")
    if job.trainer not in ATTEMPTS:
        attempt = attempt_by_fitting(
            trainer_of(job.trainer), job, window.encoding, fit, validation, classes=classes, threads=threads
        )
        return search_parameters(job, search, attempt, journal=journal, progress=progress)
    ready = ATTEMPTS[job.trainer]
    with ready(
        job, window.encoding, fit, validation, classes=classes, metric=search.metric, threads=threads
    ) as attempt:
        return search_parameters(job, search, attempt, journal=journal, progress=progress)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Where to write a file that appears whole or not at all: another run may read an earlier one's."""
    aside = path.with_name(f"{path.name}.tmp")
    yield aside
    aside.replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


def _write_scored(path: Path, window: _Window, fitted: Fitted) -> None:
    """The validation rows with label and scores: what the operating point is chosen on."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    job, writer = window.job, None
    read = [job.entity, job.label, *job.features]
    for rows in window.tables.batches(read, window.split.validation):
        scores = _two_dimensional(fitted.predict(encode_table(window.encoding, rows)))
        columns = {job.entity: rows[job.entity], "label": class_index(rows[job.label], window.classes)}
        columns |= {f"score_{i}": scores[:, i] for i in range(scores.shape[1])}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _two_dimensional(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return scores.reshape(len(scores), -1)


def _golden(window: _Window, fitted: Fitted) -> tuple[GoldenRow, ...]:
    """Rows spread evenly over the holdout: what every later loading of the bundle is checked against."""
    job, holdout = window.job, np.flatnonzero(window.split.holdout)
    evenly = np.unique(np.linspace(0, len(holdout) - 1, job.golden_rows).astype(int))
    chosen = window.tables.take(holdout[evenly], [job.entity, *job.features])
    scores = _two_dimensional(fitted.predict(encode_table(window.encoding, chosen)))
    entities, values = chosen[job.entity].to_pylist(), chosen.select(list(job.features)).to_pylist()
    return tuple(
        GoldenRow(entity=entity, features=features, scores=tuple(map(float, row)))
        for entity, features, row in zip(entities, values, scores, strict=True)
    )


def _told(split: WindowSplit, job: TrainingJob) -> Split:
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

"""One training job from its file to its result file, in whatever process it was started."""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import encode_table
from lifecycle.training.checkpoint import Checkpoints
from lifecycle.training.job import (
    JOB_FILE,
    RESULT_FILE,
    GoldenRow,
    TrainingJob,
    TrainingResult,
)
from lifecycle.training.labels import class_index
from lifecycle.training.learning_curve import learning_curve
from lifecycle.training.ranks import Ranks
from lifecycle.training.search.attempt import Attempt, Attempts, attempt_by_fitting
from lifecycle.training.search.records import SearchJob, SearchResult
from lifecycle.training.search.search import search_parameters
from lifecycle.training.site import Site
from lifecycle.training.trainer import Fitted, Part, Progress
from lifecycle.training.trainers import trainer_of, trainer_versions
from lifecycle.training.window import Window, read_window, split_told
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
    window = read_window(job, progress=progress)
    classes = window.classes
    fit, validation = window.part(window.split.fit), window.part(window.split.validation)
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
        window.encoding,
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
            window.encoding,
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
        files=_written(workdir, window, fitted) if ranks.first else {},
        classes=classes,
        split=split_told(window.split, job),
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


def _written(workdir: Path, window: Window, fitted: Fitted) -> Mapping[str, str]:
    """Write the files of a result; name -> digest."""
    files = {
        **fitted.weights,
        ENCODING_FILE: json.dumps(window.encoding.to_json(), sort_keys=True).encode(),
        PROFILE_FILE: json.dumps(window.profile, sort_keys=True).encode(),
    }
    for name, content in files.items():
        with _whole(workdir / name) as aside:
            aside.write_bytes(content)
    with _whole(workdir / VALIDATION_FILE) as aside:
        _write_scored(aside, window, fitted)
    return {name: _digest(workdir / name) for name in (*files, VALIDATION_FILE)}


def _search(
    workdir: Path, window: Window, search: SearchJob, fit: Part, validation: Part, progress: Progress
) -> SearchResult:
    """Search by the fit and validation rows; the holdout has no way in here."""
    threads = max(1, window.job.threads // search.parallel)
    # Beside the jobs' folders: a job that asks for more trials has a folder of its own, and goes on here.
    journal = workdir.resolve().parent / SEARCHES / search.study / JOURNAL_FILE
    progress(f"search: {search.trials} trials, {search.parallel} at a time, threads each: {threads}")
    with ready_attempt(window, search, fit, validation, threads=threads) as attempt:
        return search_parameters(window.job, search, attempt, journal=journal, progress=progress)


@contextmanager
def ready_attempt(
    window: Window, search: SearchJob, fit: Part, validation: Part, *, threads: int
) -> Iterator[Attempt]:
    """What fits and scores sets of parameters on the rows of a window, until the block ends."""
    job, classes = window.job, len(window.classes)
    if job.trainer in ATTEMPTS:
        ready = ATTEMPTS[job.trainer]
        with ready(
            job, window.encoding, fit, validation, classes=classes, metric=search.metric, threads=threads
        ) as attempt:
            yield attempt
    else:
        yield attempt_by_fitting(
            trainer_of(job.trainer), job, window.encoding, fit, validation, classes=classes, threads=threads
        )


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Where to write a file that appears whole or not at all: another run may read an earlier one's."""
    aside = path.with_name(f"{path.name}.tmp")
    yield aside
    aside.replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_scored(path: Path, window: Window, fitted: Fitted) -> None:
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


def _golden(window: Window, fitted: Fitted) -> tuple[GoldenRow, ...]:
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

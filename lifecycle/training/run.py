"""One training job from its file to its result file, in whatever process it was started."""

import hashlib
import json
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lifecycle.data.profile import profile_table
from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding, encode_table, fit_encoding
from lifecycle.features.position import RandomBounds, positions
from lifecycle.training.job import (
    JOB_FILE,
    RESULT_FILE,
    GoldenRow,
    Split,
    TrainingJob,
    TrainingResult,
)
from lifecycle.training.labels import class_index, class_values, refuse_unseen
from lifecycle.training.split import WindowSplit, as_utc, microseconds, split_at_random, split_by_time
from lifecycle.training.trainer import Fitted, Progress, Trainer
from lifecycle.training.xgboost_trainer import fit_xgboost

if TYPE_CHECKING:
    import pyarrow as pa

ENCODING_FILE, PROFILE_FILE = "encoding.json", "profile.json"
VALIDATION_FILE = "validation.parquet"
TRAINERS: Mapping[str, Trainer] = {"xgboost": fit_xgboost}


def run_job(workdir: Path, *, progress: Progress) -> TrainingResult:
    """Train what `job.json` in a folder asks for; the files and `result.json`, written last, go beside it.

    Raises:
        LifecycleError: an unreadable job or table, too few labelled rows, or a parameter that is refused.
    """
    started = time.monotonic()
    job = TrainingJob.read(workdir / JOB_FILE)
    if job.trainer not in TRAINERS:
        raise LifecycleError(f"{JOB_FILE} asks for the trainer {job.trainer!r}; known: {', '.join(TRAINERS)}")
    table = _read_tables(job)
    progress(f"{table.num_rows:,} rows from {len(job.tables)} partitions")
    split = _split(table, job)
    fit_rows, validation_rows, holdout_rows = (
        table.filter(mask) for mask in (split.fit, split.validation, split.holdout)
    )
    sizes = f"fit {len(fit_rows):,}, validation {len(validation_rows):,}, holdout {len(holdout_rows):,}"
    progress(f"{sizes} rows")
    classes = class_values(job.task, fit_rows[job.label], positive=job.positive)
    refuse_unseen(validation_rows[job.label], classes, part="validation")
    encoding = fit_encoding(job.features, fit_rows, max_categories=job.max_categories)
    fitted = TRAINERS[job.trainer](
        job,
        encoding,
        _labelled(fit_rows, encoding, job, classes),
        _labelled(validation_rows, encoding, job, classes),
        classes=len(classes),
        progress=progress,
    )
    files = {
        **fitted.weights,
        ENCODING_FILE: json.dumps(encoding.to_json(), sort_keys=True).encode(),
        PROFILE_FILE: json.dumps(profile_table(fit_rows, dict(job.features)), sort_keys=True).encode(),
        VALIDATION_FILE: _scored(validation_rows, encoding, job, classes, fitted),
    }
    _write_files(workdir, files)
    result = TrainingResult(
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        classes=classes,
        split=_told(split, job),
        best_round=fitted.best_round,
        metrics={name: values[fitted.best_round] for name, values in fitted.curves.items()},
        curves=fitted.curves,
        golden=_golden(holdout_rows, encoding, job, fitted),
        importance=fitted.importance,
        seconds=round(time.monotonic() - started, 3),
        versions={name: version(name) for name in ("xgboost", "numpy", "pyarrow")},
    )
    result.write(workdir / RESULT_FILE)
    return result


def _write_files(workdir: Path, files: Mapping[str, bytes]) -> None:
    """Write each file whole or not at all: another run may just be reading what an earlier one left."""
    for name, content in files.items():
        aside = workdir / f"{name}.tmp"
        aside.write_bytes(content)
        aside.replace(workdir / name)


def _read_tables(job: TrainingJob) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    times = [name for name in (job.event_time, job.label_known_at) if name is not None]
    columns = [job.entity, *times, job.label, *job.features]
    tables = []
    for uri in job.tables:
        try:
            tables.append(pq.read_table(uri, columns=columns))
        except (OSError, pa.ArrowException, KeyError) as exc:
            raise LifecycleError(
                f"feature table {uri} is not readable: {exc}; materialize `features` again"
            ) from exc
    try:
        return pa.concat_tables(tables)
    except pa.ArrowException as exc:
        raise LifecycleError(
            f"the {len(tables)} feature tables do not fit together: {exc}; materialize `features` of all "
            "partitions of the window again"
        ) from exc


def _split(table: "pa.Table", job: TrainingJob) -> WindowSplit:
    shares = {"validation": job.validation, "holdout": job.holdout}
    labelled = table[job.label].is_valid().to_numpy()
    if job.event_time is None or job.label_known_at is None:
        return split_at_random(positions(table[job.entity], seed=job.seed), labelled, **shares)
    event_us, known_us = microseconds(table[job.event_time]), microseconds(table[job.label_known_at])
    cut_off_us = round(job.cut_off.timestamp() * 1_000_000)
    if job.split == "random":
        known = labelled & (known_us <= cut_off_us) & (event_us <= cut_off_us)
        return split_at_random(positions(table[job.entity], seed=job.seed), known, **shares)
    return split_by_time(event_us, known_us, labelled, cut_off_us=cut_off_us, **shares)


def _labelled(
    rows: "pa.Table", encoding: Encoding, job: TrainingJob, classes: tuple[Any, ...]
) -> tuple[Any, Any]:
    return encode_table(encoding, rows), class_index(rows[job.label], classes)


def _scored(
    rows: "pa.Table", encoding: Encoding, job: TrainingJob, classes: tuple[Any, ...], fitted: Fitted
) -> bytes:
    """The validation rows with label and scores: what the operating point is chosen on."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    matrix, labels = _labelled(rows, encoding, job, classes)
    scores = _two_dimensional(fitted.predict(matrix))
    columns = {job.entity: rows[job.entity], "label": pa.array(labels)}
    columns |= {f"score_{i}": pa.array(scores[:, i]) for i in range(scores.shape[1])}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return bytes(sink.getvalue())


def _two_dimensional(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return scores.reshape(len(scores), -1)


def _golden(rows: "pa.Table", encoding: Encoding, job: TrainingJob, fitted: Fitted) -> tuple[GoldenRow, ...]:
    """Rows spread evenly over the holdout: what every later loading of the bundle is checked against."""
    positions = np.unique(np.linspace(0, rows.num_rows - 1, job.golden_rows).astype(int))
    chosen = rows.take(positions)
    scores = _two_dimensional(fitted.predict(encode_table(encoding, chosen)))
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

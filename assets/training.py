"""What a training is asked for, by what it is known again, and what the registry keeps of it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assets.keys import FEATURES
from assets.search import trial_facts
from lifecycle.errors import LifecycleError
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.bundle import GOLDEN_FILE, Bundle
from lifecycle.spec.fingerprint import code_fingerprint, fingerprint, making_fingerprint
from lifecycle.spec.hidden import without_sensitive
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.training.job import TrainingJob, TrainingResult
from lifecycle.training.search.ask_for import search_job
from lifecycle.training.trainers import trainer_code
from resources.tracking.base import DatasetFact, TrainingRecord
from resources.warehouse.base import TableRef, TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def training_tables(spec: ModelSpec, warehouse: Warehouse, partitions: Sequence[str]) -> list[TableRef]:
    """Published feature tables of a window; a hole in it is an error, not a smaller window.

    Raises:
        LifecycleError: a partition of the window was never materialized.
    """
    found = {partition: warehouse.published(spec.name, FEATURES, partition) for partition in partitions}
    if missing := [partition for partition, table in found.items() if table is None]:
        raise LifecycleError(
            f"{spec.name}/{FEATURES} lacks {', '.join(missing[:5])}{' and more' if missing[5:] else ''}, "
            f"which the training window {partitions[0]} to {partitions[-1]} needs: materialize them first"
        )
    return [table for table in found.values() if table is not None]


def training_job(
    spec: ModelSpec,
    plan: FeaturePlan,
    tables: Sequence[TableRef],
    *,
    as_of: str,
    window: TimeWindow,
    files: Sequence[str] | None = None,
) -> TrainingJob:
    """The job file of a model as of a partition's end.

    Args:
        files: Parquet files of the tables; None: the tables are such files.
    """
    training = spec.training
    job = TrainingJob(
        model=spec.name,
        task=spec.model.task,
        positive=spec.model.positive,
        as_of=as_of,
        cut_off=window.end,
        tables=tuple(files or (table.uri for table in tables)),
        features={feature.name: feature.kind for feature in plan.features},
        entity=plan.entity,
        event_time=plan.event_time,
        label=spec.data.label.column,
        label_known_at=None if plan.event_time is None else LABEL_KNOWN_AT,
        split=spec.split,
        trainer=training.trainer,
        trainer_code=trainer_code(training.trainer),
        parameters=training.parameters,
        rounds=training.rounds,
        early_stopping_rounds=training.early_stopping_rounds,
        seed=training.seed,
        validation=training.validation,
        holdout=training.holdout,
        max_categories=spec.features.max_categories,
        threads=training.compute.cpu,
        time_limit_s=training.compute.time_limit,
        accelerator=training.compute.accelerator,
        nodes=training.compute.nodes,
        rows=training.rows or "memory",
        count=training.compute.count,
        attempts=training.compute.attempts,
        memory_gib=training.compute.memory_gib,
        spot=training.compute.spot,
        checkpoint_every_s=training.compute.checkpoint_every,
        learning_curve=spec.evaluation.learning_curve,
    )
    if training.search is None:
        return job
    read = {table.partition: table.content_hash for table in tables}
    return job.model_copy(update={"search": search_job(job, training.search, read=read)})


def training_identity(
    spec: ModelSpec,
    plan: FeaturePlan,
    job: TrainingJob,
    tables: Sequence[TableRef],
    lookups: Mapping[str, "pa.Table"],
    recent: Mapping[str, "pa.Table"],
) -> str:
    """Digest of everything that a model is made from, wherever it lies: same identity, same model.

    What features looked back on is in the content of their tables. The past that the bundle carries for its
    first requests is not: it counts as lookups do.
    """
    from lifecycle.data.content_hash import content_hash

    asked = job.model_dump(mode="json", exclude={"tables", "memory_gib", "spot", "rows"})
    read = {table.partition: table.content_hash for table in tables}
    sides = {**lookups, **{f"history/{source}": rows for source, rows in recent.items()}}
    beside = {name: content_hash(rows.to_batches(), rows.schema) for name, rows in sides.items()}
    return fingerprint(asked, read, beside, plan.fingerprint, making_fingerprint(spec), code_fingerprint())


def training_record(
    spec: ModelSpec,
    job: TrainingJob,
    result: TrainingResult,
    bundle: Bundle,
    identity: str,
    read: Sequence[DatasetFact],
    tags: Mapping[str, str],
) -> TrainingRecord:
    """What the registry keeps of a training."""
    golden = bundle.read_json(GOLDEN_FILE)
    split, chosen = result.split, {**job.parameters, **(result.search.parameters if result.search else {})}
    counts = {
        f"rows_{name}": float(getattr(split, name))
        for name in ("fit", "validation", "holdout", "never_labelled", "purged")
    }
    return TrainingRecord(
        model=spec.name,
        description=spec.model.description,
        identity=identity,
        as_of=job.as_of,
        bundle=bundle.path,
        bundle_digest=bundle.digest,
        parameters={
            **{name: str(value) for name, value in chosen.items()},
            **{
                name: str(getattr(job, name))
                for name in ("trainer", "rounds", "early_stopping_rounds", "seed")
            },
            "window": "{} to {}".format(*_ends(bundle.manifest.data_versions)),
        },
        metrics={
            **result.metrics,
            **counts,
            "best_round": float(result.best_round),
            "training_seconds": result.seconds,
        },
        curves=result.curves,
        datasets=read,
        input_example=_example(bundle, [row["request"] for row in golden]),
        output_example=[row["scores"][-1] for row in golden],
        tags=tags,
        spec=spec.model_dump_json(),
        trials=trial_facts(result),
    )


def _ends(partitions: Mapping[str, str]) -> tuple[str, str]:
    """First and last partition of a window."""
    names = list(partitions)
    return names[0], names[-1]


def _example(bundle: Bundle, requests: Sequence[Mapping[str, Any]]) -> "pa.Table":
    """Golden requests as a table with a column for each field of a request; nothing sensitive is in it."""
    import pyarrow as pa

    columns = bundle.manifest.request
    shown = [without_sensitive(row, columns) for row in requests]
    return pa.table({name: pa.array([row.get(name) for row in shown]) for name in columns})

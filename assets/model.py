"""`<model>/model`: the model as of a partition's end, trained as a job and registered once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.contract import sound_snapshot
from assets.coverage import window_metadata
from assets.history import SnapshotOf, asked_history, recent_history
from assets.keys import DATA, FEATURES, MODEL, SMOKE_CHECK, stage_key
from assets.lineage import datasets, lineage_metadata, made_from, outdated
from assets.links import dagster_link, mlflow_links
from assets.metadata import markdown_table
from assets.partitions import partitions_of, training_mapping, training_partitions, window_of
from assets.provenance import code_version, provenance_tags
from assets.requests import snapshot_rows
from assets.search import search_metadata, search_tags, trial_facts
from assets.semantic import MAKINGS_TAG, REASON_TAG, SEMANTIC_TAG, makings_tags, numbered
from assets.signing import signed
from lifecycle.endpoint.scorer import Scorer, SmokeResult
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.operating_point import choose_operating_point
from lifecycle.evaluation.thresholds import cheapest_point
from lifecycle.features.build import build_plan
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.features.online_tables import KnownBy
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.assemble import assemble_bundle
from lifecycle.registry.bundle import GOLDEN_FILE, TRAINING_FILE, Bundle, open_bundle
from lifecycle.spec.fingerprint import code_fingerprint, fingerprint, making_fingerprint
from lifecycle.spec.records import Costs, ModelSpec
from lifecycle.training.job import TrainingJob, TrainingResult
from lifecycle.training.run import VALIDATION_FILE
from lifecycle.training.search.ask_for import search_job
from lifecycle.training.trainers import trainer_code
from resources.compute.base import Compute, FinishedJob
from resources.tracking.base import DatasetFact, ModelVersion, Tracking, TrainingRecord
from resources.warehouse.base import TableRef, TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def model_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `model` asset of a model with its blocking smoke check."""
    key, plan, partitions = stage_key(spec.name, MODEL), build_plan(spec), partitions_of(spec)

    @dg.asset(
        key=key,
        deps=[
            # Its golden requests are rows of `data`; and Dagster passes staleness on from step to step only.
            dg.AssetDep(stage_key(spec.name, DATA), partition_mapping=training_mapping(spec, partitions)),
            dg.AssetDep(stage_key(spec.name, FEATURES), partition_mapping=training_mapping(spec, partitions)),
        ],
        partitions_def=partitions,
        code_version=code_version(spec, MODEL),
        check_specs=[
            dg.AssetCheckSpec(
                SMOKE_CHECK,
                asset=key,
                blocking=True,
                description="the registered bundle gives the scores of training",
            )
        ],
        # Whoever launches it: an instance may limit how many trainings use accelerators at a time.
        pool=spec.training.compute.accelerator,
        kinds={"python" if ":" in spec.training.trainer else spec.training.trainer, "mlflow"},
        description=f"{spec.model.description} Trained on what was known at the partition's end.".lstrip(),
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def model(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        compute: dg.ResourceParam[Compute],
        tracking: dg.ResourceParam[Tracking],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        as_of = context.partition_key
        tables = training_tables(spec, warehouse, training_partitions(spec, partitions, as_of))
        files = [warehouse.parquet(table) for table in tables]
        job = training_job(spec, plan, tables, as_of=as_of, window=window_of(partitions, as_of), files=files)
        lookups = {
            name: warehouse.lookup_rows(spec, name, known_by=job.cut_off) for name in spec.features.lookups
        }
        snapshot_of = cache(lambda partition: sound_snapshot(spec, warehouse, partition))
        recent = recent_history(spec, plan, warehouse, partitions, KnownBy.at(job.cut_off), snapshot_of)
        if old := outdated(spec, warehouse, tables):
            context.log.warning(f"newer data than the features were made from: {', '.join(old)}")
        identity = training_identity(spec, plan, job, tables, lookups, recent)
        version = tracking.find(spec.name, identity)
        if version is None:
            context.log.info(
                f"training {spec.name} as of {as_of} on {', '.join(t.partition for t in tables)}"
            )
            done = compute.train(job, identity, progress=context.log.info)
            bundle = sealed_bundle(spec, plan, warehouse, tables, job, done, lookups, recent, snapshot_of)
            tags = {
                **provenance_tags(context, spec, plan, job),
                **search_tags(done.result),
                **makings_tags(bundle, job),
                **signed(bundle),
                **dagster_link(context.run.run_id),
            }
            read = datasets(spec, warehouse, tables, lookups, recent, bundle.manifest)
            version = tracking.register(training_record(spec, job, done.result, bundle, identity, read, tags))
        version = numbered(tracking, version)
        with TemporaryDirectory() as folder:
            fetched = tracking.fetch_bundle(spec.name, version.version, Path(folder))
            bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
            yield dg.MaterializeResult(
                metadata={
                    **version_metadata(version),
                    **training_metadata(bundle.read_json(TRAINING_FILE)),
                    **search_metadata(bundle.read_json(TRAINING_FILE)),
                    "split": dg.MetadataValue.text(split_told(spec)),
                    **lineage_metadata(bundle.manifest),
                    **window_metadata(spec, warehouse, tables, as_of=job.cut_off),
                },
                data_version=dg.DataVersion(version.bundle_digest),
            )
            yield smoke_result(Scorer.load(bundle).smoke())

    return model


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


def version_metadata(version: ModelVersion) -> Mapping[str, dg.MetadataValue]:
    """What the UI shows of a registered version."""
    facts = {
        name: value
        for name, value in version.tags.items()
        if not name.startswith("mlflow.") and name != MAKINGS_TAG
    }
    shown: dict[str, dg.MetadataValue] = {
        "version": dg.MetadataValue.text(version.version),
        "semantic_version": dg.MetadataValue.text(version.tags.get(SEMANTIC_TAG, "none")),
        "semantic_reason": dg.MetadataValue.text(version.tags.get(REASON_TAG, "")),
        "as_of": dg.MetadataValue.text(version.as_of),
        "bundle_digest": dg.MetadataValue.text(version.bundle_digest),
        "mlflow_run": dg.MetadataValue.text(version.run_id),
        "made_from": markdown_table(["fact", "value"], sorted(facts.items())),
    }
    return {**shown, **mlflow_links(version)}


def training_metadata(facts: Mapping[str, Any]) -> Mapping[str, dg.MetadataValue]:
    """What the UI shows of a training: where its rows went, how it went, and what it looks at."""
    gains = sorted(facts["importance"].items(), key=lambda item: -item[1])
    split = {name: value for name, value in facts["split"].items() if value is not None and name != "random"}
    total = sum(facts["importance"].values()) or 1.0
    return {
        "rows": markdown_table(["part", "rows or start"], list(split.items())),
        "best_round": dg.MetadataValue.int(facts["best_round"]),
        "scores": markdown_table(["score", "value"], [(k, f"{v:.5f}") for k, v in facts["metrics"].items()]),
        "importance": markdown_table(
            ["feature", "share of gain"], [(k, f"{v / total:.1%}") for k, v in gains]
        ),
    }


def split_told(spec: ModelSpec) -> str:
    """How the window was cut, with what that is worth."""
    if spec.split == "time":
        return "by time: validation and holdout are the rows that came last"
    if spec.data.event_time is None:
        return (
            "at random, as the table has no event time: nothing guards against what was known too late, "
            "and the scores are optimistic wherever rows depend on time"
        )
    return (
        "at random, though the table has an event time: rows that came later than the holdout's fit the "
        "model, so the scores are optimistic; drop `training.split`"
    )


def smoke_result(smoke: SmokeResult) -> dg.AssetCheckResult:
    """The result of loading a registered bundle and scoring its golden rows again."""
    worst = f"largest difference {smoke.max_difference:.2g}"
    told = f"{smoke.rows} golden rows, {worst}, {smoke.milliseconds} ms a row"
    wrong = (
        f"; features that differ: {', '.join(smoke.differing_features)}" if smoke.differing_features else ""
    )
    return dg.AssetCheckResult(
        check_name=SMOKE_CHECK,
        passed=smoke.ok,
        description=told + wrong,
        metadata={name: str(value) for name, value in asdict(smoke).items()},
    )


def sealed_bundle(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    tables: Sequence[TableRef],
    job: TrainingJob,
    done: FinishedJob,
    lookups: Mapping[str, "pa.Table"],
    recent: Mapping[str, "pa.Table"],
    snapshot_of: SnapshotOf,
) -> Bundle:
    """The bundle of a finished job, with the tables and golden requests that only the warehouse knows."""
    requests = snapshot_rows(spec, warehouse, tables, {row.entity for row in done.result.golden})
    return assemble_bundle(
        done.folder / "bundle",
        job=job,
        result=done.result,
        trained=done.folder,
        plan=plan,
        lookups=lookups,
        histories=_shipped(spec, plan, warehouse, job, list(requests.values()), recent, snapshot_of),
        requests=requests,
        threshold=_threshold(job, done.folder, spec.evaluation.costs),
        spec_fingerprint=making_fingerprint(spec),
        data_versions={table.partition: table.content_hash for table in tables},
        made_from=made_from(spec, tables, lookups, recent),
    )


def _shipped(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    job: TrainingJob,
    golden: Sequence[Mapping[str, Any]],
    recent: Mapping[str, "pa.Table"],
    snapshot_of: SnapshotOf,
) -> Mapping[str, "pa.Table"]:
    """The past as of the cut-off, and what the golden rows look back on: they are computed again."""
    import pyarrow as pa

    if not golden or not recent:
        return recent
    older = asked_history(spec, plan, warehouse, partitions_of(spec), golden, snapshot_of, before=job.cut_off)
    return {name: pa.concat_tables([older[name], rows]) for name, rows in recent.items()}


def _ends(partitions: Mapping[str, str]) -> tuple[str, str]:
    """First and last partition of a window."""
    names = list(partitions)
    return names[0], names[-1]


def _threshold(job: TrainingJob, folder: Path, costs: Costs | None) -> float | None:
    """Operating point of a binary model, chosen on the validation rows, which are neither fit nor judged."""
    import pyarrow.parquet as pq

    if job.task != "binary":
        return None
    rows = pq.read_table(folder / VALIDATION_FILE, columns=["label", "score_0"])
    labels, scores = rows["label"].to_numpy(), rows["score_0"].to_numpy()
    if costs is not None:
        return cheapest_point(labels, scores, costs).threshold
    return choose_operating_point(labels, scores).threshold


def _example(bundle: Bundle, requests: Sequence[Mapping[str, Any]]) -> "pa.Table":
    """Golden requests as a table with a column for each field of a request."""
    import pyarrow as pa

    return pa.table({name: pa.array([row.get(name) for row in requests]) for name in bundle.manifest.request})

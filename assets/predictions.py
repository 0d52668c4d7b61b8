"""`<model>/predictions`: what the champion answers for every row of a partition."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from assets.data import data_version
from assets.endpoint import audited_bundle
from assets.keys import (
    ENDPOINT,
    EVERY_ROW_CHECK,
    FEATURES,
    PREDICTIONS,
    SCORES_CHECK,
    launch_command,
    stage_key,
)
from assets.metadata import Metadata, log_partitions, newest_event, range_metadata
from assets.partitions import partitions_of
from lifecycle.endpoint.batch.table import VALUE, answers_batch, refuse_taken_names, score_column
from lifecycle.endpoint.scorer import Score
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.curves import ScoreBin
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.features.build import build_plan
from lifecycle.monitoring.score_check import ScoreCheck, check_scores
from lifecycle.registry.champion import Contender, shares_features
from lifecycle.registry.judging import REPORT_FILE
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.batch.base import Batch, BatchJob, Progress
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_FORMAT = 1
"""Rises when the same answers give another table."""


class PredictionsConfig(dg.Config):
    """What a run may be asked for."""

    version: str | None = Field(default=None, description="number of the version to ask; the champion")


def predictions_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `predictions` asset of a model with its checks: of the rows, which blocks, and of the scores."""
    key, partitions = stage_key(spec.name, PREDICTIONS), partitions_of(spec)
    version = fingerprint(TABLE_FORMAT)

    @dg.asset(
        key=key,
        deps=[stage_key(spec.name, FEATURES), stage_key(spec.name, ENDPOINT)],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                EVERY_ROW_CHECK, asset=key, blocking=True, description="each row of the features is answered"
            ),
            dg.AssetCheckSpec(
                SCORES_CHECK, asset=key, description="scores are spread as those of the holdout; warns only"
            ),
        ],
        kinds={"parquet"},
        description="What the champion answers for every row of a partition, known at the row's own time.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def predictions(
        context: dg.AssetExecutionContext,
        config: PredictionsConfig,
        warehouse: dg.ResourceParam[Warehouse],
        tracking: dg.ResourceParam[Tracking],
        batch: dg.ResourceParam[Batch],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        upstream = stage_key(spec.name, FEATURES)
        seen, read = newest_event(context, upstream), dict[str, TableRef]()
        tables, checks = dict[str, TableRef](), dict[str, ScoreCheck]()
        with TemporaryDirectory() as folder:
            asked = version_to_ask(tracking, spec.name, config.version)
            contender = contender_of(spec, tracking, asked, Path(folder))
            holdout = holdout_scores(tracking, asked)
            for partition in context.partition_keys:
                read[partition] = features_of(spec, warehouse, partition)
                rows = answered_rows(
                    spec, warehouse, batch, read[partition], asked, contender, context.log.info
                )
                window = read[partition].window
                tables[partition] = warehouse.keep(spec.name, PREDICTIONS, partition, window, rows)
                checks[partition] = check_scores(score_column(rows), holdout)
                context.log.info(f"{partition}: {rows.num_rows:,} rows by version {asked.version}")
        more = _told(checks, asked)
        alone = more[context.partition_key] if len(tables) == 1 else {}
        shown = {**range_metadata(tables), "version": dg.MetadataValue.text(asked.version), **alone}
        yield dg.MaterializeResult(metadata=shown, data_version=data_version(tables))
        yield rows_result(read, tables)
        yield scores_result(checks)
        inputs = {p: {upstream.to_user_string(): table.content_hash} for p, table in read.items()}
        log_partitions(context, tables, version, inputs, seen, more=more)

    return predictions


def version_to_ask(tracking: Tracking, model: str, number: str | None) -> ModelVersion:
    """The champion, or the version of a number.

    Raises:
        LifecycleError: there is none.
    """
    if number is None:
        if (champion := tracking.holder(model, "champion")) is not None:
            return champion
        raise LifecycleError(f"{model} has no champion: {launch_command(model, ENDPOINT)}")
    known = {one.version: one for one in tracking.versions(model)}
    if number not in known:
        raise LifecycleError(f"{model} has no version {number}; there are {', '.join(known) or 'none'}")
    return known[number]


def contender_of(spec: ModelSpec, tracking: Tracking, version: ModelVersion, folder: Path) -> Contender:
    """A version, audited, where the feature tables of today hold what it sees.

    Raises:
        LifecycleError: they do not, or the bundle was changed.
    """
    refuse_taken_names(keys_of(spec))
    bundle = audited_bundle(version, tracking.fetch_bundle(spec.name, version.version, folder))
    contender = Contender.load(bundle)
    if not shares_features(contender, build_plan(spec)):
        raise LifecycleError(
            f"version {version.version} of {spec.name} sees features that the spec computes otherwise or no "
            "longer: deploy a version of this spec, or ask with the spec of that version"
        )
    return contender


def holdout_scores(tracking: Tracking, version: ModelVersion) -> Sequence[ScoreBin]:
    """Scores of the holdout that judged a version; empty where its evaluation tells none."""
    if version.verdict is None:
        return ()
    text = tracking.evidence_file(version.model, version.version, REPORT_FILE)
    return EvaluationReport.from_json(text).histogram


def features_of(spec: ModelSpec, warehouse: Warehouse, partition: str) -> TableRef:
    """The feature table of a partition.

    Raises:
        LifecycleError: there is none.
    """
    table = warehouse.published(spec.name, FEATURES, partition)
    if table is None:
        command = launch_command(spec.name, FEATURES, partition=partition)
        raise LifecycleError(f"{spec.name}/{FEATURES} has no partition {partition}: {command}")
    return table


def answered_rows(
    spec: ModelSpec,
    warehouse: Warehouse,
    batch: Batch,
    table: TableRef,
    version: ModelVersion,
    contender: Contender,
    progress: Progress,
) -> "pa.Table":
    """Keys and answers of a feature table. Features pass by in batches; keys and answers are kept.

    Raises:
        LifecycleError: not each row has exactly one answer.
    """
    import pyarrow as pa

    keys, names = keys_of(spec), contender.encoding.names
    waiting, answered = deque[pa.RecordBatch](), list[pa.RecordBatch]()

    def batches() -> "Iterator[pa.RecordBatch]":
        # Keys come with the features: a second reading may bring rows of one key in another order.
        for rows in warehouse.batches(table, list(dict.fromkeys([*keys, *names]))):
            waiting.append(rows.select(keys))
            yield rows

    job = BatchJob(
        model=spec.name,
        version=version.version,
        bundle=contender.bundle,
        name=table.name,
        rows=table.rows,
    )
    scores: list[Score] = []
    for part in batch.score(job, batches(), progress=progress):
        scores += part
        while waiting and len(scores) >= waiting[0].num_rows:
            rows = waiting.popleft()
            answered.append(answers_batch(rows, scores[: rows.num_rows], version.version, contender.bundle))
            del scores[: rows.num_rows]
    found = sum(rows.num_rows for rows in answered)
    if scores or waiting or found != table.rows:
        raise LifecycleError(
            f"{table.name} of {spec.name} has {table.rows:,} rows, and {found + len(scores):,} answers came: "
            "nothing is published"
        )
    return pa.Table.from_batches(answered)


def keys_of(spec: ModelSpec) -> list[str]:
    """Columns that a row is known by."""
    return [name for name in (spec.data.entity, spec.data.event_time) if name is not None]


def rows_result(read: Mapping[str, TableRef], tables: Mapping[str, TableRef]) -> dg.AssetCheckResult:
    """One result for all partitions of the run: what was published, beside what was read."""
    wrong = [
        f"{partition}: {table.rows:,} answers to {read[partition].rows:,} rows, {missing:,} without a value"
        for partition, table in tables.items()
        if (missing := table.nulls.get(VALUE, 0)) or table.rows != read[partition].rows
    ]
    return dg.AssetCheckResult(
        check_name=EVERY_ROW_CHECK,
        passed=not wrong,
        description="; ".join(wrong)[:500]
        or f"{sum(table.rows for table in tables.values()):,} rows, one answer each",
    )


def scores_result(found: Mapping[str, ScoreCheck]) -> dg.AssetCheckResult:
    """One result for all partitions of the run; too few rows to say are no pass."""
    wrong = {partition: one for partition, one in found.items() if one.verdict != "pass"}
    return dg.AssetCheckResult(
        check_name=SCORES_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{p}: {one.told}" for p, one in (wrong or found).items())[:500],
    )


def _told(found: Mapping[str, ScoreCheck], version: ModelVersion) -> Mapping[str, Metadata]:
    return {
        partition: {
            "version": dg.MetadataValue.text(version.version),
            "scores": dg.MetadataValue.text(one.told),
        }
        for partition, one in found.items()
    }

"""`<model>/traffic`: what the endpoint answered in a partition, with how well it served."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dagster as dg

from assets.data import data_version
from assets.drift_watch import drift_watch
from assets.keys import (
    DUPLICATES_CHECK,
    ENDPOINT,
    SAMPLE_RATIO_CHECK,
    SKEW_CHECK,
    TRAFFIC,
    TRAINING_SKEW_CHECK,
    stage_key,
)
from assets.metadata import Metadata, log_partitions, markdown_table, picture, range_metadata
from assets.partitions import partitions_of, window_of
from assets.traffic_skew import Skew, skew_of
from assets.training_skew import TrainingSkew, training_skew_of, training_skew_result
from lifecycle.clock import now
from lifecycle.endpoint.log.compaction import CompactionRuns
from lifecycle.endpoint.log.summary import VariantSummary, summarize
from lifecycle.endpoint.service_metrics import PROBABILITY_EDGES
from lifecycle.features.build import build_plan
from lifecycle.rollout.seen_split import seen_split
from lifecycle.rollout.statistics.sample_ratio import SampleRatio, check_ratio
from lifecycle.rollout.traffic_picture import scores_png
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import Tracking
from resources.traffic.base import Traffic
from resources.warehouse.base import TableRef, TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_FORMAT = 1
"""Rises when the same log gives another table."""
_ORDER = ("at", "request", "row", "assigned", "assigned_version")


def traffic_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `traffic` asset of a model with its checks, which warn only."""
    key, plan, partitions = stage_key(spec.name, TRAFFIC), build_plan(spec), partitions_of(spec)
    version = fingerprint(TABLE_FORMAT)

    @dg.asset(
        key=key,
        deps=[stage_key(spec.name, ENDPOINT)],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                SAMPLE_RATIO_CHECK, asset=key, description="versions got the share of keys that weights say"
            ),
            dg.AssetCheckSpec(DUPLICATES_CHECK, asset=key, description="no answer is in the log twice"),
            dg.AssetCheckSpec(
                SKEW_CHECK,
                asset=key,
                description="features that were served are those of the feature table for the same events",
            ),
            dg.AssetCheckSpec(
                TRAINING_SKEW_CHECK,
                asset=key,
                description="features that were served are spread as those that the champion learned from",
            ),
        ],
        kinds={"parquet"},
        description="What the endpoint answered, by the time of the answer: the request log as a table.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def traffic_of(
        context: dg.AssetExecutionContext,
        traffic: dg.ResourceParam[Traffic],
        tracking: dg.ResourceParam[Tracking],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        compact_log(context, traffic, spec.name)
        tables = dict[str, TableRef]()
        more, skews = dict[str, Metadata](), dict[str, Skew]()
        ratios, twice = dict[str, SampleRatio](), dict[str, int]()
        unlike = dict[str, TrainingSkew]()
        with TemporaryDirectory() as folder:
            watch = cache(lambda: drift_watch(spec, warehouse, tracking, Path(folder), tell=context.log.info))
            for partition in context.partition_keys:
                window = window_of(partitions, partition)
                rows = traffic.read(spec.name, since=window.start, until=window.end)
                rows = rows.sort_by([(name, "ascending") for name in _ORDER])
                tables[partition] = warehouse.keep(spec.name, TRAFFIC, partition, window, rows)
                more[partition] = traffic_metadata(summarize(rows, window_s=covered_s(window, now())))
                ratios[partition], twice[partition] = check_ratio(seen_split(rows)), duplicates(rows)
                skews[partition] = skew_of(spec, plan, tracking, warehouse, partition, rows)
                unlike[partition] = training_skew_of(watch, tables[partition], rows)
                context.log.info(f"{partition}: {rows.num_rows:,} rows were answered")
        shown = {**range_metadata(tables), **(more[context.partition_key] if len(tables) == 1 else {})}
        yield dg.MaterializeResult(metadata=shown, data_version=data_version(tables))
        yield ratio_result(ratios)
        yield duplicates_result(twice)
        yield skew_result(skews)
        yield training_skew_result(unlike)
        log_partitions(context, tables, version, {}, more=more)

    return traffic_of


def compact_log(
    context: dg.AssetExecutionContext | dg.OpExecutionContext, traffic: Traffic, model: str
) -> None:
    """Compact what is closed; where another run does it now, it is read as it lies."""
    try:
        done = traffic.compact(model)
    except CompactionRuns as exc:
        context.log.info(str(exc))
        return
    context.log.info(f"{model}: {done.rows:,} rows of {done.segments} segments were compacted")
    if done.damaged:
        context.log.warning(f"{model}: {done.damaged} records were changed on the disk and are lost")


def covered_s(window: TimeWindow, at: datetime) -> float:
    """Length of a window as far as it is over: the past of a running one is what can have requests.

    >>> from datetime import UTC
    >>> day = TimeWindow(start=datetime(2024, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 2, tzinfo=UTC))
    >>> covered_s(day, datetime(2024, 1, 1, 1, tzinfo=UTC)), covered_s(day, datetime(2025, 1, 1, tzinfo=UTC))
    (3600.0, 86400.0)
    """
    return max((min(window.end, at) - window.start).total_seconds(), 1.0)


def duplicates(rows: "pa.Table") -> int:
    """Rows of the log that are there more than once: same request, time, row and version."""
    by = rows.group_by(["request", "at", "row", "assigned", "assigned_version"]).aggregate(
        [([], "count_all")]
    )
    several: int = rows.num_rows - by.num_rows
    return several


def traffic_metadata(found: Sequence[VariantSummary]) -> Metadata:
    """Who served how much, how well and how fast; and what was answered."""
    if not found:
        return {"requests": dg.MetadataValue.int(0)}
    head = [
        "variant",
        "version",
        "requests",
        "rows",
        "errors",
        "fallback",
        "nulls",
        "p50 ms",
        "p99 ms",
        "per s",
        "mean score",
    ]
    lines = [
        (
            one.variant,
            one.version,
            f"{one.requests:,}",
            f"{one.rows:,}",
            f"{one.error_rate:.3%}",
            f"{one.fallback_rate:.3%}",
            "" if one.null_rate is None else f"{one.null_rate:.3%}",
            f"{one.p50_ms:.2f}",
            f"{one.p99_ms:.2f}",
            f"{one.per_s:.3g}",
            f"{one.scores.mean:.4f}" if one.scores else "",
        )
        for one in found
    ]
    shown: dict[str, dg.MetadataValue] = {
        "requests": dg.MetadataValue.int(sum(one.requests for one in found)),
        "fallback_share": dg.MetadataValue.float(
            sum(one.fallback_rate * one.rows for one in found) / sum(one.rows for one in found)
        ),
        "variants": markdown_table(head, lines),
    }
    if nulls := [(one.null_rate, one.rows) for one in found if one.null_rate is not None]:
        rate = sum(rate * rows for rate, rows in nulls) / sum(rows for _, rows in nulls)
        shown["null_rate"] = dg.MetadataValue.float(rate)
    if any(one.scores for one in found):
        shown["scores"] = picture(scores_png(found, PROBABILITY_EDGES), "scores")
    return shown


def ratio_result(found: Mapping[str, SampleRatio]) -> dg.AssetCheckResult:
    """One result for all partitions of the run; a split that nobody was asked for mismatches in none."""
    wrong = {p: one for p, one in found.items() if one.verdict not in ("pass", "not_enough_data")}
    return dg.AssetCheckResult(
        check_name=SAMPLE_RATIO_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{p}: {one.reason}" for p, one in (wrong or found).items())[:500],
    )


def duplicates_result(found: Mapping[str, int]) -> dg.AssetCheckResult:
    """One result for all partitions of the run."""
    wrong = [f"{partition}: {rows} rows" for partition, rows in found.items() if rows]
    return dg.AssetCheckResult(
        check_name=DUPLICATES_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(wrong)[:500] or "every row is in the log once",
    )


def skew_result(found: Mapping[str, Skew]) -> dg.AssetCheckResult:
    """One result for all partitions of the run; what cannot be compared is no pass."""
    wrong = {partition: one for partition, one in found.items() if not one.ok}
    lines = [
        (partition, feature, f"{count:,} of {one.compared:,}", *one.samples[feature])
        for partition, one in found.items()
        for feature, count in one.differing.items()
    ]
    head = ["partition", "feature", "rows that differ", "first: served", "first: table"]
    return dg.AssetCheckResult(
        check_name=SKEW_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{p}: {one.told}" for p, one in (wrong or found).items())[:500],
        metadata={"features": markdown_table(head, lines)} if lines else {},
    )

"""`<model>/online`: lookups and past rows as they are known now, put beside the bundle that answers."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
from pydantic import Field

from assets.contract import sound_snapshot
from assets.history import SnapshotOf, recent_history
from assets.keys import DATA, ENDPOINT, FEATURES, ONLINE, PARITY_CHECK, stage_key
from assets.metadata import markdown_table
from assets.own_rows import own_rows_known, own_rows_result, own_rows_spec
from assets.parity import SAMPLE_ROWS, compared, parity_result
from assets.partitions import Partitions, partitions_of, window_of
from assets.provenance import code_version
from assets.sampling import rows_of
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.online_tables import KnownBy, load_online_tables, write_online_tables
from lifecycle.features.parity import ParityResult
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.tables import SealedTables, TablesManifest, seal_tables
from lifecycle.spec.model_spec import ModelSpec
from resources.serving.base import EndpointState, FreshTables, Serving
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import TableRef, Warehouse

MARGIN = timedelta(days=1)
"""How far before the moment of the tables a question may lie and still be answered in full."""


class OnlineConfig(dg.Config):
    """What a run may be asked for."""

    as_of: str | None = Field(
        default=None, description="ISO 8601 time with offset: what became known later is left out; now"
    )


def needs_online(spec: ModelSpec) -> bool:
    """Whether a model reads anything besides its requests."""
    return bool(spec.features.lookups or spec.features.history)


def online_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `online` asset of a model, with its checks of parity on real rows and of how far own rows reach."""
    key, partitions = stage_key(spec.name, ONLINE), partitions_of(spec)
    looks_back = bool(build_plan(spec).own_lookback_s)

    @dg.asset(
        key=key,
        deps=[
            stage_key(spec.name, ENDPOINT),
            dg.AssetDep(stage_key(spec.name, DATA), partition_mapping=dg.AllPartitionMapping()),
        ],
        code_version=code_version(spec, ENDPOINT),
        check_specs=[
            dg.AssetCheckSpec(
                PARITY_CHECK,
                asset=key,
                description="the newest rows, asked with the tables that are served, get their features",
            ),
            *([own_rows_spec(key)] if looks_back else []),
        ],
        kinds={"parquet", "http"},
        description="Lookups and past rows as they are known now, beside the bundle that answers.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def online(
        context: dg.AssetExecutionContext,
        config: OnlineConfig,
        warehouse: dg.ResourceParam[Warehouse],
        tracking: dg.ResourceParam[Tracking],
        serving: dg.ResourceParam[Serving],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        asked, now = asked_time(config.as_of), datetime.now(UTC)
        snapshot_of = cache(lambda partition: sound_snapshot(spec, warehouse, partition))
        with TemporaryDirectory() as folder:
            version, bundle = served_bundle(tracking, spec.name, Path(folder, "bundle"))
            plan = bundle.plan
            newest = newest_snapshot(spec, warehouse, partitions, before=asked or now)
            known = known_by(newest.window.end, next_end(partitions, newest.partition), now=now, asked=asked)
            known, broken = own_rows_known(
                spec, plan, warehouse, partitions, known, snapshot_of, margin=MARGIN
            )
            for each in broken.values():
                context.log.warning(f"left out of the own past rows: {each}")
            tables = sealed_online_tables(
                spec, plan, warehouse, snapshot_of, known, Path(folder, "tables"), left_out=broken
            )
            state = serving.refresh(
                FreshTables(
                    model=spec.name,
                    folder=tables.path,
                    digest=tables.digest,
                    plan=plan.fingerprint,
                    known_by=known.moment,
                )
            )
            context.log.info(f"{spec.name} answers with what was known by {known.moment.isoformat()}")
            yield dg.MaterializeResult(
                metadata=online_metadata(version, state, tables, known),
                data_version=dg.DataVersion(tables.digest),
            )
            compared_with = newest_sound(spec, warehouse, partitions, snapshot_of, before=known.moment)
            rows = newest_parity(spec, plan, warehouse, compared_with, known, tables) if compared_with else {}
            # A partition that still runs has no features: most refreshes of a week have nothing to compare.
            yield parity_result(rows, unknown=dg.AssetCheckSeverity.WARN)
            if looks_back:
                yield own_rows_result(known, broken)

    return online


def known_by(end: datetime, next_end: datetime | None, *, now: datetime, asked: datetime | None) -> KnownBy:
    """By when the tables can know, from what was published.

    Args:
        end: end of the newest partition that is published.
        next_end: end of the one after it; None where no partition comes after it.
        now: the clock.
        asked: the moment that a run asks for, instead of now.

    A model whose next partition is over and not there is not followed any more (its table is finished, or a
    past is replayed): it knows what was known when its newest partition ended, and no question of today sees
    anything.
    """
    if asked is not None:
        return KnownBy(moment=asked, own=min(end, asked))
    if next_end is None or next_end <= now:
        return KnownBy(moment=min(end, now), own=min(end, now))
    return KnownBy(moment=now, own=min(end, now))


def next_end(partitions: Partitions, partition: str) -> datetime | None:
    """When the partition after one ends, also where it has not ended yet; None where none comes after it."""
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return datetime.max.replace(tzinfo=UTC)
    window = partitions.get_next_partition_window(
        partitions.time_window_for_partition_key(partition).end, respect_bounds=False
    )
    last = partitions.end
    if window is None or (last is not None and window.end > last):
        return None
    return window.end.astimezone(UTC)


def asked_time(text: str | None) -> datetime | None:
    """The moment that a run's config asks for.

    Raises:
        LifecycleError: not a time, or one without its offset.

    >>> asked_time("2013-04-01T00:00:00-04:00")
    datetime.datetime(2013, 4, 1, 4, 0, tzinfo=datetime.timezone.utc)
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise LifecycleError(
            f"as_of is {text[:40]!r}; allowed: an ISO 8601 time with its offset, such as 2013-04-01T00:00:00Z"
        )
    return moment.astimezone(UTC)


def newest_snapshot(
    spec: ModelSpec, warehouse: Warehouse, partitions: Partitions, *, before: datetime
) -> TableRef:
    """The newest partition of `data` that began before a moment, whether or not it keeps its contract.

    Raises:
        LifecycleError: there is none.
    """
    for key in _began_before(partitions, before):
        if (found := warehouse.published(spec.name, DATA, key)) is not None:
            return found
    raise LifecycleError(
        f"{spec.name}/{DATA} has no partition before {before.isoformat()}: materialize one first"
    )


def newest_sound(
    spec: ModelSpec,
    warehouse: Warehouse,
    partitions: Partitions,
    snapshot_of: SnapshotOf,
    *,
    before: datetime,
) -> TableRef | None:
    """The newest partition of `data` that began before a moment and keeps its contract; None: none does."""
    for key in _began_before(partitions, before):
        if warehouse.published(spec.name, DATA, key) is None:
            continue
        with suppress(LifecycleError):
            return snapshot_of(key)
    return None


def _began_before(partitions: Partitions, moment: datetime) -> Iterator[str]:
    """Partitions that began before a moment, the newest first."""
    return (
        key for key in reversed(partitions.get_partition_keys()) if window_of(partitions, key).start < moment
    )


def served_bundle(tracking: Tracking, model: str, folder: Path) -> tuple[ModelVersion, Bundle]:
    """The champion and its bundle, audited.

    Raises:
        LifecycleError: there is no champion, or its bundle was changed.
    """
    version = tracking.holder(model, "champion")
    if version is None:
        raise LifecycleError(f"{model} has no champion: materialize {model}/{ENDPOINT} first")
    fetched = tracking.fetch_bundle(model, version.version, folder)
    return version, open_bundle(fetched, expect_digest=version.bundle_digest)


def sealed_online_tables(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    snapshot_of: SnapshotOf,
    known: KnownBy,
    folder: Path,
    *,
    left_out: Collection[str] = (),
) -> SealedTables:
    """Lookups and past rows that a plan reads, in a new folder.

    Args:
        left_out: partitions whose rows are none of the past.

    Raises:
        LifecycleError: the spec lacks a lookup or an event table that the champion's plan reads.
    """
    declared = {**spec.features.lookups, **spec.features.events}
    read = [lookup.name for lookup in plan.lookups]
    read += [source.name for source in plan.sources if source.role == "events"]
    if lost := sorted(set(read) - declared.keys()):
        raise LifecycleError(
            f"the champion of {spec.name} reads {', '.join(lost)}, which the spec lacks by now: put it back, "
            "or deploy a version that does without"
        )
    folder.mkdir()
    write_online_tables(
        folder,
        lookups={
            lookup.name: warehouse.lookup_rows(spec, lookup.name, known_by=known.moment)
            for lookup in plan.lookups
        },
        histories=recent_history(
            spec,
            plan,
            warehouse,
            partitions_of(spec),
            known,
            snapshot_of,
            margin=MARGIN,
            left_out=left_out,
        ),
        known_by=known,
    )
    manifest = TablesManifest(model=spec.name, plan_fingerprint=plan.fingerprint, known_by=known.moment)
    return seal_tables(folder, manifest)


def newest_parity(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    snapshot: TableRef,
    known: KnownBy,
    tables: SealedTables,
) -> Mapping[str, ParityResult]:
    """The newest rows, asked with the very tables that are served; empty where none can be compared.

    Only rows that the tables answer in full are asked, and only where the feature table was made by the plan
    of the champion.
    """
    made = warehouse.published(spec.name, FEATURES, snapshot.partition)
    if made is None or build_plan(spec).fingerprint != plan.fingerprint:
        return {}
    kept = _recent_rows(plan, warehouse, made, since=known.moment - MARGIN, until=known.own)
    if not kept:
        return {}
    online = load_online_tables(tables, plan)
    features = OnlineFeatures(plan, online.lookups, online.histories)
    requests = rows_of(warehouse, snapshot, plan.entity, [row[plan.entity] for row in kept])
    return {snapshot.partition: compared(plan, features, requests, kept)}


def _recent_rows(
    plan: FeaturePlan, warehouse: Warehouse, made: TableRef, *, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Rows of a feature table of some time, spread evenly over it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [plan.entity, *(feature.name for feature in plan.features)]
    parts = []
    for batch in warehouse.batches(made, columns if plan.event_time is None else [*columns, plan.event_time]):
        if plan.event_time is not None:
            at = batch[plan.event_time]
            inside = pc.and_(pc.greater(at, pa.scalar(since)), pc.less_equal(at, pa.scalar(until)))
            batch = batch.filter(inside)
        parts.append(batch)
    rows = pa.Table.from_batches(parts)
    spread = pa.array(range(0, rows.num_rows, 1 + rows.num_rows // SAMPLE_ROWS), pa.int64())
    found: list[dict[str, Any]] = rows.take(spread).to_pylist()
    return found


def online_metadata(
    version: ModelVersion, state: EndpointState, tables: SealedTables, known: KnownBy
) -> Mapping[str, dg.MetadataValue]:
    """What the UI shows of a refresh."""
    files = [(name, f"{fact.size:,}") for name, fact in sorted(tables.manifest.files.items())]
    return {
        "champion": dg.MetadataValue.text(version.version),
        "known_by": dg.MetadataValue.timestamp(known.moment),
        "own_rows_known_by": dg.MetadataValue.timestamp(known.own),
        "digest": dg.MetadataValue.text(tables.digest),
        "url": dg.MetadataValue.url(state.url),
        "files": markdown_table(["file", "bytes"], files),
    }

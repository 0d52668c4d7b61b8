"""The champion's part of an evaluation: fetched, checked for what it saw, and asked for its scores."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from assets.contract import sound_snapshot
from assets.history import asked_history
from assets.keys import FEATURES
from assets.lineage import snapshot_behind
from assets.partitions import partitions_of
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.comparison import (
    FIRST_VERSION,
    ChampionScores,
    Comparison,
    ComparisonState,
    without_differences,
)
from lifecycle.evaluation.snapshot_rows import rows_of_snapshot
from lifecycle.features.online_tables import online_tables
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.champion import (
    Contender,
    missing_inputs,
    rebuilt_features,
    shares_features,
    unseen_rows,
    unseen_told,
    why_not_comparable,
)
from lifecycle.registry.judging import holdout_of
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def champion_scores(
    spec: ModelSpec, warehouse: Warehouse, tracking: Tracking, bundle: Bundle, rows: "pa.Table"
) -> ChampionScores | Comparison:
    """The champion's scores of the holdout rows it never saw, or why there are none.

    Args:
        bundle: of the version on trial.
        rows: its labelled holdout rows, as its feature table holds them.
    """
    champion = tracking.holder(spec.name, "champion")
    if champion is None:
        return FIRST_VERSION
    if champion.bundle_digest == bundle.digest:
        return _without(champion, "is_champion", "this version is the champion, nothing to compare with")
    with TemporaryDirectory() as folder:
        fetched = tracking.fetch_bundle(spec.name, champion.version, Path(folder))
        try:
            contender = Contender.load(open_bundle(fetched, expect_digest=champion.bundle_digest))
        except LifecycleError as exc:
            return _without(champion, "not_comparable", f"the champion's bundle cannot be used: {exc}")
        theirs, name = contender.bundle.manifest, f"version {champion.version} as of {champion.as_of}"
        if why := why_not_comparable(theirs, bundle.manifest):
            return _without(champion, "not_comparable", f"not comparable with {name}: {why}")
        unseen = unseen_rows(theirs, bundle.manifest, rows)
        if not unseen.any():
            reason = (
                f"contaminated: {name} knows all {rows.num_rows} rows; only {unseen_told(theirs)} had no "
                "part in making it"
            )
            return _without(champion, "contaminated", reason, n_contaminated=rows.num_rows)
        features = _features(spec, warehouse, contender, bundle, rows.filter(unseen))
        if isinstance(features, str):
            reason = f"not comparable with {name}: its features need {features}"
            return _without(champion, "not_comparable", reason)
        return ChampionScores(
            version=champion.version,
            as_of=champion.as_of,
            unseen=unseen,
            scores=contender.scores(features),
            threshold=theirs.threshold,
        )


def snapshot_columns(
    spec: ModelSpec, warehouse: Warehouse, bundle: Bundle, rows: "pa.Table", columns: Sequence[str]
) -> "pa.Table":
    """Columns of the request for rows of a version's holdout, in their order.

    Raises:
        LifecycleError: a snapshot is gone, or does not hold the rows.
    """
    import pyarrow as pa

    manifest, part = bundle.manifest, holdout_of(bundle.manifest)
    keys = [name for name in (manifest.entity, manifest.event_time) if name is not None]
    wanted = list(dict.fromkeys([*keys, *columns]))
    tables = []
    for partition in manifest.data_versions:
        features = warehouse.published(spec.name, FEATURES, partition)
        if features is None:
            raise LifecycleError(f"{spec.name}/{FEATURES} {partition} is gone: materialize it again")
        if part.overlaps(features.window.start, features.window.end):
            tables.append(warehouse.read(snapshot_behind(spec, warehouse, features), wanted))
    return rows_of_snapshot(rows, pa.concat_tables(tables), keys=keys, columns=columns)


def _features(
    spec: ModelSpec, warehouse: Warehouse, contender: Contender, bundle: Bundle, rows: "pa.Table"
) -> "pa.Table | str":
    """What the champion sees of the rows; text: what it would need."""
    if shares_features(contender, bundle.plan):
        return rows
    plan = contender.plan
    if lacking := list(missing_inputs(plan, spec)):
        return ", ".join(lacking)
    read = dict.fromkeys([name for name in (plan.event_time, *plan.reads) if name is not None])
    requests = snapshot_columns(spec, warehouse, bundle, rows, list(read))
    known_by = bundle.manifest.cut_off
    lookups = {
        lookup.name: warehouse.lookup_rows(spec, lookup.name, known_by=known_by) for lookup in plan.lookups
    }
    past: dict[str, pa.Table] = {}
    if plan.histories:
        partitions, asked = partitions_of(spec), requests.to_pylist()
        snapshot_of = cache(lambda partition: sound_snapshot(spec, warehouse, partition))
        past = asked_history(spec, plan, warehouse, partitions, asked, snapshot_of)
    return rebuilt_features(
        plan, requests, online_tables(plan, lookups=lookups, histories=past, known_by=None)
    )


def _without(
    champion: ModelVersion, state: ComparisonState, reason: str, *, n_contaminated: int = 0
) -> Comparison:
    return without_differences(
        state,
        reason,
        champion=champion.version,
        champion_as_of=champion.as_of,
        n_contaminated=n_contaminated,
    )

"""What of a model's life is already there: so that asking for it twice does no work twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from assets.keys import DATA, EVALUATION, FEATURES, stage_key
from assets.metadata import CODE_VERSION_TAG
from assets.provenance import code_version
from lifecycle.spec.fingerprint import code_fingerprint, making_fingerprint, stage_fingerprints
from lifecycle.spec.model_spec import ModelSpec
from orchestration.environments import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeFacts:
    """What was found of a model's life."""

    missing_tables: tuple[str, ...]
    """Partitions whose data or features were never made, or by another spec."""
    served_as_of: str | None
    """As-of partition of the champion that the endpoint answers with; None where it does not answer."""
    made_by_this: bool
    """Whether the champion was made and judged by this spec and this code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifePlan:
    """What is left to do."""

    tables: tuple[str, ...] = ()
    """Partitions to materialize `data` and `features` for; a range, in one run."""
    life: bool = False
    """Whether to train, evaluate and deploy."""
    endpoint: bool = False
    """Whether to deploy only: the champion is right, but does not answer."""


def decide_life(facts: LifeFacts, partitions: Sequence[str], *, as_of: str, champion: str | None) -> LifePlan:
    """What to do so that the endpoint answers with a model as of a partition or of a later one.

    Args:
        facts: what was found.
        partitions: the partitions wanted, oldest first.
        as_of: the partition whose end the model is wanted for.
        champion: as-of partition of the champion, or None.
    """
    tables = tuple(partitions) if facts.missing_tables else ()
    # A later champion is the user's own doing, and is left alone.
    later = champion is not None and champion > as_of
    right = not tables and (later or (champion == as_of and facts.made_by_this))
    if not right:
        return LifePlan(tables=tables, life=True)
    return LifePlan(endpoint=facts.served_as_of != champion)


def gather_facts(
    spec: ModelSpec, environment: Environment, instance: dg.DagsterInstance, partitions: Sequence[str]
) -> tuple[LifeFacts, str | None]:
    """Read what is there, and the champion's as-of partition."""
    champion = environment.tracking.holder(spec.name, "champion")
    state = environment.serving.state(spec.name) if champion else None
    served = (
        champion.as_of
        if champion and state and state.healthy and state.bundle_digest == champion.bundle_digest
        else None
    )
    made_by = {
        "flywheel.spec": making_fingerprint(spec),
        "flywheel.code": code_fingerprint(),
        "flywheel.evaluation_spec": stage_fingerprints(spec)[EVALUATION],
    }
    # Other code that makes the very same bundle gives a new version, which is no challenger to its twin.
    same = [
        version
        for version in environment.tracking.versions(spec.name)
        if champion and version.bundle_digest == champion.bundle_digest and version.verdict == "pass"
    ]
    facts = LifeFacts(
        missing_tables=_stale(spec, instance, partitions),
        served_as_of=served,
        made_by_this=any(made_by.items() <= version.tags.items() for version in same),
    )
    return facts, champion.as_of if champion else None


def _stale(spec: ModelSpec, instance: dg.DagsterInstance, partitions: Sequence[str]) -> tuple[str, ...]:
    versions = {stage_key(spec.name, stage): code_version(spec, stage) for stage in (DATA, FEATURES)}
    return tuple(partition for partition in partitions if not _current(instance, partition, versions))


def _current(instance: dg.DagsterInstance, partition: str, versions: Mapping[dg.AssetKey, str]) -> bool:
    for key, version in versions.items():
        wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
        records = instance.fetch_materializations(wanted, limit=1).records
        made = records[0].asset_materialization if records else None
        if made is None or (made.tags or {}).get(CODE_VERSION_TAG) != version:
            return False
    return True

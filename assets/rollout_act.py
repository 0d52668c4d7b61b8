"""Carrying out what a tick decided: the whole split to the endpoint, aliases to the registry."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from assets.endpoint import approved_bundle, crown, settings_of
from assets.rollout_ports import RolloutPorts
from assets.verdicts import judged_problem
from lifecycle.endpoint.manifest import Settings
from lifecycle.errors import LifecycleError
from lifecycle.rollout.actions import Action, DropAlias, EnsureVariant, RemoveVariant, SetAlias, SetWeights
from lifecycle.rollout.observations import Version
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.model_spec import ModelSpec
from resources.rollouts.base import RolloutStore
from resources.serving.base import BundleGone, EndpointSpec, Serving, VariantSpec, VariantState
from resources.tracking.base import Tracking


def act(
    spec: ModelSpec, ports: RolloutPorts, record: RolloutRecord, action: Action, *, now: datetime
) -> None:
    """Carry one action of a record out. Doing it again changes nothing.

    What was overtaken by a later decision changes nothing: the endpoint refuses it by its fence, and aliases
    stay as they are.

    Raises:
        LifecycleError: the endpoint or the registry refused, or cannot be reached.
    """
    serving, tracking = ports.serving, ports.tracking
    match action:
        case SetWeights():
            if not action.shares:
                serving.stop(spec.name, fence=action.fence)
                return
            shares = {share.version: share.weight for share in action.shares}
            there = _present(serving, spec.name)
            if there is None:
                # A rollback does not wait for a slow endpoint. That all of these are there was read before it
                # fell silent; whether the loser can answer is not known.
                _apply(
                    spec, serving, tracking, record, shares, shares, action.fence, mirrored=action.mirrored
                )
                return
            # The loser stays without requests until it was read back so. One that cannot answer goes at once:
            # it must not keep the endpoint from being set.
            kept = {
                version: 0
                for version, state in there.items()
                if state.ready and version not in shares and _is_ours(record, version)
            }
            split = {**shares, **kept}
            _apply(spec, serving, tracking, record, split, there, action.fence, mirrored=action.mirrored)
        case EnsureVariant(version=version, fence=fence):
            there = _known(serving, spec.name)
            weights = _weights(there, record)
            if not weights and version != _first(record):
                raise LifecycleError(
                    f"the endpoint of {spec.name} serves neither version of the rollout any more: version "
                    f"{version.version} is not brought in alone; nothing was changed, the next look goes on"
                )
            split = {version: 0 if weights else 100, **weights}
            _apply(spec, serving, tracking, record, split, there, fence)
        case RemoveVariant(version=version, fence=fence):
            there = _known(serving, spec.name)
            weights = _weights(there, record)
            if weights.pop(version, None) is not None:
                _apply(spec, serving, tracking, record, weights, there, fence)
        case SetAlias(version=version):
            if _is_newest(ports.store, record):
                crown(tracking, tracking.version(spec.name, version.version), now=now)
        case DropAlias(version=version):
            holder = tracking.holder(spec.name, "challenger")
            if holder is not None and holder.version == version.version and _is_newest(ports.store, record):
                tracking.drop_alias(spec.name, "challenger")


def _is_newest(store: RolloutStore, record: RolloutRecord) -> bool:
    """Whether nothing was decided since. The registry keeps no number of what it obeyed."""
    stored = store.read(record.model)
    found = stored.record if stored else None
    return found is not None and (found.id, len(found.entries)) == (record.id, len(record.entries))


def _present(serving: Serving, model: str) -> Mapping[Version, VariantState] | None:
    """Versions at the endpoint, as it says itself; None: it runs and says nothing."""
    state = serving.state(model)
    if state is None or state.gone:
        return {}
    if not state.variants:
        return None
    return {Version(version=v.version, digest=v.bundle_digest): v for v in state.variants}


def _known(serving: Serving, model: str) -> Mapping[Version, VariantState]:
    """The same for what keeps the split as it is: that has to be known.

    Raises:
        LifecycleError: the endpoint says nothing.
    """
    there = _present(serving, model)
    if there is None:
        raise LifecycleError(
            f"the endpoint of {model} does not answer, so its split is not known: nothing was changed, the "
            "next look goes on"
        )
    return there


def _first(record: RolloutRecord) -> Version:
    """Who may get all requests where nobody serves: the version on trial only if there is no other one."""
    outcome = record.state.outcome
    promoted = outcome is not None and outcome.kind == "promoted"
    return record.challenger if promoted or record.champion is None else record.champion


def _weights(there: Mapping[Version, VariantState], record: RolloutRecord) -> dict[Version, int]:
    """The split as it is, of the rollout's own versions."""
    ours = {version: state.weight for version, state in there.items() if _is_ours(record, version)}
    if ours:
        # What a stranger had goes to the champion, or to the only one of us who is there.
        heir = record.champion if record.champion in ours else record.challenger
        ours[heir] += 100 - sum(ours.values())
    return ours


def _is_ours(record: RolloutRecord, version: Version) -> bool:
    return version in (record.champion, record.challenger)


def _apply(
    spec: ModelSpec,
    serving: Serving,
    tracking: Tracking,
    record: RolloutRecord,
    weights: Mapping[Version, int],
    there: Collection[Version],
    fence: int,
    *,
    mirrored: Version | None = None,
) -> None:
    """Hand the endpoint the whole split. What it has is not fetched: a rollback needs no registry."""
    lacking = [version for version in weights if version not in there]
    try:
        _hand_over(spec, serving, tracking, record, weights, lacking, fence, mirrored)
    except BundleGone:
        _hand_over(spec, serving, tracking, record, weights, [*weights], fence, mirrored)


def _hand_over(
    spec: ModelSpec,
    serving: Serving,
    tracking: Tracking,
    record: RolloutRecord,
    weights: Mapping[Version, int],
    lacking: Sequence[Version],
    fence: int,
    mirrored: Version | None,
) -> None:
    # Who answers where another version cannot: the champion for as long as it is there.
    leader = record.champion if record.champion in weights else record.challenger
    with TemporaryDirectory() as folder:
        bundles = {v: _approved(tracking, spec.name, v, Path(folder, v.version)) for v in lacking}
        variants = tuple(
            VariantSpec(
                name="champion" if version == leader else "challenger",
                role="champion" if version == leader else "challenger",
                version=version.version,
                bundle=bundles.get(version),
                bundle_digest=version.digest,
                weight=weight,
                mirrored=version == mirrored,
            )
            for version, weight in sorted(weights.items(), key=lambda item: item[0] != leader)
        )
        serving.apply(
            EndpointSpec(
                model=spec.name,
                variants=variants,
                salt=record.id,
                port=spec.deployment.port,
                max_batch=spec.deployment.max_batch,
                settings=_settings(spec, record),
                fence=fence,
            )
        )


def _approved(tracking: Tracking, model: str, version: Version, folder: Path) -> Path:
    """The bundle of a version whose gates passed, audited.

    Raises:
        LifecycleError: it may not serve, or is another bundle by now.
    """
    found = tracking.version(model, version.version)
    problem = judged_problem(found)
    if problem is None and found.bundle_digest != version.digest:
        problem = f"its bundle is {found.bundle_digest[:12]}, the rollout began with {version.digest[:12]}"
    if problem is not None:
        raise LifecycleError(f"version {version.version} of {model} may not be deployed: {problem}")
    folder.mkdir()
    return approved_bundle(tracking, found, folder).path


def _settings(spec: ModelSpec, record: RolloutRecord) -> Settings:
    settings = settings_of(spec)
    chosen = record.plan.header_override or settings.endpoint.header_override
    endpoint = settings.endpoint.model_copy(update={"header_override": chosen})
    return settings.model_copy(update={"endpoint": endpoint})

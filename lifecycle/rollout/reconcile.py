"""From what a record wants and what the endpoint says of itself to what must be done now."""

from collections.abc import Iterator

from lifecycle.rollout.actions import (
    Action,
    DropAlias,
    EnsureVariant,
    Notice,
    RemoveVariant,
    SetAlias,
    SetWeights,
    Share,
)
from lifecycle.rollout.observations import Backend, Observations, Version
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.split import Split, all_ready, matches, wanted

FENCES = 1_000_000
"""More than a rollout has entries: fences of a later rollout are higher than all of an earlier one."""


def actions_for(record: RolloutRecord, told: Observations) -> tuple[Action, ...]:
    """What to do now, in this order. Nothing is remembered: it follows from the record and the endpoint.

    The record that asks for it must be written first. A tick that loses the race to write does nothing.
    """
    if record.state.closed or told.backend.problem is not None:
        return ()
    return (*_split_actions(record, told.backend), *_closing_actions(record, told))


def what_keeps_open(record: RolloutRecord, told: Observations) -> str:
    """What is left to do after the end, in words; nothing: it was carried out and read back."""
    split = wanted(record, record.state)
    if told.backend.problem is not None or told.candidate is None:
        return "endpoint and registry have to be read first"
    if not matches(split, told.backend):
        stuck = not _may_set(record, split, told.backend)
        return "the version that is to serve cannot answer yet" if stuck else "the weights are set"
    if not all_ready(split, told.backend):
        return "the version that serves is not ready"
    return "aliases and leftovers" if _closing_actions(record, told) else ""


def notices_since(record: RolloutRecord, seq: int) -> tuple[Notice, ...]:
    """What people were not told yet.

    Args:
        seq: number of the last entry that they were told of; -1: none.
    """
    told: list[Notice] = []
    before = ""
    for entry in record.entries:
        if entry.seq > seq and entry.reason != before:
            state = entry.state
            weight = wanted(record, state).weight(record.challenger)
            told.append(
                Notice(id=f"{record.id}/notice/{entry.seq}", seq=entry.seq, text=entry.reason, weight=weight)
            )
        before = entry.reason
    return tuple(told)


def _split_actions(record: RolloutRecord, backend: Backend) -> Iterator[Action]:
    split = wanted(record, record.state)
    for version, _ in split.weights:
        if backend.variant(version) is None:
            ensured = f"{record.id}/ensure/{version.version}"
            yield EnsureVariant(id=ensured, version=version, fence=_fence(record))
    if matches(split, backend):
        return
    if _may_set(record, split, backend):
        yield _set_weights(record, split)
    elif safe := _without_strangers(record, split, backend):
        yield _set_weights(record, safe)


def _may_set(record: RolloutRecord, split: Split, backend: Backend) -> bool:
    """Whether the weights may be set now: raised only on what can answer, lowered only onto it."""
    if all(backend.variant(version) is not None for version, _ in split.weights):
        risen = [v for v, weight in split.weights if weight > _weight(backend, v)]
        ready = all(_ready(backend, version) for version in risen)
        if record.state.outcome is None:
            return ready and not record.state.held
        # The loser still serves: it is left only for a version that can answer, unless it cannot either.
        return ready or not any(
            v.ready and v.weight > 0 and v.version not in _names(risen) for v in backend.variants
        )
    return False


def _without_strangers(record: RolloutRecord, split: Split, backend: Backend) -> Split | None:
    """Everything to the champion, where a bundle that nobody approved gets requests; None: there is none.

    It may bear the name of the version on trial: what counts is the content.
    """
    named = {(version.version, version.digest) for version, _ in split.weights}
    strangers = any(v.weight > 0 and (v.version, v.digest) not in named for v in backend.variants)
    if strangers and record.champion is not None and _ready(backend, record.champion):
        return Split(weights=((record.champion, 100),))
    return None


def _set_weights(record: RolloutRecord, split: Split) -> SetWeights:
    shares = tuple(Share(version=version, weight=weight) for version, weight in split.weights)
    told = ",".join(f"{share.version.version}={share.weight}" for share in shares)
    return SetWeights(
        id=f"{record.id}/weights/{told}",
        shares=shares,
        mirrored=split.mirrored,
        fence=_fence(record),
    )


def _fence(record: RolloutRecord) -> int:
    return record.number * FENCES + record.entries[-1].seq


def _closing_actions(record: RolloutRecord, told: Observations) -> list[Action]:
    """Aliases and leftovers, once the endpoint was read back with what the outcome asks for."""
    outcome = record.state.outcome
    split = wanted(record, record.state)
    if outcome is None or not matches(split, told.backend) or not all_ready(split, told.backend):
        return []
    actions: list[Action] = []
    challenger, champion = record.challenger, record.champion
    promoted = outcome.kind == "promoted"
    if promoted and told.champion_alias != challenger.version:
        actions.append(SetAlias(id=f"{record.id}/champion/{challenger.version}", version=challenger))
    if told.challenger_alias == challenger.version and outcome.kind != "superseded":
        # A version that was taken back must not be tried again by the next tick.
        actions.append(DropAlias(id=f"{record.id}/no_challenger/{challenger.version}", version=challenger))
    loser = champion if promoted else challenger
    if loser is not None and told.backend.variant(loser) is not None and not actions:
        removed = f"{record.id}/remove/{loser.version}"
        actions.append(RemoveVariant(id=removed, version=loser, fence=_fence(record)))
    return actions


def _weight(backend: Backend, version: Version) -> int:
    found = backend.variant(version)
    return 0 if found is None else found.weight


def _ready(backend: Backend, version: Version) -> bool:
    found = backend.variant(version)
    return found is not None and found.ready


def _names(versions: list[Version]) -> set[str]:
    return {version.version for version in versions}

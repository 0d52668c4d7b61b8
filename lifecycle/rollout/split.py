"""The full split of the requests that a record asks for, and whether the endpoint has it."""

from dataclasses import dataclass

from lifecycle.rollout.observations import Backend, Version
from lifecycle.rollout.record import RolloutRecord, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Every version that has to be there, with its percent. It is always whole: 100, or nobody serves.

    Attributes:
        weights: the versions in question and their percents.
        mirrored: version that gets a copy of the requests; None: none does.
    """

    weights: tuple[tuple[Version, int], ...]
    mirrored: Version | None = None

    def weight(self, version: Version) -> int:
        """Percent of a version; 0 for one that the split does not name."""
        return next((weight for named, weight in self.weights if named == version), 0)


def wanted(record: RolloutRecord, state: State) -> Split:
    """The split that a state asks for.

    Before the end both versions stay, so that one step leads back; behind `full` the champion is mirrored, so
    that the new version is still compared with it.
    """
    champion, challenger = record.champion, record.challenger
    if state.outcome is not None:
        winner = challenger if state.outcome.kind == "promoted" else champion
        return Split(weights=((winner, 100),) if winner else ())
    stage = record.plan.stages[state.stage]
    if champion is None:
        return Split(weights=((challenger, 100),) if stage.weight else ())
    if stage.name == "smoke":
        return Split(weights=((champion, 100),))
    weight = state.share if stage.name == "bandit" and state.share is not None else stage.weight
    weights = ((champion, 100 - weight), (challenger, weight))
    if stage.name == "shadow":
        return Split(weights=weights, mirrored=challenger)
    return Split(weights=weights, mirrored=champion if stage.weight == 100 else None)


def matches(split: Split, backend: Backend) -> bool:
    """Whether the endpoint has the split: those versions, those weights, and nobody else gets a request."""
    if backend.problem is not None:
        return False
    for version, weight in split.weights:
        found = backend.variant(version)
        if found is None or found.weight != weight:
            return False
        if version == split.mirrored and backend.can_mirror and not found.mirrored:
            return False
    named = {(version.version, version.digest) for version, _ in split.weights}
    return all(v.weight == 0 for v in backend.variants if (v.version, v.digest) not in named)


def all_ready(split: Split, backend: Backend) -> bool:
    """Whether every version of the split is there and can answer."""
    found = [backend.variant(version) for version, _ in split.weights]
    return all(state is not None and state.ready for state in found)


def lowered_by_hand(split: Split, backend: Backend, challenger: Version) -> bool:
    """Whether a person gave the version on trial less than the split does, though nothing is broken."""
    found = backend.variant(challenger)
    return found is not None and all_ready(split, backend) and found.weight < split.weight(challenger)

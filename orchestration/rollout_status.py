"""The rollout of a model in `flywheel status`, and what it means for the next step."""

from collections.abc import Sequence
from dataclasses import dataclass

from lifecycle.rollout.record import OutcomeKind, RolloutRecord
from lifecycle.rollout.split import wanted
from lifecycle.rollout.telling import rollout_lines
from resources.tracking.base import ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStatus:
    """Where the newest rollout of a model stands."""

    id: str
    challenger: str
    champion: str | None
    stage: str
    weight: int
    """Percent of the requests that the version on trial is to get."""
    open: bool
    waits_for: str
    outcome: OutcomeKind | None
    lines: Sequence[str]
    """The same for people, with the newest evidence of each check."""


def rollout_status(record: RolloutRecord) -> RolloutStatus:
    """What is told of a rollout."""
    state = record.state
    return RolloutStatus(
        id=record.id,
        challenger=record.challenger.version,
        champion=record.champion.version if record.champion else None,
        stage=record.stage.label,
        weight=wanted(record, state).weight(record.challenger),
        open=not state.closed,
        waits_for=state.waits_for,
        outcome=state.outcome.kind if state.outcome else None,
        lines=tuple(rollout_lines(record)),
    )


def taken_back(record: RolloutRecord | None, challenger: ModelVersion) -> str | None:
    """Why the challenger is not tried again by itself; None: it is."""
    outcome = record.state.outcome if record and record.state.closed else None
    if record is None or outcome is None or outcome.kind in ("superseded", "promoted"):
        return None
    if record.challenger.digest != challenger.bundle_digest:
        return None
    return f"{outcome.kind.replace('_', ' ')}: {outcome.reason}"

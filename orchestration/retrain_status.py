"""What `flywheel status` tells of retraining: what asked for the last one, and what holds the next one."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dagster as dg

from assets.keys import TRIGGER_REASON_TAG
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.triggers.decide import decide
from lifecycle.triggers.facts import RequestStatus
from orchestration.instance import DAGSTER_HOME, SETTINGS_FILE
from resources.rollouts.base import RolloutStore
from sensors.retrain_facts import RETRAIN_TAG, facts_of, request_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTrigger:
    """The newest retraining that was asked for.

    Attributes:
        at: by the model's clock.
        reason: for people.
    """

    at: datetime
    reason: str
    status: RequestStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainStatus:
    """Where the retraining of a model stands.

    Attributes:
        last: None: nothing asked for one yet.
        reasons: what speaks for one now; empty: nothing does.
        held_by: what holds it back; empty beside a reason: the next tick asks for it.
    """

    last: LastTrigger | None
    reasons: tuple[str, ...]
    held_by: tuple[str, ...]

    @property
    def lines(self) -> Sequence[str]:
        """For people, the first one without its name."""
        last = "nothing asked for one yet"
        if self.last is not None:
            last = f"last {self.last.at:%Y-%m-%d %H:%M} UTC ({self.last.status}): {self.last.reason}"
        if not self.reasons:
            return [last, "next: no reason"]
        held = f"held by: {'; '.join(self.held_by)}" if self.held_by else "asked for by the next tick"
        return [last, f"next: {'; '.join(self.reasons)}; {held}"]


def retrain_status(
    spec: ModelSpec, instance: dg.DagsterInstance, rollouts: RolloutStore, *, now: datetime
) -> RetrainStatus | None:
    """What a tick of the sensor would find now; None: the spec names no reason to retrain."""
    if not spec.retrain.triggered:
        return None
    runs = instance.get_runs(dg.RunsFilter(tags={RETRAIN_TAG: spec.name}))
    asked = [(request, run) for run in runs if (request := request_of(run)) is not None]
    facts = facts_of(spec, instance, rollouts, tuple(request for request, _ in asked), now=now)
    decision = decide(spec.retrain, facts)
    newest = max(asked, key=lambda one: one[0].at, default=None)
    return RetrainStatus(
        last=None
        if newest is None
        else LastTrigger(
            at=newest[0].at,
            reason=newest[1].tags.get(TRIGGER_REASON_TAG, "unknown"),
            status=newest[0].status,
        ),
        reasons=tuple(reason.text for reason in decision.reasons),
        held_by=decision.held_by,
    )


@contextmanager
def existing_instance(home: Path) -> Iterator[dg.DagsterInstance | None]:
    """The instance of a home, as `prepare_instance` places it; None where there is none, and none is made."""
    folder = Path(os.environ.get(DAGSTER_HOME, home / "dagster")).absolute()
    if not (folder / SETTINGS_FILE).exists():
        yield None
        return
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance

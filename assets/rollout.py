"""The loop around the pure tick: read, decide, write, act, until nothing is left to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lifecycle.rollout.actions import Action
from lifecycle.rollout.observations import Observations
from lifecycle.rollout.plan import Plan
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.tick import tick
from resources.rollouts.base import RolloutConflict, RolloutStore

MAX_PASSES = 10
"""More than a rollout needs from one resting point to the next. An endpoint that never takes what it is told
must not keep a sensor busy: the next evaluation goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What one evaluation led to.

    Attributes:
        record: as it stands in the store.
        rests: nothing is left to do for now.
    """

    record: RolloutRecord
    rests: bool


def turn(
    store: RolloutStore,
    model: str,
    plan: Plan,
    *,
    observe: Callable[[RolloutRecord], Observations],
    act: Callable[[RolloutRecord, Action], None],
    now: Callable[[], datetime],
) -> Turned | None:
    """Carry a model's open rollout on as far as it goes now; None: there never was one.

    The record is written before anything is done. Who loses the race to write does nothing: the other one
    decided on newer facts, or on the same.

    Args:
        observe: reads the endpoint, the registry, commands, and the measurements that are due.
        act: carries one action of a record out. It may fail: the next pass sees what came of it.

    Raises:
        LifecycleError: the store cannot be read or written, or an action failed. The next evaluation goes on.
    """
    for _ in range(MAX_PASSES):
        stored = store.read(model)
        if stored is None:
            return None
        told = observe(stored.record)
        step = tick(plan, stored.record, told, now())
        if step.record != stored.record:
            try:
                store.write(step.record, expected=stored.revision)
            except RolloutConflict:
                continue
        for action in step.actions:
            act(step.record, action)
        if not step.actions and step.record == stored.record:
            return Turned(record=step.record, rests=True)
    found = store.read(model)
    return Turned(record=found.record, rests=False) if found else None

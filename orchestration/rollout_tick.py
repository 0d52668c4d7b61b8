"""`flywheel tick`: what the sensor does for a model, once, told in lines."""

from collections.abc import Iterator

from assets.rollout_drive import drive
from assets.rollout_events import untold
from assets.rollout_measure import ports_of
from lifecycle.clock import now
from lifecycle.errors import LifecycleError
from lifecycle.rollout.reconcile import notices_since
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.model_spec import ModelSpec
from orchestration.environments import Environment
from resources.rollouts.base import RolloutStore


def tick_lines(spec: ModelSpec, environment: Environment) -> Iterator[str]:
    """Carry a model's rollout on, and tell what happened in it.

    The UI is told by the sensor, which keeps count of what it told: a tick from here takes nothing from it.

    Raises:
        LifecycleError: the record, the registry or the endpoint cannot be used.
    """
    store = environment.rollouts
    ports = ports_of(
        spec,
        store=store,
        serving=environment.serving,
        tracking=environment.tracking,
        traffic=environment.traffic,
        warehouse=environment.warehouse,
    )
    before = store.read(spec.name)
    told = (before.record.id, before.record.entries[-1].seq) if before else None
    waits, replayed, problem = "", "", None
    try:
        driven = drive(spec, ports, clock=now)
        waits, replayed = driven.waits, driven.replay.told if driven.replay else ""
    except LifecycleError as exc:
        problem = exc  # what was decided before it failed is written, and told first
    stored = store.read(spec.name)
    happened = list(_happened(store, stored.record, told)) if stored else []
    if waits or happened:
        happened += [waits] if waits else []
    elif problem is None:
        happened = [_standing(stored.record if stored else None)]
    happened += [replayed] if replayed else []
    yield from (f"{spec.name}: {line}" for line in happened)
    if problem is not None:
        raise problem


def _happened(store: RolloutStore, record: RolloutRecord, told: tuple[str, int] | None) -> Iterator[str]:
    for one in untold(store, record, told):
        for notice in notices_since(one, told[1] if told and told[0] == one.id else -1):
            yield f"{notice.text} ({notice.weight} % for version {one.challenger.version})"


def _standing(record: RolloutRecord | None) -> str:
    if record is None or record.state.closed:
        return "no rollout is open, and no version waits for one"
    return f"nothing new; it waits for {record.state.waits_for}" if record.state.waits_for else "nothing new"

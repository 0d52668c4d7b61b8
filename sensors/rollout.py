"""The clock of rollouts: one sensor for all models, which begins them, carries them on and tells of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import dagster as dg

from assets.rollout_drive import drive
from assets.rollout_events import Event, events_since, untold, weights_result
from assets.rollout_measure import ports_of
from assets.rollout_observe import backend_of
from assets.rollout_ports import RolloutPorts
from lifecycle.clock import now
from lifecycle.errors import LifecycleError
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.records import ModelSpec
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving
from resources.tracking.base import Tracking
from resources.traffic.base import Traffic
from resources.warehouse.base import Warehouse

NAME = "rollouts"
MIN_S, MAX_S = 10, 60

Told = dict[str, tuple[str, int]]
"""Model -> id of the rollout and number of the entry that people were told last."""


@dataclass(kw_only=True)
class Look:
    """What one evaluation did for all models.

    Attributes:
        told: for the next cursor.
        problems: model -> why nothing could be done for it just now.
        waits: model -> why a version that waits begins no rollout.
    """

    told: Told
    events: list[Event | dg.AssetCheckEvaluation] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What kept anything from happening, in one line."""
        said = [*self.problems.items(), *self.waits.items()]
        return "; ".join(f"{model}: {why.splitlines()[0]}" for model, why in said)


def rollout_sensor(specs: Sequence[ModelSpec], *, name: str = NAME) -> dg.Definitions:
    """The sensor, for the models that have `deployment.rollout`; nothing where none has.

    It acts by itself, without a run: a failed guardrail lowers a weight with the evaluation that sees it.
    """
    watched = [spec for spec in specs if spec.deployment.rollout is not None]
    if not watched:
        return dg.Definitions()
    every_s = min(spec.deployment.rollout.every for spec in watched if spec.deployment.rollout)

    @dg.sensor(
        name=name,
        minimum_interval_seconds=min(max(every_s, MIN_S), MAX_S),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Begins rollouts, looks at them, and carries out what follows: weights, aliases, ends.",
    )
    def sensor(
        context: dg.SensorEvaluationContext,
        tracking: dg.ResourceParam[Tracking],
        serving: dg.ResourceParam[Serving],
        rollouts: dg.ResourceParam[RolloutStore],
        traffic: dg.ResourceParam[Traffic],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.SensorResult:
        def ports(spec: ModelSpec) -> RolloutPorts:
            return ports_of(
                spec,
                store=rollouts,
                serving=serving,
                tracking=tracking,
                traffic=traffic,
                warehouse=warehouse,
            )

        look = look_at([(spec, ports(spec)) for spec in watched], read_cursor(context.cursor))
        for model, why in look.problems.items():
            context.log.error(f"{model}: {why}")
        return dg.SensorResult(
            asset_events=look.events,
            cursor=write_cursor(look.told),
            skip_reason=None if look.events else dg.SkipReason(look.summary or "no rollout moved"),
        )

    return dg.Definitions(sensors=[sensor])


def look_at(models: Sequence[tuple[ModelSpec, RolloutPorts]], told: Told) -> Look:
    """One look at all rollouts. A model whose rollout cannot be carried on keeps no other from it."""
    look = Look(told=dict(told))
    for spec, ports in models:
        try:
            driven = drive(spec, ports, clock=now)
            if driven.waits:
                look.waits[spec.name] = driven.waits
        except Exception as exc:
            # Of whatever kind: a look that ends here would leave all other models without theirs.
            look.problems[spec.name] = _why(exc)
        try:
            stored = ports.store.read(spec.name)
            if stored is not None:
                _tell(look, ports, stored.record)
        except Exception as exc:
            look.problems.setdefault(spec.name, _why(exc))
    return look


def read_cursor(text: str | None) -> Told:
    """What people were told, from the cursor; one that cannot be read has told them nothing.

    >>> read_cursor('{"m": ["m-2-ab", 4]}'), read_cursor("half")
    ({'m': ('m-2-ab', 4)}, {})
    """
    try:
        found = json.loads(text or "{}")
        return {str(model): (str(name), int(seq)) for model, (name, seq) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def write_cursor(told: Told) -> str:
    """The cursor of the next evaluation."""
    return json.dumps(told, sort_keys=True)


def _why(exc: Exception) -> str:
    told = str(exc) if isinstance(exc, LifecycleError) else f"{type(exc).__name__}: {exc}"
    return told or "unknown"


def _tell(look: Look, ports: RolloutPorts, record: RolloutRecord) -> None:
    before = look.told.get(record.model)
    last = (record.id, record.entries[-1].seq)
    if before == last:
        return
    events = list(events_since(untold(ports.store, record, before), before))
    look.told[record.model] = last
    look.events += events
    if any(isinstance(event, dg.AssetMaterialization) for event in events):
        look.events.append(weights_result(record, backend_of(ports.serving, record.model)))

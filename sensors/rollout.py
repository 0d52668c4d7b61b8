"""The clock of rollouts: one sensor for all models, which begins them, carries them on and tells of them."""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import dagster as dg

from assets.rollout_drive import drive
from assets.rollout_events import Event, events_since, untold, weights_result
from assets.rollout_measure import ports_of
from assets.rollout_observe import backend_of
from assets.rollout_ports import RolloutPorts
from lifecycle.clock import now
from lifecycle.errors import in_words
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.model_spec import ModelSpec
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving
from resources.tracking.base import Tracking
from resources.traffic.base import Traffic
from resources.warehouse.base import Warehouse
from sensors.rounds import Clock, in_time, round_of

NAME = "rollouts"
MIN_S, MAX_S = 10, 60
OPEN_S, LOOKS_S = 1.5, 2.0
"""No other look at an open rollout, or at all, begins after so long in one tick; the next one goes on."""

Told = dict[str, tuple[str, int]]
"""Model -> id of the rollout and number of the entry that people were told last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What people were told, and where the round of models goes on. A lost one tells some things again.

    Attributes:
        open: models with an open rollout; they come first.
        after: the idle model that was looked at last.
        after_open: the one of `open` that was looked at last.
    """

    told: Told = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    after: str = ""
    after_open: str = ""


@dataclass(kw_only=True)
class Look:
    """What one evaluation did for the models that it looked at.

    Attributes:
        told: for the next cursor.
        looked: models, in their order.
        open: those of them with an open rollout.
        problems: model -> why nothing could be done for it just now.
        waits: model -> why a version that waits begins no rollout.
    """

    told: Told
    looked: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    events: list[Event | dg.AssetCheckEvaluation] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What kept anything from happening, in one line."""
        said = [*self.problems.items(), *self.waits.items()]
        return "; ".join(f"{model}: {why.splitlines()[0]}" for model, why in said)


def rollout_sensor(
    specs: Sequence[ModelSpec],
    *,
    left_open: Collection[str] = (),
    name: str = NAME,
    clock: Clock = time.monotonic,
) -> dg.Definitions:
    """The sensor, for the models that have `deployment.rollout`; nothing where none has.

    It acts by itself, without a run: a failed guardrail lowers a weight with the evaluation that sees it.

    Args:
        left_open: models whose spec has none any more, with a rollout that has to end.
        clock: that a tick's own time is measured by.
    """
    watched = [spec for spec in specs if spec.deployment.rollout is not None or spec.name in left_open]
    if not watched:
        return dg.Definitions()
    asked = [spec.deployment.rollout.every for spec in watched if spec.deployment.rollout]
    every_s = min(asked, default=MAX_S)

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

        cursor, by_name = read_cursor(context.cursor), {spec.name: spec for spec in watched}
        turn = turn_of(by_name, cursor, clock=clock)
        look = look_at(((by_name[name], ports(by_name[name])) for name in turn), cursor.told)
        for model, why in look.problems.items():
            context.log.error(f"{model}: {why}")
        return dg.SensorResult(
            asset_events=look.events,
            cursor=write_cursor(next_cursor(cursor, look)),
            skip_reason=None if look.events else dg.SkipReason(look.summary or "no rollout moved"),
        )

    return dg.Definitions(sensors=[sensor])


def turn_of(
    names: Iterable[str], cursor: Cursor, *, most_s: float = LOOKS_S, clock: Clock = time.monotonic
) -> Iterator[str]:
    """Whom a tick looks at: open rollouts, then idle models, one of each in any case, while there is time.

    A look asks endpoint, log and registry. One that times out takes seconds, and many of them would hold up
    the daemon; so either kind goes on in the next tick where it stopped in this one. Idle models have a share
    of the time of their own, or many open rollouts would keep others from beginning.
    """
    began_s, everyone = clock(), [*names]
    for chosen, after, until_s in (
        ([name for name in everyone if name in cursor.open], cursor.after_open, most_s * OPEN_S / LOOKS_S),
        ([name for name in everyone if name not in cursor.open], cursor.after, most_s),
    ):
        left_s = until_s - (clock() - began_s)
        yield from in_time(round_of(chosen, after=after), at_least=1, most_s=left_s, clock=clock)


def next_cursor(cursor: Cursor, look: Look) -> Cursor:
    """What the next tick goes on from. A model that could not be looked at is as it was."""
    same = {name for name in cursor.open if name not in look.looked or name in look.problems}
    idle = [name for name in look.looked if name not in cursor.open]
    urgent = [name for name in look.looked if name in cursor.open]
    return Cursor(
        told=look.told,
        open=frozenset(look.open | same),
        after=idle[-1] if idle else cursor.after,
        after_open=urgent[-1] if urgent else cursor.after_open,
    )


def look_at(models: Iterable[tuple[ModelSpec, RolloutPorts]], told: Told) -> Look:
    """One look at rollouts. A model whose rollout cannot be carried on keeps no other from it."""
    look = Look(told=dict(told))
    for spec, ports in models:
        look.looked.append(spec.name)
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
                if not stored.record.state.closed:
                    look.open.add(spec.name)
                _tell(look, ports, stored.record)
        except Exception as exc:
            look.problems.setdefault(spec.name, _why(exc))
    return look


def read_cursor(text: str | None) -> Cursor:
    """The cursor of the evaluation before; one that cannot be read has told nothing.

    >>> read_cursor('{"told": {"m": ["m-2-ab", 4]}, "after": "m"}'), read_cursor("half") == Cursor()
    (Cursor(told={'m': ('m-2-ab', 4)}, open=frozenset(), after='m', after_open=''), True)
    """
    try:
        found = json.loads(text or "{}")
        told = {str(model): (str(name), int(seq)) for model, (name, seq) in found.get("told", {}).items()}
        opened = frozenset(map(str, found.get("open", ())))
        after, after_open = str(found.get("after", "")), str(found.get("after_open", ""))
        return Cursor(told=told, open=opened, after=after, after_open=after_open)
    except (ValueError, TypeError, AttributeError):
        return Cursor()


def write_cursor(cursor: Cursor) -> str:
    """The cursor of the next evaluation."""
    found = {
        "told": cursor.told,
        "open": sorted(cursor.open),
        "after": cursor.after,
        "after_open": cursor.after_open,
    }
    return json.dumps(found, sort_keys=True)


def _why(exc: Exception) -> str:
    return in_words(exc) or "unknown"


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

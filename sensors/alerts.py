"""When people are told: one sensor for all models, which tells each thing once until it cleared."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

from lifecycle.clock import now
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.triggers.telling import (
    Telling,
    Told,
    decide_telling,
    with_cleared,
    with_failure,
    with_sent,
)
from resources.alerts.base import AlertNotDelivered, Alerts, Message
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving
from sensors.alert_conditions import wrong_now
from sensors.rounds import Clock, in_time, round_of

NAME = "alerts"
TICK_S = 60
ASK_S, SEND_S = 0.5, 1.0
"""No other endpoint is asked, and no other message sent, after so long in one tick; the next one goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What people know. A lost one tells everything again, once.

    Attributes:
        told: by the environment variable that holds the address.
        after: the model whose endpoint was asked last.
    """

    told: Mapping[str, Told] = field(default_factory=dict)
    after: str = ""


def alert_sensor(
    specs: Sequence[ModelSpec], *, name: str = NAME, clock: Clock = time.monotonic
) -> dg.Definitions:
    """The sensor, for the models whose `alerts` name somebody; nothing where none does.

    Args:
        clock: that a tick's own time is measured by.
    """
    watched = {spec.name: spec for spec in specs if spec.alerts.to}
    if not watched:
        return dg.Definitions()

    @dg.sensor(
        name=name,
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells of drift, incidents, decay, failures, rollbacks, stale data and silent endpoints.",
    )
    def sensor(
        context: dg.SensorEvaluationContext,
        alerts: dg.ResourceParam[Alerts],
        rollouts: dg.ResourceParam[RolloutStore],
        serving: dg.ResourceParam[Serving],
    ) -> dg.SensorResult:
        before = read_cursor(context.cursor)
        wrong = wrong_now(
            watched,
            context.instance,
            rollouts,
            serving,
            turn=in_time(round_of([*watched], after=before.after), at_least=1, most_s=ASK_S, clock=clock),
            now=now(),
            machine_now=datetime.now(UTC),
        )
        # Back-off is about services, which live in the machine's time.
        at, told, messages = datetime.now(UTC), {**before.told}, list[tuple[str, Telling]]()
        for to, models in addressees(watched).items():
            theirs = [one for one in wrong.conditions if one.model in models]
            digest_from = min(watched[model].alerts.digest_from for model in models)
            told[to] = with_cleared(told.get(to, Told()), theirs, wrong.unknown)
            new = decide_telling(theirs, told[to], digest_from=digest_from, now=at)
            messages += [(to, telling) for telling in new]
        # What there is no time for is new in the next tick as well.
        due = in_time(messages, at_least=1, most_s=SEND_S, clock=clock)
        known, problems = tell(alerts, due, told, at=at)
        problems = [*problems, *(f"{model}: {why}" for model, why in wrong.problems.items())]
        for problem in problems:
            context.log.error(problem)
        count = len(wrong.conditions)
        reason = "; ".join(problems) or f"{count} things are wrong, and whom it concerns was told"
        cursor = Cursor(told=known, after=wrong.asked[-1])
        return dg.SensorResult(cursor=write_cursor(cursor), skip_reason=dg.SkipReason(reason))

    return dg.Definitions(sensors=[sensor])


def addressees(watched: Mapping[str, ModelSpec]) -> Mapping[str, frozenset[str]]:
    """Environment variable -> the models that its people are told of."""
    found: dict[str, set[str]] = {}
    for model, spec in watched.items():
        for to in spec.alerts.to:
            found.setdefault(to, set()).add(model)
    return {to: frozenset(models) for to, models in found.items()}


def tell(
    alerts: Alerts, messages: Iterable[tuple[str, Telling]], told: Mapping[str, Told], *, at: datetime
) -> tuple[Mapping[str, Told], Sequence[str]]:
    """Send messages to addresses: what these know afterwards, and the problems of those that took none.

    An address that does not take a message is sent no other one in this tick, and waits until it is again.
    """
    known, problems = {**told}, dict[str, str]()
    for to, telling in messages:
        if to in problems:
            continue
        try:
            alerts.send(Message(title=telling.title, body=telling.body, severity="bad"), to=to)
        except AlertNotDelivered as exc:
            known[to], problems[to] = with_failure(known[to], now=at), str(exc)
        else:
            known[to] = with_sent(known[to], telling)
    return known, list(problems.values())


def read_cursor(text: str | None) -> Cursor:
    """The cursor of the evaluation before; one that cannot be read has told people nothing."""
    try:
        found = json.loads(text or "{}")
        told = {
            str(to): Told(
                keys=frozenset(map(str, one["keys"])),
                failures=int(one["failures"]),
                again_at=datetime.fromisoformat(one["again_at"]) if one["again_at"] else None,
            )
            for to, one in found.get("told", {}).items()
        }
        return Cursor(told=told, after=str(found.get("after", "")))
    except (ValueError, TypeError, AttributeError, KeyError):
        return Cursor()


def write_cursor(cursor: Cursor) -> str:
    """The cursor of the next evaluation."""
    told = {
        to: {
            "keys": sorted(one.keys),
            "failures": one.failures,
            "again_at": one.again_at.isoformat() if one.again_at else None,
        }
        for to, one in cursor.told.items()
    }
    return json.dumps({"told": told, "after": cursor.after}, sort_keys=True)

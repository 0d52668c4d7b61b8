"""When people are told: one sensor for all models, which tells each thing once until it cleared."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg

from lifecycle.clock import now
from lifecycle.spec.records import ModelSpec
from lifecycle.triggers.telling import (
    Condition,
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

NAME = "alerts"
TICK_S = 60


def alert_sensor(specs: Sequence[ModelSpec], *, name: str = NAME) -> dg.Definitions:
    """The sensor, for the models whose `alerts` name somebody; nothing where none does."""
    watched = {spec.name: spec for spec in specs if spec.alerts.to}
    if not watched:
        return dg.Definitions()

    @dg.sensor(
        name=name,
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells people of drift, decay, failures, rollbacks, stale data and silent endpoints.",
    )
    def sensor(
        context: dg.SensorEvaluationContext,
        alerts: dg.ResourceParam[Alerts],
        rollouts: dg.ResourceParam[RolloutStore],
        serving: dg.ResourceParam[Serving],
    ) -> dg.SensorResult:
        conditions, unknown = wrong_now(
            watched, context.instance, rollouts, serving, now=now(), machine_now=datetime.now(UTC)
        )
        told, problems = read_cursor(context.cursor), list[str]()
        for to, models in addressees(watched).items():
            theirs = [one for one in conditions if one.model in models]
            digest_from = min(watched[model].alerts.digest_from for model in models)
            known = with_cleared(told.get(to, Told()), theirs, unknown)
            told[to], problem = tell(alerts, to, theirs, known, digest_from=digest_from)
            problems += [problem] if problem else []
        for problem in problems:
            context.log.error(problem)
        reason = "; ".join(problems) or f"{len(conditions)} things are wrong, and whom it concerns was told"
        return dg.SensorResult(cursor=write_cursor(told), skip_reason=dg.SkipReason(reason))

    return dg.Definitions(sensors=[sensor])


def addressees(watched: Mapping[str, ModelSpec]) -> Mapping[str, frozenset[str]]:
    """Environment variable -> the models that its people are told of."""
    found: dict[str, set[str]] = {}
    for model, spec in watched.items():
        for to in spec.alerts.to:
            found.setdefault(to, set()).add(model)
    return {to: frozenset(models) for to, models in found.items()}


def tell(
    alerts: Alerts, to: str, conditions: Sequence[Condition], told: Told, *, digest_from: int
) -> tuple[Told, str | None]:
    """Send what is new, and what is known afterwards; the problem of a message that was not taken."""
    # Back-off is about services, which live in the machine's time.
    at = datetime.now(UTC)
    for telling in decide_telling(conditions, told, digest_from=digest_from, now=at):
        try:
            alerts.send(Message(title=telling.title, body=telling.body, severity="bad"), to=to)
        except AlertNotDelivered as exc:
            return with_failure(told, now=at), str(exc)
        told = with_sent(told, telling)
    return told, None


def read_cursor(text: str | None) -> dict[str, Told]:
    """What people were told, from the cursor; one that cannot be read has told them nothing."""
    try:
        found = json.loads(text or "{}")
        return {
            str(to): Told(
                keys=frozenset(map(str, one["keys"])),
                failures=int(one["failures"]),
                again_at=datetime.fromisoformat(one["again_at"]) if one["again_at"] else None,
            )
            for to, one in found.items()
        }
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}


def write_cursor(told: Mapping[str, Told]) -> str:
    """The cursor of the next evaluation."""
    return json.dumps(
        {
            to: {
                "keys": sorted(one.keys),
                "failures": one.failures,
                "again_at": one.again_at.isoformat() if one.again_at else None,
            }
            for to, one in told.items()
        },
        sort_keys=True,
    )

"""When models are trained anew: one sensor for all of them, which reads results and requests runs."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import dagster as dg

from assets.keys import EVALUATION, MODEL, TRIGGER_REASON_TAG, TRIGGER_TAG, stage_key
from assets.provenance import code_version
from lifecycle.clock import now
from lifecycle.errors import in_words
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.triggers.decide import Decision, decide, request_key
from lifecycle.triggers.facts import Facts
from resources.rollouts.base import RolloutStore
from sensors.retrain_facts import (
    AT_TAG,
    EVIDENCE_TAG,
    LEARNS_TAG,
    RETRAIN_TAG,
    facts_of,
    requests_by_model,
)
from sensors.retrain_news import news_since

NAME = "retrain"
TICK_S = 60
LOOKS, LOOKS_S = 50, 0.8
"""Models that one tick looks into, and for how long; the others come in the next ticks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What was seen, and who is to be looked into. A lost one costs looks at all models, and nothing else.

    Attributes:
        seen: place in the event log up to which events were noticed.
        code: digest of what all models would be made by.
        due: models with news, or with a reason that is held back; the first ones are looked into first.
    """

    seen: int = -1
    code: str = ""
    due: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Look:
    """What one evaluation found: requests, and by model what is held back by what, or what went wrong."""

    cursor: Cursor
    requests: list[dg.RunRequest] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def retrain_sensor(specs: Sequence[ModelSpec], *, name: str = NAME) -> dg.Definitions:
    """The sensor, for the models whose `retrain` names a reason; nothing where none does.

    It runs by default: whoever writes down a reason to retrain wants it heeded.
    """
    watched = {spec.name: spec for spec in specs if spec.retrain.triggered}
    if not watched:
        return dg.Definitions()
    # Neither changes while a code location is loaded, and a thousand specs take a second to digest.
    code = cache(lambda: code_of(watched))
    targets = [stage_key(model, stage) for model in watched for stage in (MODEL, EVALUATION)]

    @dg.sensor(
        name=name,
        asset_selection=dg.AssetSelection.assets(*targets),
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Trains models anew where drift, performance, labels, data or code speak for it.",
    )
    def sensor(
        context: dg.SensorEvaluationContext, rollouts: dg.ResourceParam[RolloutStore]
    ) -> dg.SensorResult:
        look = look_at(
            watched, context.instance, rollouts, read_cursor(context.cursor), code=code(), now=now()
        )
        for model, why in look.problems.items():
            context.log.error(f"{model}: {why}")
        held = "; ".join(f"{model}: {why}" for model, why in [*look.problems.items(), *look.held.items()])
        return dg.SensorResult(
            run_requests=look.requests,
            cursor=write_cursor(look.cursor),
            skip_reason=None if look.requests else dg.SkipReason(held or "no reason to retrain"),
        )

    return dg.Definitions(sensors=[sensor])


def look_at(
    watched: Mapping[str, ModelSpec],
    instance: dg.DagsterInstance,
    rollouts: RolloutStore,
    cursor: Cursor,
    *,
    code: str,
    now: datetime,
) -> Look:
    """One look: the news of all models at once, then a few queries for each one that has some.

    A model that cannot be looked into keeps no other from it, and is looked into again in the next tick.
    """
    cursor = with_news(watched, instance, cursor, code=code)
    # How long a look takes is real time, whatever the clock of a replay says.
    requests, began_s = requests_by_model(instance, cursor.due[:LOOKS]), time.monotonic()
    look, waiting, looked = Look(cursor=cursor), list[str](), 0
    for model in requests:
        if looked and time.monotonic() - began_s > LOOKS_S:
            break
        looked += 1
        try:
            facts = facts_of(watched[model], instance, rollouts, requests[model], now=now)
            decision = decide(watched[model].retrain, facts)
            request = run_request(model, facts, decision) if decision.retrain else None
        except Exception as exc:
            # Of whatever kind: a look that ends here would hold up all models behind this one, for ever.
            look.problems[model] = in_words(exc)
            waiting.append(model)
            continue
        if decision.reasons:
            waiting.append(model)
        if request is not None:
            look.requests.append(request)
        elif decision.reasons:
            look.held[model] = f"{decision.text}, held by: {'; '.join(decision.held_by)}"
    look.cursor = Cursor(seen=cursor.seen, code=cursor.code, due=(*cursor.due[looked:], *waiting))
    return look


def code_of(watched: Mapping[str, ModelSpec]) -> str:
    """Digest of what decides and makes all models: another one, and all of them are looked into."""
    return fingerprint(
        {
            model: [code_version(spec, MODEL), spec.retrain.model_dump_json()]
            for model, spec in watched.items()
        }
    )


def with_news(
    watched: Mapping[str, ModelSpec], instance: dg.DagsterInstance, cursor: Cursor, *, code: str
) -> Cursor:
    """The cursor and the models of which something new is known, read once for all models."""
    # Other code, as a cursor of another event log: everything may be new.
    news = news_since(cursor.seen if cursor.code == code else -1, watched, instance)
    new = [model for model in watched if news.models is None or model in news.models]
    due = dict.fromkeys([*(model for model in cursor.due if model in watched), *new])
    return Cursor(seen=news.seen, code=code, due=tuple(due))


def run_request(model: str, facts: Facts, decision: Decision) -> dg.RunRequest:
    """The run that trains and evaluates a model as of the newest partition, and tells why.

    Raises:
        ValueError: there is no partition to train on; `decide` retrains none such.
    """
    if facts.target is None:
        raise ValueError(f"{model} has no partition to be trained on")
    return dg.RunRequest(
        run_key=request_key(model, facts),
        partition_key=facts.target.partition,
        asset_selection=[stage_key(model, MODEL), stage_key(model, EVALUATION)],
        tags={
            TRIGGER_TAG: ", ".join(decision.evidence),
            TRIGGER_REASON_TAG: decision.text,
            RETRAIN_TAG: model,
            AT_TAG: facts.now.isoformat(),
            LEARNS_TAG: facts.target.learns,
            EVIDENCE_TAG: json.dumps(decision.evidence, sort_keys=True),
        },
    )


def read_cursor(text: str | None) -> Cursor:
    """The cursor of the evaluation before; one that cannot be read has seen nothing.

    >>> read_cursor('{"seen": 7, "code": "c", "due": ["m"]}'), read_cursor("half") == Cursor()
    (Cursor(seen=7, code='c', due=('m',)), True)
    """
    try:
        found = json.loads(text or "{}")
        due = tuple(str(model) for model in found.get("due", ()))
        return Cursor(seen=int(found.get("seen", -1)), code=str(found.get("code", "")), due=due)
    except (ValueError, TypeError, AttributeError):
        return Cursor()


def write_cursor(cursor: Cursor) -> str:
    """The cursor for the next evaluation."""
    return json.dumps({"seen": cursor.seen, "code": cursor.code, "due": cursor.due})

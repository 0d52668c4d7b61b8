"""Rollouts of versions that differ in nothing, through the real tick, with a look per hour."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from lifecycle.rollout.observations import Cohort, Measurement
from lifecycle.rollout.plan import PRIMARY, SAMPLE_RATIO, SMOKE, Plan
from lifecycle.rollout.questions import Question, questions_of
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.tick import tick
from tests.fakes.rollout_world import World, plan_with

KEYS_AN_HOUR, ERROR_RATE, ACCURACY, HOURS = 5000, 0.05, 0.8, 200
# The spread of true differences that the intervals are tightest for.
TAU2 = 0.02**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many rollouts ended how."""

    rollouts: int
    rolled_back: int
    promoted: int
    without_conclusion: int
    looks: int


def plan() -> Plan:
    """Two guardrails against the champion, and a better accuracy, neither of which an equal version shows."""
    return plan_with(
        every="1h",
        hold="6h",
        bake="12h",
        stage_limit="30h",
        shadow={"requests": 400, "time": "2h"},
        labelled={"samples": 400},
        primary={"metric": "accuracy", "goal": "superiority", "margin_is": "absolute"},
        guardrails=[
            {"metric": "error_rate", "margin": 0.03, "margin_is": "absolute"},
            {"metric": "null_rate", "margin": 0.03, "margin_is": "absolute"},
        ],
    )


def simulate(rollouts: int, *, seed: int, better: float = 0.0) -> Counted:
    """Run so many rollouts.

    Args:
        better: how much more accurate the version on trial is.
    """
    found = [_one(np.random.default_rng([seed, i]), better) for i in range(rollouts)]
    kinds = [record.state.outcome.kind for record, _ in found if record.state.outcome]
    return Counted(
        rollouts=rollouts,
        rolled_back=kinds.count("rolled_back"),
        promoted=kinds.count("promoted"),
        without_conclusion=kinds.count("inconclusive"),
        looks=sum(looks for _, looks in found),
    )


def _one(random: np.random.Generator, better: float) -> tuple[RolloutRecord, int]:
    world = World(plan=plan())
    record = world.open()
    # Sums of successes by hour, arm and metric: a window's number is a difference of two of them.
    rates = {"error_rate": (ERROR_RATE, ERROR_RATE), "null_rate": (ERROR_RATE, ERROR_RATE)}
    rates["accuracy"] = (ACCURACY, ACCURACY + better)
    sums: dict[tuple[str, int], tuple[np.ndarray, ...]] = {}
    looks = 0
    for _ in range(HOURS):
        measured = [
            _measured(question, record, world, sums, rates, random)
            for question in questions_of(record, now=world.now)
        ]
        told = world.observe(None).model_copy(update={"measurements": tuple(measured)})
        step = tick(world.plan, record, told, world.now)
        settled = not step.actions and step.record.state.stage == record.state.stage
        record = step.record
        for action in step.actions:
            world.act(action)
        if record.state.outcome is not None:
            break
        if settled:
            world.now += timedelta(hours=1)
            looks += 1
    return record, looks


def _measured(
    question: Question,
    record: RolloutRecord,
    world: World,
    sums: dict[tuple[str, int], tuple[np.ndarray, ...]],
    rates: dict[str, tuple[float, float]],
    random: np.random.Generator,
) -> Measurement:
    check = question.check
    base = {"check": check.name, "started_at": question.since, "ended_at": world.now, "alpha": question.alpha}
    hours = int((world.now - question.since).total_seconds() // 3600)
    mine, other = (hours * keys for keys in _keys(record.stage.weight))
    if check.name in (SMOKE, SAMPLE_RATIO):
        value = 0.0 if check.name == SMOKE else 0.5
        return Measurement.model_construct(
            **base, value=value, low=value, high=value, n_champion=other, n_challenger=mine
        )
    if not hours:
        return Measurement.model_construct(**base, value=0.0, low=-1.0, high=1.0)
    key = (check.metric, record.state.window)
    if key not in sums:
        per_hour = (other // hours, mine // hours)
        sums[key] = tuple(
            np.cumsum(random.binomial(n, p, HOURS))
            for n, p in zip(per_hour, rates[check.metric], strict=True)
        )
    low_rate, high_rate = (series[hours - 1] / n for series, n in zip(sums[key], (other, mine), strict=True))
    value = float(high_rate - low_rate)
    wide = _half_width(low_rate, other, high_rate, mine, question.alpha)
    cohorts: tuple[Cohort, ...] = ()
    if check.name == PRIMARY:
        ends = {"started_at": question.since, "ended_at": world.now}
        cohorts = tuple(
            Cohort.model_construct(arm=arm, served=n, labelled=n, **ends)
            for arm, n in (("champion", other), ("challenger", mine))
        )
    return Measurement.model_construct(
        **base,
        value=value,
        low=value - wide,
        high=value + wide,
        n_champion=other,
        n_challenger=mine,
        cohorts=cohorts,
    )


def _keys(weight: int) -> tuple[int, int]:
    """Keys an hour of the version on trial and of the champion; mirrored, both see all."""
    if weight in (0, 100):
        return KEYS_AN_HOUR, KEYS_AN_HOUR
    return KEYS_AN_HOUR * weight // 100, KEYS_AN_HOUR * (100 - weight) // 100


def _half_width(p: float, n: int, q: float, m: int, alpha: float) -> float:
    """Of the always valid interval of a difference: the mixture SPRT with a normal prior, turned around.

    Source: Johari, Pekelis, Walsh (2015), "Always valid inference", equation for the normal mixture.
    """
    variance = max(p * (1 - p), 1 / n) / n + max(q * (1 - q), 1 / m) / m
    scale = variance * (variance + TAU2) / TAU2
    return float(np.sqrt(scale * np.log((variance + TAU2) / (variance * alpha**2))))

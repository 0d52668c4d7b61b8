"""Seeded rollouts through the real loop, tick and statistics, with a look each hour.

Traffic is drawn as sums an hour, which is all that the statistics keep. It has a daily rhythm, and so have
the rates that are only ever compared between the arms.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import beta

from lifecycle.rollout.measuring import measured_effect, measured_ratio
from lifecycle.rollout.observations import Arm, Cohort, Measurement, measurement
from lifecycle.rollout.plan import PRIMARY, SAMPLE_RATIO, SMOKE, Plan
from lifecycle.rollout.power_plan import Baseline, PowerPlan, planned_size
from lifecycle.rollout.questions import Question, questions_of
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.statistics import noninferiority
from lifecycle.rollout.statistics.arm_sums import NO_KEYS, ArmSums
from lifecycle.rollout.statistics.judge import judge
from lifecycle.rollout.statistics.mean_difference import Estimate, Stratum
from lifecycle.rollout.statistics.quantile import LATENCY_EDGES_MS, Histogram, quantile_ratio
from lifecycle.rollout.statistics.rate import rate_bounds
from lifecycle.rollout.statistics.relative_rate import Events, relative_rate
from lifecycle.rollout.statistics.sample_ratio import Assigned, check_ratio
from tests.fakes.rollout_world import World, measured_as

HOUR = timedelta(hours=1)
LOSSES = np.array([0.01, 0.04, 0.09, 0.25, 0.49, 0.81])
"""Squared errors of a prediction, from sure and right to sure and wrong."""
BY_DAY, BY_NIGHT = np.array([30, 25, 20, 14, 7, 4]) / 100, np.array([22, 22, 20, 18, 11, 7]) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What one version really is like."""

    error_rate: float = 0.02
    null_rate: float = 0.05
    """On average over the day, like accuracy."""
    accuracy: float = 0.8
    latency: float = 1.0
    """Times as long as the champion's."""
    brier: float = 1.0
    """Times as large as the champion's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One kind of rollout, to be played with many seeds.

    Attributes:
        keys_an_hour: on average over the day.
        waved_on_h: a person sends it to the next stage after so many hours, whatever was found; None: nobody.
        labels_after_h: hours from a prediction to its label.
        rhythm: whether hours of the day differ.
    """

    plan: Plan
    challenger: Truth
    champion: Truth = Truth()
    keys_an_hour: int = 3000
    hours: int = 24 * 12
    waved_on_h: int | None = None
    labels_after_h: int = 6
    rhythm: bool = True
    power: PowerPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the rollouts of a scene ended, and who ended those that were taken back."""

    rollouts: int
    kinds: Counter[str]
    checks: Counter[str]
    looks: int

    def most(self, kind: str, *, confidence: float = 0.975) -> float:
        """Upper bound of the chance to end so, exact: that of Clopper and Pearson."""
        seen = self.kinds[kind]
        return 1.0 if seen == self.rollouts else float(beta.ppf(confidence, seen + 1, self.rollouts - seen))


def play(scene: Scene, *, rollouts: int, seed: int) -> Ended:
    """Play a scene so many times. The same seed plays the same."""
    kinds: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    looks = 0
    for number in range(rollouts):
        world = SeededWorld(plan=scene.plan, scene=scene, random=np.random.default_rng([seed, number]))
        record = world.play()
        outcome = record.state.outcome
        kinds[outcome.kind if outcome else "still open"] += 1
        if outcome is not None and outcome.kind == "rolled_back":
            checks[outcome.check or "nobody"] += 1
        looks += world.hours
    return Ended(rollouts=rollouts, kinds=kinds, checks=checks, looks=looks)


@dataclass(slots=True)
class Seen:
    """One arm in one window, as far as the log tells."""

    keys: int = 0
    errors: int = 0
    nulls: int = 0
    latencies: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(LATENCY_EDGES_MS) + 1, int))
    labelled: list[tuple[int, ArmSums, ArmSums]] = field(default_factory=list)
    """Of each hour: which one, sums of correctness and of squared errors. Labels come some hours later."""


@dataclass
class SeededWorld(World):
    """The world of the controller's tests, whose measurements come from drawn traffic."""

    scene: Scene = field(kw_only=True)
    random: np.random.Generator = field(kw_only=True)
    hours: int = 0
    seen: tuple[Seen, Seen] = field(default_factory=lambda: (Seen(), Seen()))
    window: int = -1

    def play(self) -> RolloutRecord:
        """Run one rollout to its end, or until the hours are over."""
        record = self.open(power=self.scene.power)
        entered_h = 0
        while self.hours < self.scene.hours:
            stage = record.state.stage
            self.turn()
            record = self.record
            if record.state.closed:
                break
            if record.state.stage != stage:
                entered_h = self.hours
            patience_h = self.scene.waved_on_h
            if patience_h is not None and self.hours - entered_h >= patience_h:
                self.say("promote")
            self._serve(record)
        return record

    def measured(self, record: RolloutRecord) -> list[Measurement]:
        asked = questions_of(record, now=self.now)
        found = [self._measured(question, record) for question in asked]
        return [one for one in found if one is not None]

    def _serve(self, record: RolloutRecord) -> None:
        """An hour of traffic under the weights that are in force."""
        if record.state.window != self.window:
            self.window, self.seen = record.state.window, (Seen(), Seen())
        scene, share = self.scene, record.stage.weight / 100
        rhythm = math.sin(2 * math.pi * self.hours / 24) if scene.rhythm else 0.0
        keys = int(scene.keys_an_hour * (1 + 0.6 * rhythm))
        mine = int(self.random.binomial(keys, share))
        # Mirrored, both score every request.
        counts = (keys, keys) if share in (0, 1) else (keys - mine, mine)
        for seen, truth, n in zip(self.seen, (scene.champion, scene.challenger), counts, strict=True):
            self._draw(seen, truth, n, rhythm)
        self.hours += 1
        self.now += HOUR

    def _draw(self, seen: Seen, truth: Truth, n: int, rhythm: float) -> None:
        draw = self.random
        seen.keys += n
        seen.errors += int(draw.binomial(n, truth.error_rate))
        seen.nulls += int(draw.binomial(n, truth.null_rate + 0.02 * rhythm))
        seen.latencies += draw.multinomial(n, latency_shares(truth.latency))
        right = int(draw.binomial(n, truth.accuracy + 0.05 * rhythm))
        day = (1 + rhythm) / 2
        losses = truth.brier * LOSSES
        counts = draw.multinomial(n, day * BY_DAY + (1 - day) * BY_NIGHT)
        y, yy = float(counts @ losses), float(counts @ losses**2)
        accuracy = ArmSums(n=n, y=right, x=n, yy=right, xx=n, xy=right)
        brier = ArmSums(n=n, y=y, x=n, yy=yy, xx=n, xy=y)
        seen.labelled.append((self.hours, accuracy, brier))

    def _measured(self, question: Question, record: RolloutRecord) -> Measurement | None:
        check = question.check
        if check.name == SMOKE:
            return measured_as(question, "good", self.now, self.samples)
        if self.window != record.state.window:
            return None  # no request yet under these weights
        old, new = self.seen
        share = record.stage.weight / 100 or 0.5
        if check.name == SAMPLE_RATIO:
            counts, weights = (old.keys, new.keys), (1 - share, share)
            ratio = check_ratio([Assigned(counts=counts, weights=weights)], alpha=question.alpha)
            return measured_ratio(question, ratio, now=self.now, n_champion=counts[0], n_challenger=counts[1])
        if check.name == PRIMARY:
            return self._primary(question)
        match check.metric, check.compare:
            case "error_rate", "value":
                low, high = rate_bounds(new.errors, new.keys, alpha=question.alpha)
                return measurement(
                    check.name,
                    started_at=question.since,
                    ended_at=self.now,
                    value=new.errors / new.keys,
                    low=low,
                    high=high,
                    alpha=question.alpha,
                    n_champion=old.keys,
                    n_challenger=new.keys,
                )
            case "error_rate", _:
                events = Events(
                    champion=old.errors, challenger=new.errors, share=0.5 if share == 1 else share
                )
                n = {"n_champion": old.keys, "n_challenger": new.keys}
                found = relative_rate([events], alpha=question.alpha, **n)
            case "p99_latency_ms", _:
                old_h, new_h = (
                    Histogram(edges=LATENCY_EDGES_MS, counts=tuple(seen.latencies.tolist()))
                    for seen in self.seen
                )
                found = quantile_ratio(old_h, new_h, 0.99, alpha=question.alpha)
            case _:
                arms = [
                    ArmSums(n=s.keys, y=s.nulls, x=s.keys, yy=s.nulls, xx=s.keys, xy=s.nulls)
                    for s in self.seen
                ]
                found = self._mean(question, arms, share=True, tuned_for=1000.0)
        return found and measured_effect(question, found.clipped(), now=self.now)

    def _primary(self, question: Question) -> Measurement | None:
        """What the labels say that are there by now: hour by hour all of them, after their delay."""
        column = 1 if question.check.metric == "accuracy" else 2
        arms, cohorts = [], []
        names: tuple[Arm, Arm] = ("champion", "challenger")
        for name, seen in zip(names, self.seen, strict=True):
            known = [h[column] for h in seen.labelled if h[0] + self.scene.labels_after_h < self.hours]
            arms.append(sum(known, NO_KEYS))
            ended_at = question.since + len(known) * HOUR
            n = arms[-1].n
            cohorts.append(
                Cohort(arm=name, started_at=question.since, ended_at=ended_at, served=n, labelled=n)
            )
        share = question.check.metric == "accuracy"
        power = self.scene.power
        tuned_for = power.size if power and power.size else tuning_of(self.scene.plan)
        found = self._mean(question, arms, share=share, tuned_for=tuned_for)
        if found is None:
            return None
        return measured_effect(question, found.clipped(), now=self.now, cohorts=tuple(cohorts))

    def _mean(
        self, question: Question, arms: list[ArmSums], *, share: bool, tuned_for: float
    ) -> Estimate | None:
        """The interval, where there is enough to trust it."""
        check = question.check
        asked = noninferiority.Question(
            goal="superiority", better="lower" if check.worse == "up" else "higher", margin=0.0
        )
        return judge(
            [Stratum(champion=arms[0], challenger=arms[1])],
            asked,
            scale="relative" if check.compare == "ratio" else "absolute",
            alpha=question.alpha,
            tuned_for=tuned_for,
            share=share,
        ).estimate


def baseline_of(metric: str, *, keys_an_hour: int, accuracy: float = 0.8) -> Baseline:
    """What last month's log and labels would tell of the champion."""
    mean, sd = accuracy, math.sqrt(accuracy * (1 - accuracy))
    if metric == "brier":
        pooled = (BY_DAY + BY_NIGHT) / 2
        mean = float(pooled @ LOSSES)
        sd = math.sqrt(float(pooled @ LOSSES**2) - mean**2)
    return Baseline(
        mean=mean, sd=sd, keys=10_000, keys_per_day=24.0 * keys_an_hour, coverage=1.0, delay_days=0.25
    )


@cache
def tuning_of(plan: Plan) -> float:
    """The size that intervals of the primary metric are tightest for, as the power plan has it."""
    assert plan.primary is not None
    found = planned_size(plan, baseline_of(plan.primary.metric, keys_an_hour=1000))
    assert not isinstance(found, str), found
    return found.size


@cache
def latency_shares(times: float) -> NDArray[np.float64]:
    """Shares of the bins: log-normal, with a median of 5 ms and a p99 of 25 ms where `times` is 1."""
    below = ndtr((np.log(LATENCY_EDGES_MS) - math.log(5.0 * times)) / 0.7)
    return np.diff(below, prepend=0.0, append=1.0)

"""The controller's questions, answered from the request log and labels."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from lifecycle.errors import LifecycleError
from lifecycle.rollout.bandit import measured_share
from lifecycle.rollout.measures.arms import CHALLENGER, CHAMPION, Arms, Ints, arms_of
from lifecycle.rollout.measures.inputs import input_drift
from lifecycle.rollout.measures.labels import Labels, labels_of, primary_metric, rewards_of
from lifecycle.rollout.measures.scores import Scores, estimated_accuracy, prediction_drift, scores_of
from lifecycle.rollout.measures.service import error_rate, null_rate, p99_latency
from lifecycle.rollout.measures.splits import sample_ratio
from lifecycle.rollout.measuring import measured_effect, measured_ratio, unmeasured
from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.plan import PRIMARY, SAMPLE_RATIO, SHARE
from lifecycle.rollout.power_plan import tuned_for
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.statistics.mean_difference import Estimate
from lifecycle.spec.model import Task

if TYPE_CHECKING:
    import pyarrow as pa

NEED_FEATURES = frozenset({"null_rate", "input_drift"})
NEED_LABELS = frozenset({PRIMARY, SHARE})
"""Names of checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is measured.

    Attributes:
        positive: value that counts as positive, of a binary model.
        profile: of the features that the version on trial learned from (`profile.json` of its bundle).
        champion_profile: likewise of the champion.
        sensitive: features that are not looked at by themselves.
    """

    task: Task
    positive: object = None
    profile: Mapping[str, Any] | None = None
    champion_profile: Mapping[str, Any] | None = None
    sensitive: frozenset[str] = frozenset()


def measure(
    questions: Sequence[Question],
    rows: "pa.Table",
    record: RolloutRecord,
    subject: Subject,
    *,
    now: datetime,
) -> tuple[Measurement, ...]:
    """Answers to questions. What cannot be measured is a problem; what has too little data is left out.

    Args:
        questions: of one window, without the smoke test.
        rows: of the request log since the window began, with the columns `measures.arms.COLUMNS`; with
            `label` where a check of `NEED_LABELS` is asked, with features where one of `NEED_FEATURES` is.
    """
    if record.champion is None or not questions:
        return ()
    try:
        arms = arms_of(rows, champion=record.champion, challenger=record.challenger, since=questions[0].since)
    except Exception as exc:
        # A log that makes no sense at all is an outage of every question, and of no other model's.
        return tuple(unmeasured(question, _told(exc), now=now) for question in questions)
    seen = _Seen(arms, record, subject, now)
    found = []
    for question in questions:
        try:
            answer = seen.answer(question)
        except Exception as exc:
            # One measure that fails says nothing of the others, and is no verdict on the version. The log
            # holds what callers and versions of all kinds left there: no list of errors would be complete.
            answer = unmeasured(question, _told(exc), now=now)
        if answer is not None:
            found.append(answer)
    return tuple(found)


class _Seen:
    """The rows of one look; what several measures need is made once."""

    def __init__(self, arms: Arms, record: RolloutRecord, subject: Subject, now: datetime) -> None:
        self._arms, self._record, self._subject, self._now = arms, record, subject, now
        self._scores: Scores | None = None
        self._labels: Labels | None = None

    def answer(self, question: Question) -> Measurement | None:
        """The answer to one question; None: too little was seen."""
        if question.check.name == SAMPLE_RATIO:
            ratio, n_champion, n_challenger = sample_ratio(self._arms, alpha=question.check.limit)
            if ratio.verdict == "not_enough_data":
                return None
            return measured_ratio(
                question, ratio, now=self._now, n_champion=n_champion, n_challenger=n_challenger
            )
        if question.check.name == PRIMARY:
            return self._primary(question)
        if question.check.name == SHARE:
            return self._share(question)
        found = self._guardrail(question)
        if found is None:
            return None
        # A champion without any makes the ratio infinite, and its lower end may still prove the harm.
        return measured_effect(question, _within(found).clipped(), now=self._now)

    def _guardrail(self, question: Question) -> Estimate | None:
        check, alpha, arms = question.check, question.alpha, self._arms
        match check.metric:
            case "error_rate":
                return error_rate(arms, check, alpha=alpha)
            case "null_rate":
                nulls, features = _nulls(arms, self._features)
                return null_rate(arms, nulls, features, check, alpha=alpha)
            case "p99_latency_ms":
                compared = check.compare != "value"
                latency = _microseconds(arms, "scoring_us" if compared else "latency_us")
                if compared and any(_all_unknown(latency[arms.of(arm)]) for arm in (CHAMPION, CHALLENGER)):
                    raise LifecycleError("the log does not say how long versions took to score")
                return p99_latency(arms, latency, check, alpha=alpha)
            case "prediction_drift":
                return prediction_drift(arms, self.scores, alpha=alpha)
            case "input_drift":
                if self._subject.profile is None:
                    raise LifecycleError("the bundle has no profile of its training rows")
                return input_drift(
                    arms, self._subject.profile, sensitive=self._subject.sensitive, alpha=alpha
                )
            case "estimated_performance":
                return estimated_accuracy(arms, self.scores, check, alpha=alpha, tuned_for=self._tuned_for)
        raise LifecycleError(f"nobody knows how to measure {check.metric}")

    def _primary(self, question: Question) -> Measurement | None:
        found = primary_metric(
            self._arms,
            self.labels,
            question.check,
            rule=self._record.plan.labelled,
            since=question.since,
            now=self._now,
            alpha=question.alpha,
            tuned_for=self._tuned_for,
        )
        if isinstance(found, str):
            return None
        estimate, cohorts = found
        return measured_effect(question, estimate.clipped(), now=self._now, cohorts=cohorts)

    def _share(self, question: Question) -> Measurement | None:
        bandit = self._record.plan.bandit
        if bandit is None:
            return None
        return measured_share(
            question,
            rewards_of(self._arms, self.labels, since=question.since, now=self._now),
            rule=self._record.plan.labelled,
            min_share=bandit.min_share,
            now=self._now,
        )

    @property
    def _features(self) -> tuple[Collection[str], Collection[str]]:
        """Names of the features of champion and challenger."""
        profiles = self._subject.champion_profile, self._subject.profile
        old, new = (profile.get("columns", {}) if profile else {} for profile in profiles)
        return old, new

    @property
    def scores(self) -> Scores:
        """Scores of all rows."""
        if self._scores is None:
            self._scores = scores_of(self._arms, self._subject.task, positive=self._subject.positive)
        return self._scores

    @property
    def labels(self) -> Labels:
        """Labels of all rows."""
        if self._labels is None:
            self._labels = labels_of(
                self._arms, self.scores, self._subject.task, positive=self._subject.positive
            )
        return self._labels

    @property
    def _tuned_for(self) -> float:
        return tuned_for(self._record.plan, self._record.planned_size)


def _told(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}"


def _within(found: Estimate) -> Estimate:
    """An estimate whose value lies within its bounds, which rounding may have pushed it out of."""
    return replace(found, value=min(max(found.value, found.low), found.high))


def _microseconds(arms: Arms, name: str) -> Ints:
    """A column of durations; below zero where it is not known."""
    return np.array(arms.column(name).fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _all_unknown(latency: Ints) -> bool:
    return bool(len(latency) and (latency < 0).all())


def _nulls(arms: Arms, known: tuple[Collection[str], Collection[str]]) -> tuple[Ints, Ints]:
    """Missing features and features of each row.

    A version has the features of its profile, also one that is missing in every row: just that is to be
    found. Of a version without a profile those are taken of which it ever computed a value.

    Args:
        known: features of champion and challenger by their profiles; none where there is no profile.
    """
    import pyarrow.compute as pc

    n = len(arms.arm)
    nulls, features = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for name in [name for name in arms.table.column_names if name.startswith("feature.")]:
        missing = np.asarray(pc.is_null(arms.column(name)).to_numpy(zero_copy_only=False), dtype=np.bool_)
        for arm in (0, 1):
            rows = arms.of(arm) & ~arms.failed
            owns = name.removeprefix("feature.") in known[arm] if known[arm] else not missing[rows].all()
            if owns:
                nulls[rows] += missing[rows]
                features[rows] += 1
    return nulls, features

"""Measuring a rollout: rows of the request log and labels of the source, for the questions that are due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from assets.labels import event_window, rows_with_labels
from assets.rollout_ports import RolloutPorts
from assets.rollout_profiles import Profiles
from assets.rollout_shadow import ShadowReplay
from lifecycle.errors import LifecycleError, in_words
from lifecycle.rollout.measures.answer import NEED_FEATURES, NEED_LABELS, Subject, measure
from lifecycle.rollout.measures.arms import COLUMNS
from lifecycle.rollout.measures.baseline import DAYS, baseline_of
from lifecycle.rollout.measuring import unmeasured
from lifecycle.rollout.observations import Measurement, Version
from lifecycle.rollout.plan import Plan
from lifecycle.rollout.power_plan import PowerPlan, plan_power
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.hidden import sensitive_of
from lifecycle.spec.model_spec import ModelSpec
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving
from resources.tracking.base import Tracking
from resources.traffic.base import Traffic
from resources.warehouse.base import TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

_PROFILES = Profiles()
"""Of this process: a look makes its evidence anew, and profiles outlive it."""
_WITH_TRUTH = (*COLUMNS, "columns")
"""Of the log: what measures need, and what finds the label of a row."""
_BEFORE, _AFTER = timedelta(days=1), timedelta(days=2)
"""How far an event is looked for from a request that does not say when it is."""


def ports_of(
    spec: ModelSpec,
    *,
    store: RolloutStore,
    serving: Serving,
    tracking: Tracking,
    traffic: Traffic,
    warehouse: Warehouse,
) -> RolloutPorts:
    """What the rollout of a model needs from outside, out of the adapters of an environment."""
    evidence = RolloutEvidence(spec, traffic=traffic, warehouse=warehouse, tracking=tracking)
    return RolloutPorts(
        store=store,
        serving=serving,
        tracking=tracking,
        measure=evidence.measure,
        replay=ShadowReplay(spec, store=store, serving=serving, tracking=tracking, traffic=traffic).replay,
        plan_power=evidence.plan_power,
    )


class RolloutEvidence:
    """The request log, the labels and the training profile of a model, as rollouts look at them."""

    def __init__(
        self,
        spec: ModelSpec,
        *,
        traffic: Traffic,
        warehouse: Warehouse,
        tracking: Tracking,
        profiles: Profiles = _PROFILES,
    ) -> None:
        self._spec, self._traffic, self._warehouse, self._tracking = spec, traffic, warehouse, tracking
        self._profiles = profiles

    def measure(
        self, record: RolloutRecord, questions: Sequence[Question], now: datetime
    ) -> tuple[Measurement, ...]:
        """Answers to questions. An outage is told question by question: without labels the rest goes on."""
        by_window: dict[datetime, list[Question]] = {}
        for question in questions:
            by_window.setdefault(question.since, []).append(question)
        found: list[Measurement] = []
        for since, asked in by_window.items():
            found += self._answers(record, asked, since, now)
        return tuple(found)

    def plan_power(self, plan: Plan, now: datetime) -> PowerPlan:
        """The power plan at today's traffic: of the champion's labelled requests of the last weeks."""
        if plan.primary is None:
            return plan_power(plan, "")
        try:
            champion = self._tracking.holder(self._spec.name, "champion")
            if champion is None:
                return plan_power(plan, "there is no champion")
            since = now - timedelta(days=DAYS)
            rows = self._with_truth(self._logged(since, now, _WITH_TRUTH), since, now)
            version = Version(version=champion.version, digest=champion.bundle_digest)
            model = self._spec.model
            found = baseline_of(rows, version, plan.primary, model.task, positive=model.positive, now=now)
        except Exception as exc:
            return plan_power(plan, in_words(exc))
        return plan_power(plan, found)

    def _answers(
        self, record: RolloutRecord, asked: Sequence[Question], since: datetime, now: datetime
    ) -> tuple[Measurement, ...]:
        """Answers to the questions of one window. The log is read once for all of them."""
        labelled = [question for question in asked if question.check.name in NEED_LABELS]
        featured = [question for question in asked if question.check.metric in NEED_FEATURES]
        try:
            rows = self._logged(since, now, None if featured else _WITH_TRUTH if labelled else COLUMNS)
        except Exception as exc:
            return _outage(asked, exc, now)
        subject, problems = self._subject(None), list[Measurement]()
        if featured:
            try:
                subject = self._subject(record)
            except Exception as exc:
                # Only what compares features needs the registry: errors and latency are seen without it.
                asked = [question for question in asked if question not in featured]
                problems += _outage(featured, exc, now)
        if labelled:
            try:
                rows = self._with_truth(rows, since, now)
            except Exception as exc:
                # Without labels the rest goes on.
                asked = [question for question in asked if question not in labelled]
                problems += _outage(labelled, exc, now)
        return (*problems, *measure(asked, rows, record, subject, now=now))

    def _logged(self, since: datetime, now: datetime, columns: Sequence[str] | None) -> "pa.Table":
        """Rows of the log up to now."""
        until = now + timedelta(microseconds=1)
        return self._traffic.read(self._spec.name, since=since, until=until, columns=columns)

    def _with_truth(self, rows: "pa.Table", since: datetime, now: datetime) -> "pa.Table":
        """The rows with the labels that are known by now."""
        data = self._spec.data
        if data.columns[data.entity].sensitive:
            raise LifecycleError(
                f"the entity {data.entity} of {self._spec.name} is sensitive, so the request log holds a "
                "keyed hash of it that no label is found by: judge this model by its guardrails alone"
            )
        near = TimeWindow(start=since - _BEFORE, end=now + _AFTER)
        events = event_window(rows, self._spec, untold=near)
        labels = self._warehouse.labels(self._spec, since=events.start, until=events.end, known_by=now)
        return rows_with_labels(self._spec, rows, labels)

    def _subject(self, record: RolloutRecord | None) -> Subject:
        """What is measured; with the profiles of a rollout's versions, where a record is given."""
        model = self._spec.model
        sensitive = sensitive_of(self._spec.data.columns)
        champion = record.champion if record else None
        return Subject(
            task=model.task,
            positive=model.positive,
            profile=self._profile(record.challenger) if record else None,
            champion_profile=self._profile(champion) if champion else None,
            sensitive=sensitive,
        )

    def _profile(self, version: Version) -> Mapping[str, Any]:
        return self._profiles.of(self._tracking, self._spec.name, version)


def _outage(questions: Sequence[Question], exc: Exception, now: datetime) -> tuple[Measurement, ...]:
    """No answer to questions. Whatever broke is told there: it must not stop the look at other models."""
    return tuple(unmeasured(question, in_words(exc), now=now) for question in questions)

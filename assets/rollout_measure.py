"""Measuring a rollout: rows of the request log and labels of the source, for the questions that are due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from assets.rollout_ports import RolloutPorts
from assets.rollout_profiles import Profiles
from lifecycle.endpoint.log.labelled import with_labels
from lifecycle.errors import LifecycleError
from lifecycle.rollout.measures.answer import NEED_FEATURES, NEED_LABELS, Subject, measure
from lifecycle.rollout.measures.arms import COLUMNS
from lifecycle.rollout.measures.baseline import DAYS, baseline_of
from lifecycle.rollout.measuring import unmeasured
from lifecycle.rollout.observations import Measurement, Version
from lifecycle.rollout.plan import Plan
from lifecycle.rollout.power_plan import PowerPlan, plan_power
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.records import ModelSpec
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving
from resources.tracking.base import Tracking
from resources.traffic.base import Traffic
from resources.warehouse.base import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

_PROFILES = Profiles()
"""Of this process: a look makes its evidence anew, and profiles outlive it."""
_BEFORE, _AFTER = timedelta(days=1), timedelta(days=2)
"""How far an event may lie from the request about it: asked for later, or some time before it happens."""


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
            labelled = [question for question in asked if question.check.name in NEED_LABELS]
            others = [question for question in asked if question.check.name not in NEED_LABELS]
            found += self._answers(record, others, since, now, with_truth=False)
            found += self._answers(record, labelled, since, now, with_truth=True)
        return tuple(found)

    def plan_power(self, plan: Plan, now: datetime) -> PowerPlan:
        """The power plan at today's traffic: of the champion's labelled requests of the last weeks."""
        if plan.primary is None:
            return plan_power(plan, "")
        try:
            champion = self._tracking.holder(self._spec.name, "champion")
            if champion is None:
                return plan_power(plan, "there is no champion")
            rows = self._rows(now - timedelta(days=DAYS), now, COLUMNS, with_truth=True)
            version = Version(version=champion.version, digest=champion.bundle_digest)
            model = self._spec.model
            found = baseline_of(rows, version, plan.primary, model.task, positive=model.positive, now=now)
        except Exception as exc:
            return plan_power(plan, _why(exc))
        return plan_power(plan, found)

    def _answers(
        self,
        record: RolloutRecord,
        questions: Sequence[Question],
        since: datetime,
        now: datetime,
        *,
        with_truth: bool,
    ) -> tuple[Measurement, ...]:
        if not questions:
            return ()
        featured = [question for question in questions if question.check.metric in NEED_FEATURES]
        try:
            rows = self._rows(since, now, None if featured else COLUMNS, with_truth=with_truth)
        except Exception as exc:
            return _outage(questions, exc, now)
        subject, problems = self._subject(None), tuple[Measurement, ...]()
        if featured:
            try:
                subject = self._subject(record)
            except Exception as exc:
                # Only what compares features needs the registry: errors and latency are seen without it.
                questions = [question for question in questions if question not in featured]
                problems = _outage(featured, exc, now)
        return (*problems, *measure(questions, rows, record, subject, now=now))

    def _rows(
        self, since: datetime, now: datetime, columns: Sequence[str] | None, *, with_truth: bool
    ) -> "pa.Table":
        """Rows of the log up to now; with the labels that are known by now, where they are asked for."""
        asked = [*columns, "columns"] if columns is not None and with_truth else columns
        until = now + timedelta(microseconds=1)
        rows = self._traffic.read(self._spec.name, since=since, until=until, columns=asked)
        if not with_truth:
            return rows
        data = self._spec.data
        if data.columns[data.entity].sensitive:
            raise LifecycleError(
                f"the entity {data.entity} of {self._spec.name} is sensitive, so the request log holds a "
                "keyed hash of it that no label is found by: judge this model by its guardrails alone"
            )
        labels = self._warehouse.labels(self._spec, since=since - _BEFORE, until=now + _AFTER, known_by=now)
        assigned_by = self._spec.deployment.endpoint.assign_by
        entity = data.entity if assigned_by not in (None, data.entity) else None
        return with_labels(rows, labels, event_time=data.event_time, entity=entity)

    def _subject(self, record: RolloutRecord | None) -> Subject:
        """What is measured; with the profiles of a rollout's versions, where a record is given."""
        model = self._spec.model
        sensitive = frozenset(name for name, column in self._spec.data.columns.items() if column.sensitive)
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
    return tuple(unmeasured(question, _why(exc), now=now) for question in questions)


def _why(exc: Exception) -> str:
    return str(exc) if isinstance(exc, LifecycleError) else f"{type(exc).__name__}: {exc}"

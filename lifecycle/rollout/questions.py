"""What a rollout wants measured now. Glue asks the providers exactly this, and tells the tick."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lifecycle.rollout.plan import LATENCY, PRIMARY, SAMPLE_RATIO, SHARE, SMOKE, Check, Plan
from lifecycle.rollout.record import RolloutRecord, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to measure.

    Attributes:
        since: begin of the window; earlier requests were split in another way.
        alpha: error rate that the interval may have, over all looks of the window together.
    """

    check: Check
    since: datetime
    alpha: float


def questions_of(record: RolloutRecord, *, now: datetime) -> tuple[Question, ...]:
    """What is due: the smoke test, or every guardrail, and what the stage asks for besides.

    Guardrails are due in every stage with requests, also while a person is waited for.
    """
    state = record.state
    if state.outcome is not None:
        return ()
    due: list[Question] = []
    for check in _checks(record):
        last = state.answer(check.name)
        bandit = record.plan.bandit
        every_s = bandit.every_s if bandit and check.name == SHARE else record.plan.every_s
        again = last is None or last.window != state.window or _age_s(last.ended_at, now) >= every_s
        if again:
            alpha = record.plan.alpha_of(check.name, state.window)
            due.append(Question(check=check, since=state.window_at, alpha=alpha))
    return tuple(due)


def asked_guardrails(plan: Plan, state: State) -> Iterator[Check]:
    """The guardrails that can be answered: all, unless the rows of one version are replayed.

    How long a replay takes to score says nothing of the endpoint. So the latency of a version without
    requests is not asked for. Nor is how it compares with the other's, where the plan has a stage with both
    side by side. In a plan without one it stays a question, which nothing answers: unknown is no pass.
    """
    side_by_side = any(stage.side_by_side for stage in plan.stages)
    for check in plan.guardrails:
        if check.metric == LATENCY and state.replayed is not None:
            if check.compare == "value" and state.replayed == "challenger":
                continue
            if check.compare != "value" and side_by_side:
                continue
        yield check


def _checks(record: RolloutRecord) -> Iterator[Check]:
    plan, stage = record.plan, record.stage
    if stage.name == "smoke":
        yield plan.checks[SMOKE]
        return
    if record.champion is None:
        return
    yield from asked_guardrails(plan, record.state)
    if record.state.settled_at is None:
        # The window is still that of other weights: what compares the arms of this split has to wait for it.
        return
    if stage.side_by_side:
        yield plan.checks[SAMPLE_RATIO]
    if stage.name == "bandit":
        yield plan.checks[SHARE]
    if plan.primary is not None and (stage.min_labelled or stage.decides):
        yield plan.checks[PRIMARY]


def _age_s(at: datetime, now: datetime) -> float:
    return (now - at).total_seconds()

"""What each stage still waits for before it is over. Nothing said is never a pass."""

from collections.abc import Iterator
from datetime import datetime

from lifecycle.rollout.observations import Observations
from lifecycle.rollout.plan import PRIMARY, SAMPLE_RATIO, SMOKE, Check, StagePlan
from lifecycle.rollout.questions import asked_guardrails
from lifecycle.rollout.record import RolloutRecord, State
from lifecycle.rollout.split import all_ready, wanted

STALE_LOOKS = 3
"""A pass counts for so many looks. When measurements stop, what passed long ago promotes nothing."""


def what_is_missing(record: RolloutRecord, state: State, told: Observations, *, now: datetime) -> str | None:
    """The first thing that the present stage waits for; None: the next one may begin.

    Args:
        state: with the newest answers and commands.
    """
    stage = record.plan.stages[state.stage]
    if told.candidate is None:
        return "the registry, to see that the gates of the version still pass"
    if stage.name == "smoke":
        return next(_smoke(record, state, now), None) or _approval(record, state)
    if state.held:
        return "a person, who lowered the weight by hand: `retry` raises it again, `abort` ends the rollout"
    if state.settled_at is None:
        return f"the endpoint, to be read back with the weights of {stage.label}"
    if not all_ready(wanted(record, state), told.backend):
        return "versions at the endpoint that are not ready"
    if state.push == "no":
        if state.replayed is not None and told.replay is not None and told.replay.problem is not None:
            return f"the shadow by replay, which cannot go on: {told.replay.problem}"
        evidence = _no_failure if record.plan.promotes_on == "no_failure" else _evidence
        if missing := next(evidence(record, state, stage, now), None):
            return missing
    return _approval(record, state)


def waits_for_approval(record: RolloutRecord) -> bool:
    """Whether an open rollout waits for nothing but a person's approval."""
    state = record.state
    # Approval comes last: it is what the rollout waits for only once nothing else is.
    return state.outcome is None and state.waits_for != "" and state.waits_for == _approval(record, state)


def _smoke(record: RolloutRecord, state: State, now: datetime) -> Iterator[str]:
    """The bundle gives the scores of training within its budgets. Nobody can wave this through."""
    yield from _passed(record.plan.checks[SMOKE], record, state, now)


def _evidence(record: RolloutRecord, state: State, stage: StagePlan, now: datetime) -> Iterator[str]:
    """Time, every guardrail, the split itself, and the labels that the stage asks for."""
    last = state.stage == len(record.plan.stages) - 1
    if stage.name == "full" and (not last or record.champion is None or record.plan.occasion == "undo"):
        # `full` only raises the weight: `bake` judges, and a first version or an undo has nobody to wait for.
        return
    yield from _held_long_enough(state, stage, now)
    for guardrail in asked_guardrails(record.plan, state):
        yield from _passed(guardrail, record, state, now)
    if stage.side_by_side:
        yield from _passed(record.plan.checks[SAMPLE_RATIO], record, state, now)
    primary = record.plan.primary
    if primary is None or not stage.min_labelled:
        return
    answer = state.answer(PRIMARY)
    seen = answer.n_challenger if answer and answer.window == state.window else 0
    if seen < stage.min_labelled:
        yield f"labels: {seen} of {stage.min_labelled}"
    if stage.decides:
        yield from _passed(primary, record, state, now)


def _no_failure(record: RolloutRecord, state: State, stage: StagePlan, now: datetime) -> Iterator[str]:
    """Time only; a guardrail that fails has ended the rollout before."""
    yield from _held_long_enough(state, stage, now)


def _held_long_enough(state: State, stage: StagePlan, now: datetime) -> Iterator[str]:
    if state.settled_at is not None and (now - state.settled_at).total_seconds() < stage.hold_s:
        yield f"the end of {stage.hold_s} s since {state.settled_at:%Y-%m-%d %H:%M:%S} UTC"


def _passed(check: Check, record: RolloutRecord, state: State, now: datetime) -> Iterator[str]:
    answer = state.answer(check.name)
    if answer is None or (answer.window != state.window and check.name != SMOKE):
        yield f"{check.name}, which was not measured yet"
    elif answer.errors >= check.error_limit:
        yield f"{check.name}, which cannot be measured: an outage"
    elif answer.verdict != "pass":
        yield f"{check.name}, which is {answer.verdict.replace('_', ' ')}"
    elif (now - answer.ended_at).total_seconds() > STALE_LOOKS * record.plan.every_s:
        yield f"{check.name}, which was measured too long ago"


def _approval(record: RolloutRecord, state: State) -> str | None:
    following = state.stage + 1
    if following == len(record.plan.stages) or not record.plan.stages[following].approval:
        return None
    if state.approved or state.push != "no":
        return None
    return f"approval before {record.plan.stages[following].label}: `flywheel approve`"

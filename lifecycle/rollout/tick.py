"""One tick: from the plan, the record, what is observed and the time to the next record and what to do.

Glue writes the record first (compare and set), then carries the actions out, reads the endpoint back, and
ticks again until nothing is left to do. A tick that was killed anywhere is made good by the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lifecycle.errors import LifecycleError
from lifecycle.rollout.actions import Action
from lifecycle.rollout.answers import is_new, with_evidence
from lifecycle.rollout.commands import Command, refusal, unseen
from lifecycle.rollout.endings import find_outcome
from lifecycle.rollout.judging import judge
from lifecycle.rollout.observations import Arm, Observations, Version
from lifecycle.rollout.plan import SAMPLE_RATIO, SHARE, SMOKE, Plan
from lifecycle.rollout.power_plan import PowerPlan
from lifecycle.rollout.reconcile import actions_for, what_keeps_open
from lifecycle.rollout.record import Entry, Evidence, Outcome, RolloutRecord, State, rollout_id
from lifecycle.rollout.split import Split, all_ready, lowered_by_hand, matches, wanted
from lifecycle.rollout.stages import what_is_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a tick leads to."""

    record: RolloutRecord
    actions: tuple[Action, ...]


def open_rollout(
    plan: Plan,
    *,
    model: str,
    champion: Version | None,
    challenger: Version,
    told: Observations,
    now: datetime,
    number: int = 1,
    by_alias: bool = True,
    power: PowerPlan | None = None,
    seen: Sequence[str] = (),
    reason: str = "the version passed its gates",
) -> RolloutRecord:
    """The record of a rollout that begins now.

    Args:
        number: how many rollouts of the model there were, and this one.
        seen: ids of commands that belong to what was before.
        power: what it needs, as planned before it.

    Raises:
        LifecycleError: the time has no zone, or the two versions are the same bundle.
    """
    at = _in_utc(now)
    if champion is not None and champion.digest == challenger.digest:
        raise LifecycleError(
            f"version {challenger.version} of {model} is the same bundle as the champion: there is nothing "
            "to roll out"
        )
    state = State(stage=0, entered_at=at, window_at=at, seen=tuple(seen), waits_for="the smoke test")
    first = Entry(
        seq=0,
        at=at,
        plan=plan.fingerprint,
        observations=told.model_copy(update={"measurements": (), "commands": ()}),
        reason=f"began: {reason}",
        state=state,
    )
    return RolloutRecord(
        id=rollout_id(
            model,
            challenger,
            champion,
            plan=plan.fingerprint,
            number=number,
            occasion=plan.occasion,
        ),
        model=model,
        plan=plan,
        champion=champion,
        challenger=challenger,
        number=number,
        by_alias=by_alias,
        planned_samples=power.samples if power else None,
        planned_size=power.size if power else None,
        planned=power.told if power else "",
        entries=(first,),
    )


def tick(plan: Plan, record: RolloutRecord, told: Observations, now: datetime) -> Step:
    """The next record and what to do. The same arguments give the same answer; the answer again gives itself.

    Args:
        plan: what the spec compiles to now. Another one than the record's ends the rollout.
        now: with a time zone. A clock that was set back stands still here until it has caught up.

    Raises:
        LifecycleError: the time has no zone.
    """
    following = decide(record, told, plan=plan.fingerprint, now=now)
    return Step(record=following, actions=actions_for(following, told))


def decide(record: RolloutRecord, told: Observations, *, plan: str, now: datetime) -> RolloutRecord:
    """The record with the decision of one tick, or the same record where there is nothing to decide.

    Args:
        plan: fingerprint of the plan that the spec compiles to now.
    """
    before = record.state
    at = max(_in_utc(now), record.entries[-1].at)
    if before.closed:
        return record
    fresh = unseen(told.commands, before.seen, over=before.outcome is not None)
    evidence, state, reason = _decide(record, told, fresh, plan=plan, at=at)
    if not evidence and not fresh and state == before:
        return record
    kept = told.model_copy(update={"measurements": (), "commands": fresh})
    entry = Entry(
        seq=len(record.entries),
        at=at,
        plan=plan,
        observations=kept,
        evidence=evidence,
        reason=reason,
        state=state,
    )
    return record.with_entry(entry)


def _decide(
    record: RolloutRecord, told: Observations, fresh: Sequence[Command], *, plan: str, at: datetime
) -> tuple[tuple[Evidence, ...], State, str]:
    """New evidence, the state after it, and why."""
    state = record.state
    if state.outcome is not None:
        # What was decided stays: it is only carried out, and commands to it come too late.
        waits = what_keeps_open(record, told)
        seen = (*state.seen, *(command.id for command in fresh))
        state = _copy(state, closed=not waits, waits_for=waits, seen=seen)
        reason = f"carrying it out: {waits}" if waits else "carried out and read back"
        return (), state, reason
    heard, refused, state = _hear(record, state, fresh)
    evidence, state = _look(record, state, told, at)
    outcome = find_outcome(record, state, told, heard=heard, plan=plan, now=at)
    if outcome is not None:
        return evidence, _copy(state, outcome=outcome, waits_for=""), _ended(outcome)
    state = _settle(record, state, told, at)
    missing = what_is_missing(record, state, told, now=at)
    if missing is None:
        state, reason = _advance(record, state, told, at)
    else:
        state = _copy(state, waits_for=missing)
        reason = f"{record.stage.label} waits for {missing}"
    return evidence, state, "; ".join([*refused, reason])


def _hear(
    record: RolloutRecord, state: State, fresh: Sequence[Command]
) -> tuple[list[Command], list[str], State]:
    """Commands that are obeyed, refusals in words, and the state with what was said."""
    heard: list[Command] = []
    refused: list[str] = []
    stage = record.stage
    for command in fresh:
        state = _copy(state, seen=(*state.seen, command.id))
        no = refusal(command, challenger=record.challenger.version, smoke=stage.name == SMOKE)
        if no is not None:
            refused.append(no)
            continue
        heard.append(command)
        match command.kind:
            case "approve":
                state = _copy(state, approved=True)
            case "promote":
                state = _copy(state, push="next" if state.push == "no" else state.push, held=False)
            case "promote_full":
                state = _copy(state, push="full", held=False)
            case "retry":
                state = _copy(state, held=False)
            case "abort" | "undo":
                pass  # an ending, not a change of the state
    return heard, refused, state


def _look(
    record: RolloutRecord, state: State, told: Observations, at: datetime
) -> tuple[tuple[Evidence, ...], State]:
    """New measurements, judged; the sample ratio first, since a mismatch blocks the others."""
    checks = record.plan.checks
    known = [m for m in told.measurements if m.check in checks]
    found: list[Evidence] = []
    for measured in sorted(known, key=lambda m: (m.check != SAMPLE_RATIO, m.ended_at)):
        if not is_new(measured, state):
            continue
        ratio = state.answer(SAMPLE_RATIO)
        evidence = judge(
            measured,
            checks[measured.check],
            plan=record.plan,
            stage=record.stage,
            window=state.window,
            window_at=state.window_at,
            now=at,
            ratio_is_off=ratio is not None and ratio.window == state.window and ratio.verdict == "fail",
        )
        found.append(evidence)
        state = _copy(state, answers=with_evidence(state.answers, evidence, window=state.window))
        if measured.check == SHARE:
            state = _share_out(record, state, evidence, told)
    return tuple(found), state


def _share_out(record: RolloutRecord, state: State, evidence: Evidence, told: Observations) -> State:
    """The split that a bandit asks for, never without its least share for either version."""
    bandit, share = record.plan.bandit, evidence.measurement.value
    if bandit is None or share is None or evidence.verdict != "pass" or record.stage.name != "bandit":
        return state
    least = record.stage.weight
    percent = min(max(round(100 * share), least), 100 - least)
    split = wanted(record, state)
    # A split that a person changed, or that is on its way, is not the one to go on from.
    if percent == split.weight(record.challenger) or not matches(split, told.backend):
        return state
    return _copy(state, share=percent, settled_at=None)


def _settle(record: RolloutRecord, state: State, told: Observations, at: datetime) -> State:
    """Whether the endpoint has the stage's weights. Each time it gets them, a new window begins."""
    if record.stage.name == SMOKE or told.backend.problem is not None:
        return state
    split = wanted(record, state)
    if matches(split, told.backend) and all_ready(split, told.backend):
        state = _copy(state, replayed=None if told.backend.can_mirror else _looks_on(record, split))
        if state.settled_at is not None:
            return state
        if record.stage.name == "bandit" and state.share is not None:
            # Arms are compared split by split within one window: a new one each day would use alpha up.
            return _copy(state, settled_at=at, held=False)
        return _copy(state, settled_at=at, window_at=at, window=state.window + 1, held=False)
    if state.settled_at is None or matches(split, told.backend):
        # Weights that are right on a version that is not ready for a moment are no reason to begin anew.
        return state
    held = lowered_by_hand(split, told.backend, record.challenger)
    return _copy(state, settled_at=None, held=held)


def _looks_on(record: RolloutRecord, split: Split) -> Arm | None:
    if split.mirrored is None:
        return None
    return "challenger" if split.mirrored == record.challenger else "champion"


def _advance(record: RolloutRecord, state: State, told: Observations, at: datetime) -> tuple[State, str]:
    """The next stage, or the end of the last one."""
    stages = record.plan.stages
    full = next(i for i, stage in enumerate(stages) if stage.name == "full")
    following = full if state.push == "full" and state.stage < full else state.stage + 1
    how = "waved on by a person" if state.push != "no" else "complete"
    if following == len(stages):
        outcome = Outcome(kind="promoted", verdict="pass", reason=f"{stages[-1].label} is {how}")
        return _copy(state, outcome=outcome, push="no", waits_for=""), _ended(outcome)
    reason = f"{record.stage.label} is {how}: on to {stages[following].label}"
    same_weights = stages[following].weight == record.stage.weight and record.stage.name == "full"
    moved = _copy(
        state,
        stage=following,
        entered_at=at,
        # `bake` has the weights of `full`: the window goes on, only the clock of the stage begins.
        settled_at=at if same_weights else None,
        push="no",
    )
    # Said at once: the same observations again then change nothing.
    return _copy(moved, waits_for=what_is_missing(record, moved, told, now=at) or ""), reason


def _ended(outcome: Outcome) -> str:
    return f"{outcome.kind.replace('_', ' ')}: {outcome.reason}"


def _copy(state: State, **changes: object) -> State:
    """A changed copy; what is put in is built here and of the right type."""
    return state.model_copy(update=changes)


def _in_utc(now: datetime) -> datetime:
    if now.tzinfo is None or now.utcoffset() is None:
        raise LifecycleError(f"the time {now.isoformat()} has no time zone: give it in UTC")
    return now.astimezone(UTC)

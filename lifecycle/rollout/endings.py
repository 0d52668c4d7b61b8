"""What ends a rollout, whatever its stage: one function a reason, the gravest first."""

from collections.abc import Sequence
from datetime import datetime

from lifecycle.rollout.commands import Command
from lifecycle.rollout.observations import Observations
from lifecycle.rollout.plan import PRIMARY
from lifecycle.rollout.record import Outcome, RolloutRecord, State


def find_outcome(
    record: RolloutRecord,
    state: State,
    told: Observations,
    *,
    heard: Sequence[Command],
    plan: str,
    now: datetime,
) -> Outcome | None:
    """How the rollout ends now; None: it goes on.

    Args:
        state: with the newest answers.
        heard: commands that are obeyed in this tick.
        plan: fingerprint of the plan that the spec compiles to now.
    """
    outcome = (
        _not_allowed(record, told)
        or _failed(record, state)
        or _stopped(heard)
        or _superseded(record, told, plan)
        or _without_conclusion(record, state)
        or _outage(record, state)
        or _too_long(record, state, now)
    )
    return outcome and _with_undo(outcome, heard)


def _not_allowed(record: RolloutRecord, told: Observations) -> Outcome | None:
    """The registry has another verdict or another bundle than the one that passed."""
    found = told.candidate
    if found is None or (found.gates == "pass" and found.digest == record.challenger.digest):
        return None
    why = (
        f"its gates say {found.gates or 'not evaluated'}"
        if found.gates != "pass"
        else "its bundle is not the one that began"
    )
    return Outcome(
        kind="rolled_back",
        verdict="fail",
        check="gates",
        reason=f"version {record.challenger.version} may not serve: {why}",
    )


def _failed(record: RolloutRecord, state: State) -> Outcome | None:
    for answer in state.answers:
        limit = record.plan.checks[answer.check].fail_limit
        if limit is not None and answer.fails >= limit:
            times = f" {answer.fails} times in a row" if limit > 1 else ""
            return Outcome(
                kind="rolled_back",
                verdict="fail",
                check=answer.check,
                reason=f"{answer.check} failed{times} in {record.stage.label}",
            )
    return None


def _stopped(heard: Sequence[Command]) -> Outcome | None:
    for command in heard:
        if command.kind in ("abort", "undo"):
            return Outcome(kind="aborted", verdict=None, actor=command.actor, reason=_said(command))
    return None


def _with_undo(outcome: Outcome, heard: Sequence[Command]) -> Outcome:
    """The outcome and the version that a person wants instead, whatever ended the rollout before."""
    undo = next((command for command in reversed(heard) if command.kind == "undo"), None)
    if undo is None:
        return outcome
    said = _said(undo)
    reason = outcome.reason if outcome.reason == said else f"{outcome.reason}; {said}"
    return outcome.model_copy(update={"undo_to": undo.version, "reason": reason})


def _said(command: Command) -> str:
    return f"{command.kind} by {command.actor}: {command.reason}"


def _superseded(record: RolloutRecord, told: Observations, plan: str) -> Outcome | None:
    """The question is another one now: another plan, another version, another champion."""

    def superseded(reason: str) -> Outcome:
        return Outcome(kind="superseded", verdict=None, reason=reason)

    if plan != record.plan.fingerprint:
        return superseded("the spec was edited: it asks for another plan")
    if told.candidate is None:
        return None  # the registry could not be read, so its aliases are not known
    champion = record.champion.version if record.champion else None
    # Our own version as the champion is a promotion that was cut off, or somebody's shortcut: it is kept.
    if told.champion_alias not in (champion, record.challenger.version):
        return superseded(f"version {told.champion_alias or 'none'} was made the champion meanwhile")
    if record.by_alias and told.challenger_alias != record.challenger.version:
        if told.challenger_alias is None:
            return Outcome(kind="aborted", verdict=None, reason="the version is the challenger no more")
        return superseded(f"version {told.challenger_alias} is the challenger now")
    return None


def _without_conclusion(record: RolloutRecord, state: State) -> Outcome | None:
    """Doubt that came too often, or that is left after all the samples that were planned."""
    for answer in state.answers:
        limit = record.plan.checks[answer.check].inconclusive_limit
        if limit is not None and answer.inconclusives >= limit:
            return Outcome(
                kind="inconclusive",
                verdict="inconclusive",
                check=answer.check,
                reason=f"{answer.check} was inconclusive {answer.inconclusives} times in a row",
            )
    primary = state.answer(PRIMARY)
    planned = record.planned_samples
    if (
        primary is not None
        and planned is not None
        and record.stage.decides
        and primary.window == state.window
        and primary.verdict == "inconclusive"
        and primary.n_challenger >= planned
    ):
        return Outcome(
            kind="inconclusive",
            verdict="inconclusive",
            check=PRIMARY,
            reason=f"{primary.n_challenger} labelled samples, {planned} were planned, and no conclusion",
        )
    return None


def _outage(record: RolloutRecord, state: State) -> Outcome | None:
    if record.plan.on_outage == "hold":
        return None
    for answer in state.answers:
        if answer.errors >= record.plan.checks[answer.check].error_limit:
            return Outcome(
                kind="aborted",
                verdict="error",
                check=answer.check,
                reason=f"{answer.check} could not be measured {answer.errors} times in a row",
            )
    return None


def _too_long(record: RolloutRecord, state: State, now: datetime) -> Outcome | None:
    limits = (
        ("stage", state.entered_at, record.plan.stage_limit_s),
        ("rollout", record.opened_at, record.plan.limit_s),
    )
    for what, since, limit_s in limits:
        if (now - since).total_seconds() >= limit_s:
            waits = state.waits_for or "nothing conclusive"
            return Outcome(
                kind="inconclusive",
                verdict="not_enough_data",
                reason=f"the {what} took longer than {limit_s} s in {record.stage.label}: {waits}",
            )
    return None

"""A rollout in words, for the terminal and the UI: where it is, what it waits for, and on what evidence."""

from collections.abc import Iterator

from lifecycle.rollout.record import Evidence, RolloutRecord
from lifecycle.rollout.split import wanted


def rollout_lines(record: RolloutRecord) -> Iterator[str]:
    """Lines about a rollout: stages, the newest evidence of each check, the end or what it waits for."""
    state = record.state
    champion = f"champion {record.champion.version}" if record.champion else "no champion"
    weight = wanted(record, state).weight(record.challenger)
    since = f"{record.opened_at:%Y-%m-%d %H:%M} UTC"
    yield f"version {record.challenger.version} against {champion}, since {since}"
    names = [
        f"[{stage.label}]" if i == state.stage else stage.label for i, stage in enumerate(record.plan.stages)
    ]
    yield f"  {'stage':<11}{' > '.join(names)}; it gets {weight} % of the requests"
    if looks_on := replay_told(record):
        yield f"  {'shadow':<11}{looks_on}"
    for evidence in newest_evidence(record):
        measured = evidence.measurement
        yield (
            f"  {'':<11}{measured.check}: {evidence.verdict.replace('_', ' ')}, {evidence.reason} "
            f"(n {measured.n_challenger}, {measured.ended_at:%Y-%m-%d %H:%M})"
        )
    if state.outcome is not None:
        yield f"  {'ended':<11}{state.outcome.kind.replace('_', ' ')}: {state.outcome.reason}"
    if state.waits_for:
        yield f"  {'waits for':<11}{state.waits_for}"


def replay_told(record: RolloutRecord) -> str:
    """Who looks on by replay now, in words; empty: nobody does, or the endpoint copies requests."""
    state = record.state
    who = record.challenger if state.replayed == "challenger" else record.champion
    if state.replayed is None or state.outcome is not None or who is None:
        return ""
    return f"by replay: version {who.version} scores what the log says the other one answered"


def newest_evidence(record: RolloutRecord) -> list[Evidence]:
    """The newest evidence of each check, in the order of the plan."""
    found = {evidence.measurement.check: evidence for entry in record.entries for evidence in entry.evidence}
    return [found[name] for name in record.plan.checks if name in found]

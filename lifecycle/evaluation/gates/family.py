"""One answer from all slices of a family."""

from collections.abc import Sequence
from dataclasses import dataclass

from lifecycle.evaluation.gates.verdict import GateResult, Side, Verdict, decide_on_interval
from lifecycle.evaluation.intervals import Interval

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceEvidence:
    """What is known of one slice.

    Attributes:
        judged: it has rows enough.
        value: None, like the intervals and the limit: it cannot be computed.
        own: interval of this slice alone; `together`: one that holds for all slices of the family at once.
        limit: of this slice: it may depend on what the champion does there.
    """

    name: str
    judged: bool
    value: float | None
    own: Interval | None
    together: Interval | None
    limit: float | None


def decide_family(
    gate: str,
    metric: str,
    family: str,
    slices: Sequence[SliceEvidence],
    *,
    side: Side,
    what: str,
    strictly: bool = False,
) -> GateResult:
    """Pass when every judged slice keeps its limit, fail when one surely does not.

    Passing needs all slices to keep the limit, each by its own interval: a version with one bad slice passes
    only if that very slice is unlucky, however many others there are, so that nothing is to be corrected
    (intersection-union test). Failing needs one slice only, and with many slices one is unlucky soon: so a
    slice fails by the interval that holds for all of the family at once. A slice with too few rows is named
    and does not decide; without any other the gate has not enough data.

    The observed value is that of the slice that is nearest to breaking its limit, or beyond it.

    Args:
        what: the value, in words.
        strictly: the limit itself does not keep it.

    Source: Berger (1982) for passing; `simultaneous_intervals` for failing.
    """
    judged = [s for s in slices if s.judged]
    if not judged:
        found = (
            f"{len(slices)} slices of {family}, none with rows enough" if slices else f"no row in {family}"
        )
        return _result(gate, metric, "not_enough_data", None, None, side, found)
    verdicts = [_decide(s, side, strictly) for s in judged]
    order: list[Verdict] = ["fail", "not_enough_data", "inconclusive", "pass"]
    verdict = next(v for v in order if v in verdicts)
    worst = min(
        (s for s, v in zip(judged, verdicts, strict=True) if v == verdict), key=lambda s: _slack(s, side)
    )
    named = [s.name for s, v in zip(judged, verdicts, strict=True) if v == verdict]
    small = len(slices) - len(judged)
    reason = _reason(what, family, verdict, named, len(judged), worst, side)
    if small:
        reason += f"; {small} more {'has' if small == 1 else 'have'} too few rows to be judged"
    interval = worst.together if verdict == "fail" else worst.own
    return _result(gate, metric, verdict, worst, interval, side, reason)


def _decide(s: SliceEvidence, side: Side, strictly: bool) -> Verdict:
    if s.value is None or s.limit is None:
        return "inconclusive"
    if s.own is None or s.together is None:
        return "not_enough_data"
    own = decide_on_interval(s.own.low, s.own.high, limit=s.limit, side=side, strictly=strictly)
    if own == "pass":
        return "pass"
    together = decide_on_interval(s.together.low, s.together.high, limit=s.limit, side=side)
    return "fail" if together == "fail" else "inconclusive"


def _slack(s: SliceEvidence, side: Side) -> float:
    """How far the slice is from its limit; negative beyond it. What is unknown is nearest."""
    if s.value is None or s.limit is None:
        return float("-inf")
    end = s.value if s.own is None else s.own.low if side == "min" else s.own.high
    return end - s.limit if side == "min" else s.limit - end


def _reason(
    what: str,
    family: str,
    verdict: Verdict,
    named: Sequence[str],
    n_judged: int,
    worst: SliceEvidence,
    side: Side,
) -> str:
    seen = f"{worst.name}: {_shown(what, worst, worst.together if verdict == 'fail' else worst.own)}"
    if worst.limit is not None:
        seen += f", {'at least' if side == 'min' else 'at most'} {worst.limit:.4g} is wanted"
    if verdict == "pass":
        return f"all {n_judged} judged slices of {family} keep the limit; nearest to it is {seen}"
    which = ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if named[_NAMED:] else "")
    said = {
        "fail": "break the limit, all slices considered",
        "inconclusive": "may or may not keep the limit",
        "not_enough_data": "have no interval",
    }[verdict]
    return f"{len(named)} of {n_judged} judged slices of {family} {said} ({which}); worst is {seen}"


def _shown(what: str, s: SliceEvidence, interval: Interval | None) -> str:
    if s.value is None:
        return f"{what} could not be computed"
    ends = f" ({interval.low:.4g} to {interval.high:.4g})" if interval else " without an interval"
    return f"{what} {s.value:.4g}{ends}"


def _result(
    gate: str,
    metric: str,
    verdict: Verdict,
    worst: SliceEvidence | None,
    interval: Interval | None,
    side: Side,
    reason: str,
) -> GateResult:
    return GateResult(
        gate=gate,
        metric=metric,
        verdict=verdict,
        observed=worst.value if worst else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        limit=worst.limit if worst else None,
        side=side,
        reason=reason,
    )

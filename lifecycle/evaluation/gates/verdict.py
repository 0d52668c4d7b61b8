"""What every gate answers, and what all of them together say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "fail", "inconclusive", "not_enough_data"]
Side = Literal["min", "max"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate's answer and the evidence for it.

    Attributes:
        gate: name, unique in a report and fit for an asset check: letters, digits and underscores.
        observed: the metric's value; None: there is none.
        low: lower end of its interval; None, like high: there is none.
        limit: None: it follows from a champion, and there is none that it could follow from.
        side: "min": the metric must not be below the limit; "max": not above.
        reason: one sentence for people.
    """

    gate: str
    metric: str
    verdict: Verdict
    observed: float | None
    low: float | None
    high: float | None
    limit: float | None
    side: Side
    reason: str


def decide_on_interval(
    low: float, high: float, *, limit: float, side: Side, strictly: bool = False
) -> Verdict:
    """Pass when the whole interval keeps the limit, fail when none of it does.

    Args:
        strictly: the limit itself does not keep it.

    >>> decide_on_interval(0.6, 0.7, limit=0.6, side="min")
    'pass'
    """
    if side == "max":
        low, high, limit = -high, -low, -limit
    if low > limit or (low == limit and not strictly):
        return "pass"
    return "fail" if high < limit else "inconclusive"


def decide_verdict(results: Sequence[GateResult]) -> Verdict:
    """The verdict on the version: "pass" only when there are gates and every one of them passed.

    Otherwise the most telling answer: a fail, then missing data, then doubt. No gates at all is doubt.
    """
    verdicts = {r.verdict for r in results}
    if verdicts == {"pass"}:
        return "pass"
    if "fail" in verdicts:
        return "fail"
    return "not_enough_data" if "not_enough_data" in verdicts else "inconclusive"

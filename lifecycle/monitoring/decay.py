"""Is a metric below its floor, or worse than when the version was judged? A pure decision over a report.

A gate asks whether a version was shown to be good; a monitor asks whether it was shown to be bad. So the
verdict is `fail` only when the whole interval breaks the limit: days differ, and a bad one alone is no news.
What cannot be measured is never `pass`.
"""

from dataclasses import dataclass

from lifecycle.evaluation.gates.verdict import Side, Verdict, decide_on_interval
from lifecycle.monitoring.performance_report import PerformanceReport
from lifecycle.spec.performance import PerformanceRules


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceVerdict:
    """What a report says about a limit.

    Attributes:
        verdict: "fail": it is broken; "inconclusive": the limit lies inside the interval.
        limit: None: there is none that could be judged by.
        reason: one sentence for people.
    """

    verdict: Verdict
    limit: float | None
    reason: str


def decide_floor(report: PerformanceReport, rules: PerformanceRules) -> PerformanceVerdict:
    """Whether the judged metric keeps the floor of the spec; without a floor there is nothing to break."""
    if rules.floor is None:
        return PerformanceVerdict(verdict="pass", limit=None, reason="the spec names no floor")
    return _decide(report, rules.floor, f"the floor of {rules.floor:.4g}")


def decide_decay(report: PerformanceReport, rules: PerformanceRules) -> PerformanceVerdict:
    """Whether the judged metric is worse than on the version's holdout by more than the spec allows."""
    if rules.decay is None:
        return PerformanceVerdict(verdict="pass", limit=None, reason="the spec names no decay")
    judged = report.judged
    if judged is None or judged.baseline is None:
        reason = report.message or f"the version's evaluation tells no {report.metric} to compare with"
        return PerformanceVerdict(verdict="not_enough_data", limit=None, reason=reason)
    baseline = judged.baseline.value
    worse = abs(baseline) * rules.decay
    limit = baseline + worse if judged.better == "lower" else baseline - worse
    return _decide(report, limit, f"{limit:.4g}, {rules.decay:.1%} worse than {baseline:.4g} on its holdout")


def _decide(report: PerformanceReport, limit: float, told: str) -> PerformanceVerdict:
    judged, seen = report.judged, report.trusted
    if judged is None or seen is None:
        reason = report.message or f"{report.metric} could not be computed on {report.labelled} labelled rows"
        return PerformanceVerdict(verdict="not_enough_data", limit=limit, reason=reason)
    source = "realised" if seen is judged.realised else "estimated"
    if seen.low is None or seen.high is None:
        reason = f"{source} {report.metric} {seen.value:.4g} has no interval: it takes seven days"
        return PerformanceVerdict(verdict="not_enough_data", limit=limit, reason=reason)
    side: Side = "max" if judged.better == "lower" else "min"
    verdict = decide_on_interval(seen.low, seen.high, limit=limit, side=side)
    words = {"pass": "keeps", "fail": "breaks"}.get(verdict, "may or may not break")
    reason = f"{source} {report.metric} {seen.value:.4g} ({seen.low:.4g} to {seen.high:.4g}) {words} {told}"
    return PerformanceVerdict(verdict=verdict, limit=limit, reason=reason)

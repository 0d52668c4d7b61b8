"""Gate of one behavioural test."""

from lifecycle.evaluation.behaviour import BehaviourResult
from lifecycle.evaluation.gates.verdict import GateResult, Verdict


def decide_behaviour(result: BehaviourResult) -> GateResult:
    """The gate's answer: the share that keeps the rule, by its interval.

    A share of 1 is a rule without exception: no sampled row may break it, since no interval of a sample ever
    reaches 1. Minimum functions are such rules.
    """
    verdict, reason = _judge(result)
    return GateResult(
        gate=result.gate,
        metric="share of rows that keep the rule",
        verdict=verdict,
        observed=result.share,
        low=result.low,
        high=result.high,
        limit=result.wanted,
        side="min",
        reason=reason,
    )


def _judge(result: BehaviourResult) -> tuple[Verdict, str]:
    share = result.share
    if share is None:
        return "not_enough_data", f"no row that the rule could be tried on: {result.rule_text}"
    seen = f"{result.kept:,} of {result.n:,} rows keep the rule: {result.rule_text}"
    if result.wanted == 1 or result.low is None or result.high is None:
        return ("pass" if share >= result.wanted else "fail"), seen
    wanted = f"{result.wanted:.4g} is wanted, the interval is {result.low:.4g} to {result.high:.4g}"
    if result.low >= result.wanted:
        return "pass", f"{seen}; {wanted}"
    return ("fail" if result.high < result.wanted else "inconclusive"), f"{seen}; {wanted}"

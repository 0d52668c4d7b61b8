"""Sample-ratio mismatch: did the arms get the share of keys that the weights say?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lifecycle.rollout.verdict import Verdict

CONCENTRATION = 1000.0
"""Keys that the prior of the true shares is worth: differences of a few points are found soonest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Keys per arm while the weights were the same. A key counts once, where it was first seen.

    Attributes:
        counts: keys, one number an arm.
        weights: what they were to be in proportion to; 0 gives an arm no key.
    """

    counts: tuple[int, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """One look at the split.

    Attributes:
        verdict: `pass`: no mismatch was found, `fail`: there is one; every other verdict is void then.
        p_value: always valid: at most alpha at any look, ever, with chance alpha; None: not computed.
    """

    verdict: Verdict
    p_value: float | None
    reason: str


def check_ratio(stages: Sequence[Assigned], *, alpha: float = 0.001) -> SampleRatio:
    """The sequential check over all stages; may be asked at every look.

    Each stage has its Bayes factor, a Dirichlet-multinomial against the weights, and they multiply: the
    product is a martingale under the right weights, whatever they were when.

    Source: Lindon and Malek (2022), Anytime-valid inference for multinomial count data.

    >>> check_ratio([Assigned(counts=(4700, 5300), weights=(50, 50))]).verdict
    'fail'
    """
    for stage in stages:
        if problem := _problem(stage):
            return SampleRatio(verdict="error", p_value=None, reason=problem)
    if not sum(sum(stage.counts) for stage in stages):
        return SampleRatio(verdict="not_enough_data", p_value=None, reason="no key was assigned yet")
    evidence = sum(log_bayes_factor(stage) for stage in stages)
    p_value = math.exp(-max(evidence, 0.0))
    shown = "; ".join(f"{s.counts} for weights {s.weights}" for s in stages[-3:])
    if p_value <= alpha:
        reason = f"assignment is not what the weights say (p = {p_value:.2g}): {shown}"
        return SampleRatio(verdict="fail", p_value=p_value, reason=reason)
    return SampleRatio(verdict="pass", p_value=p_value, reason=f"no mismatch found (p = {p_value:.2g})")


def log_bayes_factor(stage: Assigned, *, concentration: float = CONCENTRATION) -> float:
    """Log evidence against the weights; inf when an arm of weight 0 got a key."""
    from scipy.special import gammaln

    if any(count and not weight for count, weight in zip(stage.counts, stage.weights, strict=True)):
        return math.inf
    total, n = sum(stage.weights), sum(stage.counts)
    evidence = float(gammaln(concentration) - gammaln(concentration + n))
    for count, weight in zip(stage.counts, stage.weights, strict=True):
        if weight:
            prior = concentration * weight / total
            evidence += float(gammaln(prior + count) - gammaln(prior)) - count * math.log(weight / total)
    return evidence


def chi_square_p(stage: Assigned) -> float:
    """p-value of the classic test, for a single look at a number of keys that was fixed before.

    Asked at every look it finds mismatches where there are none. Arms of weight 0 are left out.

    Source: Pearson (1900); Fabijan et al. (2019), Diagnosing sample ratio mismatch.

    >>> round(chi_square_p(Assigned(counts=(4700, 5300), weights=(50, 50))), 12)
    1.973e-09
    """
    from scipy.special import chdtrc

    used = [(c, w) for c, w in zip(stage.counts, stage.weights, strict=True) if w]
    total, n = sum(w for _, w in used), sum(c for c, _ in used)
    statistic = sum((c - n * w / total) ** 2 / (n * w / total) for c, w in used) if n else 0.0
    return float(chdtrc(len(used) - 1, statistic))


def _problem(stage: Assigned) -> str | None:
    if len(stage.counts) != len(stage.weights) or len(stage.counts) < 2:
        return f"{len(stage.counts)} counts for {len(stage.weights)} weights: both arms need one each"
    if not all(math.isfinite(v) and v >= 0 for v in (*stage.counts, *stage.weights)):
        return f"counts {stage.counts} and weights {stage.weights} must be finite and not negative"
    if sum(w > 0 for w in stage.weights) == 0:
        return "all weights are 0, so no key could be assigned"
    return None

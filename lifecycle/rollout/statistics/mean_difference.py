"""The difference of two arms' means, and their ratio, with an interval that holds at every look."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lifecycle.rollout.statistics.arm_sums import ArmSums, SumsError, problem_of
from lifecycle.rollout.statistics.normal_mixture import Side, boundary, tuning
from lifecycle.rollout.statistics.pairs import NO_PAIRS, Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One look at an effect: challenger against champion.

    Attributes:
        value: a difference in the metric's unit, or a relative one (0.2: a fifth more).
        low: lower end, -inf where it has none.
        high: upper end, inf where it has none.
        alpha: the interval misses the truth at any look, ever, with at most this chance.
        n_champion: keys; likewise n_challenger.
    """

    value: float
    low: float
    high: float
    alpha: float
    n_champion: int
    n_challenger: int

    def clipped(self, widest: float = 1e12) -> "Estimate":
        """The same with finite numbers, for records that know no infinity. No limit is ever so far out."""
        value, low, high = (max(-widest, min(widest, v)) for v in (self.value, self.low, self.high))
        return replace(self, value=value, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Both arms over the same time under the same weights. A key belongs to one stratum only.

    Attributes:
        pairs: sums over the keys that are in both arms; without it, each key is in one.
    """

    champion: ArmSums
    challenger: ArmSums
    pairs: Pairs = NO_PAIRS


def effective_size(n_champion: float, n_challenger: float) -> float:
    """Size of a comparison: n0 n1 / (n0 + n1). Half of one arm's keys when arms are equal.

    >>> effective_size(1000, 1000), effective_size(9500, 500)
    (500.0, 475.0)
    """
    return n_champion * n_challenger / (n_champion + n_challenger)


def mean_difference(
    strata: Sequence[Stratum], *, alpha: float, tuned_for: float, side: Side = "both"
) -> Estimate:
    """Challenger's mean minus the champion's, over strata of equal weights.

    Arms may be of any size, and grow at different times. When weights change, begin a new stratum: without
    it a busy hour under a large weight looks like an effect (Simpson). Each stratum counts by its
    `effective_size`, so by design and not by outcome.

    The interval rests on the central limit theorem and is wrong for few events: `noninferiority.judge` asks
    for enough of them, and `relative_rate` needs none.

    Args:
        tuned_for: `effective_size` at which the interval is tightest; fixed before the first look.

    Raises:
        SumsError: sums are impossible, or no stratum has two keys in both arms.

    Source: Waudby-Smith et al. (2024), Time-uniform central limit theory and asymptotic confidence sequences.

    >>> from lifecycle.rollout.statistics.arm_sums import ArmSums
    >>> old = ArmSums(n=1000, y=200, x=1000, yy=200, xx=1000, xy=200)
    >>> new = ArmSums(n=1000, y=300, x=1000, yy=300, xx=1000, xy=300)
    >>> found = mean_difference([Stratum(champion=old, challenger=new)], alpha=0.05, tuned_for=500)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.1, 0.042, 0.158)
    """
    old, new, shared = _standardised(strata)
    return estimate_of(
        new.mean - old.mean,
        max(old.variance + new.variance - 2 * shared.covariance, 0.0),
        size=shared.size,
        n_champion=old.n,
        n_challenger=new.n,
        alpha=alpha,
        tuned_for=tuned_for,
        side=side,
    )


def relative_difference(
    strata: Sequence[Stratum], *, alpha: float, tuned_for: float, side: Side = "both"
) -> Estimate:
    """Challenger's mean over the champion's, minus 1: taken on the log scale, so it never ends below -1.

    Means over all strata are compared, so a stratum without an event is no harm.

    Raises:
        SumsError: as `mean_difference`, or a mean is not above zero.

    Source: Mantel and Haenszel (1959) for the ratio over strata.
    """
    old, new, shared = _standardised(strata)
    if min(old.mean, new.mean) <= 0:
        raise SumsError(
            f"a ratio needs means above zero, not {old.mean:g} and {new.mean:g}: "
            "wait for events, or use an absolute margin"
        )
    found = estimate_of(
        math.log(new.mean / old.mean),
        max(
            old.variance / old.mean**2
            + new.variance / new.mean**2
            - 2 * shared.covariance / (old.mean * new.mean),
            0.0,
        ),
        size=shared.size,
        n_champion=old.n,
        n_challenger=new.n,
        alpha=alpha,
        tuned_for=tuned_for,
        side=side,
    )
    return replace(found, value=_expm1(found.value), low=_expm1(found.low), high=_expm1(found.high))


def estimate_of(
    value: float,
    variance: float,
    *,
    size: float,
    n_champion: int,
    n_challenger: int,
    alpha: float,
    tuned_for: float,
    side: Side = "both",
) -> Estimate:
    """The interval around an effect that was estimated elsewhere.

    Args:
        variance: of that estimate.
        size: its `effective_size`, the information so far.
    """
    rho = tuning(tuned_for, alpha=alpha, side=side)
    half = math.sqrt(variance / size) * boundary(size, alpha=alpha, rho=rho, side=side)
    return Estimate(
        value=value,
        low=-math.inf if side == "upper" else value - half,
        high=math.inf if side == "lower" else value + half,
        alpha=alpha,
        n_champion=n_champion,
        n_challenger=n_challenger,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standardised:
    """An arm's mean over the strata, as if both arms had been served alike, and the variance of that mean."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """The `effective_size` of the comparison, and the covariance of the two means."""

    size: float
    covariance: float


def _standardised(strata: Sequence[Stratum]) -> tuple[_Standardised, _Standardised, _Shared]:
    """Champion, challenger, and what they share."""
    _refuse_impossible(strata)
    # A stratum with a single key in an arm has no variance, so it can't be weighed.
    usable = [s for s in strata if min(s.champion.n, s.challenger.n) >= 2]
    if not usable:
        raise SumsError("no time in which both arms have two keys: wait for more requests")
    sizes = [effective_size(s.champion.n, s.challenger.n) for s in usable]
    shares = [size / sum(sizes) for size in sizes]
    old, new = (
        _Standardised(
            n=sum(arm.n for arm in arms),
            mean=sum(w * arm.mean for w, arm in zip(shares, arms, strict=True)),
            variance=sum(w**2 * arm.variance / arm.n for w, arm in zip(shares, arms, strict=True)),
        )
        for arms in ([s.champion for s in usable], [s.challenger for s in usable])
    )
    covariance = sum(
        w**2 * s.pairs.covariance(s.champion, s.challenger) for w, s in zip(shares, usable, strict=True)
    )
    return old, new, _Shared(size=sum(sizes), covariance=covariance)


def _refuse_impossible(strata: Sequence[Stratum]) -> None:
    for stratum in strata:
        for name, arm in (("champion", stratum.champion), ("challenger", stratum.challenger)):
            if problem := problem_of(arm):
                raise SumsError(f"sums of the {name}: {problem}")


def _expm1(value: float) -> float:
    """Where the log scale has no more room the ratio has no end."""
    return math.expm1(value) if value < 700 else math.inf

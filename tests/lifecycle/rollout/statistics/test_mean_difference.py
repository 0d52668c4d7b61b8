"""Differences and ratios of means; reference values by tea-tasting 1.14.0."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.statistics.arm_sums import NO_KEYS, ArmSums, SumsError, sums_of_keys
from lifecycle.rollout.statistics.mean_difference import (
    Estimate,
    Stratum,
    effective_size,
    mean_difference,
    relative_difference,
)
from lifecycle.rollout.statistics.normal_mixture import boundary, tuning
from tests.lifecycle.rollout.statistics.keys_table import ARM, GOOD, REQUESTS, Y


def compared(y: object, x: object | None = None) -> Stratum:
    arms = [
        sums_of_keys(np.asarray(y)[a == ARM], None if x is None else np.asarray(x)[a == ARM]) for a in (0, 1)
    ]
    return Stratum(champion=arms[0], challenger=arms[1])


def standard_error(found: Estimate, *, size: float, alpha: float = 0.05) -> float:
    """What is left of an interval's half when the price of looking is taken out."""
    at_size = boundary(size, alpha=alpha, rho=tuning(100.0, alpha=alpha))
    return (found.high - found.low) / 2 * math.sqrt(size) / at_size


@pytest.mark.parametrize(
    ("stratum", "effect", "error"),
    [
        pytest.param(compared(Y), 0.4161666666666566, 0.2601040983125479, id="tea-tasting Mean"),
        pytest.param(
            compared(GOOD, REQUESTS), 0.010185185185185186, 0.03893216682062723, id="tea-tasting RatioOfMeans"
        ),
    ],
)
def test_effect_and_standard_error_are_tea_tasting_s(stratum: Stratum, effect: float, error: float) -> None:
    found = mean_difference([stratum], alpha=0.05, tuned_for=100)
    size = effective_size(found.n_champion, found.n_challenger)
    assert found.value == pytest.approx(effect, abs=1e-12)
    # tea-tasting divides the variance of a ratio by n - 1 as well, so both agree to the last digits.
    assert standard_error(found, size=size) == pytest.approx(error, rel=1e-9)


def test_a_ratio_is_taken_on_the_log_scale() -> None:
    found = relative_difference([compared(Y)], alpha=0.05, tuned_for=100)
    assert found.value == pytest.approx(0.048695346932406514, abs=1e-12)  # tea-tasting
    middle = math.sqrt((1 + found.low) * (1 + found.high))
    assert middle == pytest.approx(1 + found.value, rel=1e-12)


share = st.integers(20, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(5, n - 5)))


def binary(n: int, good: int) -> ArmSums:
    return ArmSums(n=n, y=good, x=n, yy=good, xx=n, xy=good)


@given(share, share)
def test_arms_that_change_places_change_the_sign(old: tuple[int, int], new: tuple[int, int]) -> None:
    one = Stratum(champion=binary(*old), challenger=binary(*new))
    other = Stratum(champion=one.challenger, challenger=one.champion)
    a, b = (mean_difference([s], alpha=0.05, tuned_for=100) for s in (one, other))
    assert (a.value, a.low, a.high) == pytest.approx((-b.value, -b.high, -b.low), abs=1e-12)
    c, d = (relative_difference([s], alpha=0.05, tuned_for=100) for s in (one, other))
    assert (1 + c.value) * (1 + d.value) == pytest.approx(1.0, rel=1e-9)


@given(share, share, st.floats(0.1, 100))
def test_the_unit_does_not_matter(old: tuple[int, int], new: tuple[int, int], unit: float) -> None:
    plain = Stratum(champion=binary(*old), challenger=binary(*new))

    def scaled(arm: ArmSums) -> ArmSums:
        return replace(arm, y=arm.y * unit, yy=arm.yy * unit**2, xy=arm.xy * unit)

    changed = Stratum(champion=scaled(plain.champion), challenger=scaled(plain.challenger))
    a, b = (mean_difference([s], alpha=0.05, tuned_for=100) for s in (plain, changed))
    assert b.low == pytest.approx(unit * a.low, rel=1e-6, abs=1e-9 * unit)


@given(share, share)
def test_a_side_alone_is_nearer_and_leaves_the_other_open(old: tuple[int, int], new: tuple[int, int]) -> None:
    strata = [Stratum(champion=binary(*old), challenger=binary(*new))]
    both = mean_difference(strata, alpha=0.05, tuned_for=100)
    lower = mean_difference(strata, alpha=0.05, tuned_for=100, side="lower")
    upper = mean_difference(strata, alpha=0.05, tuned_for=100, side="upper")
    assert lower.high == math.inf
    assert upper.low == -math.inf
    assert both.low <= lower.low <= upper.high <= both.high


def test_a_change_of_weights_is_no_effect() -> None:
    """A calm day at 5 % and a bad one at 50 %, equal arms on both: pooled, the challenger looks worse."""
    calm = Stratum(champion=binary(9500, 950), challenger=binary(500, 50))
    bad = Stratum(champion=binary(5000, 1500), challenger=binary(5000, 1500))
    found = mean_difference([calm, bad], alpha=0.05, tuned_for=1000)
    assert found.value == pytest.approx(0.0, abs=1e-12)
    pooled = Stratum(champion=calm.champion + bad.champion, challenger=calm.challenger + bad.challenger)
    assert mean_difference([pooled], alpha=0.05, tuned_for=1000).low > 0.05


def test_strata_are_put_together_as_mantel_and_haenszel_do() -> None:
    """statsmodels 0.15.0, StratifiedTable.riskratio_pooled; a stratum without an event is no harm."""
    strata = [
        Stratum(champion=binary(950, 95), challenger=binary(50, 8)),
        Stratum(champion=binary(300, 60), challenger=binary(200, 50)),
        Stratum(champion=binary(40, 3), challenger=binary(10, 0)),
    ]
    found = relative_difference(strata, alpha=0.05, tuned_for=100)
    assert 1 + found.value == pytest.approx(1.281090289608177, rel=1e-12)
    assert (found.n_champion, found.n_challenger) == (1290, 260)


@pytest.mark.parametrize(
    ("champion", "challenger", "message"),
    [
        pytest.param(NO_KEYS, binary(100, 50), "both arms have two keys", id="an empty arm"),
        pytest.param(binary(100, 50), binary(1, 1), "both arms have two keys", id="one key"),
        pytest.param(
            replace(binary(100, 50), y=math.nan), binary(100, 50), "sums of the champion: y is nan", id="nan"
        ),
    ],
)
def test_what_has_no_difference_is_refused(champion: ArmSums, challenger: ArmSums, message: str) -> None:
    with pytest.raises(SumsError, match=message):
        mean_difference([Stratum(champion=champion, challenger=challenger)], alpha=0.05, tuned_for=100)


def test_a_ratio_without_events_is_refused() -> None:
    with pytest.raises(SumsError, match="means above zero"):
        relative_difference(
            [Stratum(champion=binary(100, 0), challenger=binary(100, 5))], alpha=0.05, tuned_for=100
        )

"""P9: over seeded rollouts of equal versions, the controller is wrong no more often than it says."""

from scipy.stats import binom

from tests.lifecycle.rollout.equal_versions import plan, simulate

ROLLOUTS = 40


def test_p9_equal_versions_are_neither_taken_back_nor_promoted_more_often_than_alpha() -> None:
    alpha = plan().alpha
    counted = simulate(ROLLOUTS, seed=9)
    # What a controller that is wrong with probability alpha exceeds once in a thousand such tests.
    most = binom.ppf(0.999, ROLLOUTS, alpha)
    assert counted.rolled_back <= most
    assert counted.promoted <= most
    assert counted.rolled_back + counted.promoted + counted.without_conclusion == ROLLOUTS


def test_a_better_version_is_promoted() -> None:
    counted = simulate(12, seed=9, better=0.02)
    assert counted.promoted >= 11

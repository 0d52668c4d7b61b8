"""P9: over seeded rollouts the controller is wrong no more often than it says, and right as often as planned.

Two thousand rollouts of each kind are the benchmark `rollouts`; these are few, to see that it still holds.
"""

from collections import Counter

import pytest
from scipy.stats import binom

from tests.lifecycle.rollout import scenes
from tests.lifecycle.rollout.seeded_rollouts import Ended, Scene, Truth, play

ROLLOUTS, POWER_ROLLOUTS = 20, 80
ALPHA, POWER = 0.05, 0.8


def at_most(chance: float) -> int:
    """What a chance is exceeded by once in a thousand such tests."""
    return int(binom.ppf(0.999, ROLLOUTS, chance))


@pytest.mark.parametrize(
    ("scene", "wrong"),
    [
        pytest.param(scenes.equal(), ("rolled_back", "promoted"), id="equal, and only better is enough"),
        pytest.param(scenes.equal(scenes.BRIER_NOT_WORSE), ("rolled_back",), id="equal, not worse is enough"),
        pytest.param(scenes.at_the_margin(), ("rolled_back", "promoted"), id="worse by just the margin"),
        pytest.param(scenes.at_every_limit(), ("rolled_back",), id="at each limit, in every window"),
    ],
)
def test_p9_wrong_rollbacks_and_promotions_stay_under_alpha(scene: Scene, wrong: tuple[str, ...]) -> None:
    ended = play(scene, rollouts=ROLLOUTS, seed=9)
    assert {kind: ended.kinds[kind] for kind in wrong if ended.kinds[kind] > at_most(ALPHA)} == {}


def test_versions_that_are_equal_take_over_where_not_worse_is_enough() -> None:
    ended = play(scenes.equal(scenes.BRIER_NOT_WORSE), rollouts=8, seed=9)
    assert ended.kinds["promoted"] >= 4


@pytest.mark.parametrize(
    ("truth", "check"),
    [
        pytest.param(Truth(error_rate=0.05), "error_rate_", id="errors"),
        pytest.param(Truth(null_rate=0.12), "null_rate_against_champion", id="nulls"),
        pytest.param(Truth(latency=3.0), "p99_latency_ms_against_champion", id="slowness"),
        pytest.param(Truth(accuracy=0.74), "primary", id="worse predictions"),
    ],
)
def test_a_bad_version_is_taken_back_for_what_is_bad_about_it(truth: Truth, check: str) -> None:
    scene = Scene(plan=scenes.plan(scenes.BETTER_ACCURACY), challenger=truth)
    ended = play(scene, rollouts=3, seed=9)
    assert ended.kinds["rolled_back"] == 3
    assert all(name.startswith(check) for name in ended.checks), ended.checks


def test_the_planned_effect_is_found_as_often_as_planned_and_else_there_is_no_conclusion() -> None:
    ended = play(scenes.planned(), rollouts=POWER_ROLLOUTS, seed=9)
    low, high = binom.interval(0.998, POWER_ROLLOUTS, POWER)
    assert low <= ended.kinds["promoted"] <= high
    assert ended.kinds["promoted"] + ended.kinds["inconclusive"] == POWER_ROLLOUTS


def test_the_bound_of_a_chance_is_that_of_clopper_and_pearson() -> None:
    ended = Ended(rollouts=2000, kinds=Counter(rolled_back=3), checks=Counter(), looks=0)
    # The bound is the chance under which three or fewer are seen once in forty times.
    assert binom.cdf(3, 2000, ended.most("rolled_back")) == pytest.approx(0.025)
    assert ended.most("promoted") == pytest.approx(1 - 0.025 ** (1 / 2000))

"""A bandit: the split follows the labels, and nothing else of a rollout changes."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from lifecycle.rollout.bandit import Rewarded, measured_share
from lifecycle.rollout.observations import Cohort, Measurement
from lifecycle.rollout.plan import PRIMARY, SHARE, SHARE_CHECK
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.replay import replay
from lifecycle.spec.rollout import Labelled
from tests.fakes.rollout_world import START, World, plan_with

HOUR = timedelta(hours=1)
QUESTION = Question(check=SHARE_CHECK, since=START, alpha=0.01)


@dataclass
class BanditWorld(World):
    """A world whose bandit asks for a share; the primary metric stays undecided until it is told."""

    share: float = 0.5

    def measured(self, record: RolloutRecord) -> list[Measurement]:
        share = {"value": self.share, "low": self.share, "high": self.share}
        return [
            one.model_copy(update=share) if one.check == SHARE else one for one in super().measured(record)
        ]


def bandit() -> BanditWorld:
    """A world in the stage `bandit`, with the first split read back."""
    plan = plan_with(strategy="bandit", bandit={"min_share": 0.1, "every": "1d"})
    found = BanditWorld(plan=plan, share=0.1)
    found.answers[PRIMARY] = "unknown"
    found.open()
    while found.record.stage.name != "bandit" or found.record.state.settled_at is None:
        found.turn()
        found.now += timedelta(minutes=15)
    return found


def days(world: World, count: float) -> None:
    """Let time pass, a look each quarter of an hour."""
    for _ in range(int(count * 96)):
        world.turn()
        world.now += timedelta(minutes=15)


def test_it_begins_with_the_least_share() -> None:
    assert bandit().weights == {"1": 90, "2": 10}


@pytest.mark.parametrize(("share", "percent"), [(0.5, 50), (0.737, 74), (0.999, 90), (0.001, 10)])
def test_the_split_follows_but_neither_version_loses_its_least(share: float, percent: int) -> None:
    world = bandit()
    world.share = share
    days(world, 1.1)
    assert world.weights == {"1": 100 - percent, "2": percent}
    days(world, 3)
    assert world.weights == {"1": 100 - percent, "2": percent}, "the same answer again changes nothing"


def test_all_splits_are_one_window() -> None:
    world = bandit()
    window, began = world.record.state.window, world.record.state.window_at
    for share in (0.3, 0.6, 0.4, 0.8):
        world.share = share
        days(world, 1.1)
    assert world.weights["2"] == 80
    assert (world.record.state.window, world.record.state.window_at) == (window, began)


def test_the_split_changes_once_a_period() -> None:
    world = bandit()
    world.share = 0.4
    days(world, 1.1)
    world.share = 0.6
    days(world, 0.5)
    assert world.weights["2"] == 40
    days(world, 0.6)
    assert world.weights["2"] == 60


def test_the_primary_metric_ends_it() -> None:
    world = bandit()
    world.share = 0.7
    days(world, 1.1)
    world.answers[PRIMARY] = "good"
    record = world.run()
    assert record.state.outcome is not None and record.state.outcome.kind == "promoted"
    assert world.weights == {"2": 100}
    assert all(one.same for one in replay(record))


def test_a_failed_guardrail_ends_it_at_any_split() -> None:
    world = bandit()
    world.share = 0.8
    days(world, 1.1)
    world.answers["error_rate_max"] = "bad"
    days(world, 0.02)
    assert world.weights.get("2", 0) == 0
    assert world.record.state.outcome is not None and world.record.state.outcome.check == "error_rate_max"


def test_requests_that_were_not_split_as_they_should_move_nothing() -> None:
    world = bandit()
    world.answers["sample_ratio"] = "bad"
    world.share = 0.8
    days(world, 2)
    assert world.weights["2"] == 10


def test_a_weight_lowered_by_hand_is_not_moved() -> None:
    world = bandit()
    world.edit(v1=98, v2=2)
    world.share = 0.8
    days(world, 2)
    assert world.weights["2"] == 2
    world.say("retry")
    days(world, 1.1)
    assert world.weights["2"] == 80


def test_an_outage_of_the_labels_keeps_the_split() -> None:
    world = bandit()
    world.share = 0.6
    days(world, 1.1)
    world.answers[SHARE] = "outage"
    days(world, 2)
    assert world.weights["2"] == 60


def rewarded(arm: str, *, served: int, labelled: int, right: int, hours_ago: float = 1) -> Rewarded:
    ended = START - hours_ago * HOUR
    cohort = Cohort.model_validate(
        {
            "arm": arm,
            "started_at": ended - HOUR,
            "ended_at": ended,
            "served": served,
            "labelled": labelled,
        }
    )
    return Rewarded(cohort=cohort, right=right)


def test_the_share_is_the_chance_to_be_better_above_the_least() -> None:
    # Beta(3, 1) against Beta(1, 1): the chance to be higher is the mean of a Beta(3, 1), three quarters.
    found = [rewarded("challenger", served=2, labelled=2, right=2)]
    measured = measured_share(QUESTION, found, rule=Labelled(), min_share=0.1, now=START)
    assert measured.value == pytest.approx(0.1 + 0.8 * 0.75)
    assert (measured.n_champion, measured.n_challenger) == (0, 2)


def test_labels_that_come_early_do_not_count_early() -> None:
    early = rewarded("challenger", served=100, labelled=40, right=40)
    measured = measured_share(QUESTION, [early], rule=Labelled(), min_share=0.1, now=START)
    assert measured.value == pytest.approx(0.5)
    assert measured.cohorts == ()
    old = rewarded("challenger", served=100, labelled=40, right=40, hours_ago=8 * 24)
    measured = measured_share(QUESTION, [old], rule=Labelled(), min_share=0.1, now=START)
    assert measured.value is not None and measured.value > 0.85

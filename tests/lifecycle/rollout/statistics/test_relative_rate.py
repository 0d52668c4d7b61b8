"""The ratio of two rates of rare events."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.relative_rate import Events, relative_rate

events = st.builds(
    Events, champion=st.integers(1, 500), challenger=st.integers(1, 500), share=st.floats(0.01, 0.9)
)


def test_no_event_says_nothing() -> None:
    found = relative_rate([Events(champion=0, challenger=0, share=0.05)], alpha=0.05)
    assert (found.value, found.low, found.high) == (0.0, -1.0, math.inf)


def test_one_arm_without_events_has_one_end() -> None:
    only_new = relative_rate([Events(champion=0, challenger=6, share=0.05)], alpha=0.05)
    assert only_new.high == math.inf
    assert only_new.low > 1
    kept = only_new.clipped()
    assert (kept.value, kept.low, kept.high) == (1e12, only_new.low, 1e12)
    only_old = relative_rate([Events(champion=200, challenger=0, share=0.5)], alpha=0.05)
    assert only_old.low == -1.0
    assert only_old.high < 0


@given(events)
def test_the_value_is_the_ratio_of_events_by_weight(stage: Events) -> None:
    found = relative_rate([stage], alpha=0.05)
    expected = stage.challenger / stage.champion * (1 - stage.share) / stage.share - 1
    assert found.value == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert found.low <= found.value <= found.high


@given(events)
def test_arms_that_change_places_turn_the_ratio_over(stage: Events) -> None:
    found = relative_rate([stage], alpha=0.05)
    turned = Events(champion=stage.challenger, challenger=stage.champion, share=1 - stage.share)
    other = relative_rate([turned], alpha=0.05)
    if math.isfinite(found.high) and found.low > -1 and math.isfinite(other.high):
        assert 1 + other.low == pytest.approx(1 / (1 + found.high), rel=1e-6)


def test_raising_the_weight_is_no_effect() -> None:
    """Twenty times as many events after the weight rose from 5 to 50 %, at twice the base rate."""
    stages = [Events(champion=95, challenger=5, share=0.05), Events(champion=100, challenger=100, share=0.5)]
    assert relative_rate(stages, alpha=0.05).value == pytest.approx(0.0, abs=1e-9)
    mixed = relative_rate([Events(champion=195, challenger=105, share=0.275)], alpha=0.05)
    assert mixed.value > 0.4  # what would come of one stage with the mean weight


@pytest.mark.parametrize(
    "stage", [Events(champion=-1, challenger=0, share=0.5), Events(champion=1, challenger=1, share=1.0)]
)
def test_impossible_events_are_refused(stage: Events) -> None:
    with pytest.raises(SumsError, match="impossible"):
        relative_rate([stage], alpha=0.05)


def test_many_events_tell_a_small_ratio() -> None:
    """A million events: the interval is as narrow as a normal one, times the price of looking."""
    found = relative_rate([Events(champion=500_000, challenger=505_000, share=0.5)], alpha=0.05)
    assert 0 < found.low < 0.01 < found.high < 0.02
    assert (found.high - found.low) / 2 < 2.5 * 1.96 * math.sqrt(1 / 500_000 + 1 / 505_000)

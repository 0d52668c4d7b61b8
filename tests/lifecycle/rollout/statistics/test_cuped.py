"""CUPED; reference values by tea-tasting 1.14.0."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.rollout.statistics.arm_sums import SumsError, sums_of_keys
from lifecycle.rollout.statistics.cuped import Adjusted, adjusted_difference, check_covariate, covariate_sums
from lifecycle.rollout.statistics.mean_difference import Stratum, mean_difference
from tests.lifecycle.rollout.statistics.keys_table import ARM, COVARIATE, Y

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def adjusted(covariate: object) -> Adjusted:
    c = np.asarray(covariate, dtype=float)
    arms = [covariate_sums(Y[a == ARM], c[a == ARM]) for a in (0, 1)]
    return adjusted_difference(*arms, alpha=0.05, tuned_for=100)


def plain() -> tuple[float, float, float]:
    arms = [sums_of_keys(Y[a == ARM]) for a in (0, 1)]
    found = mean_difference([Stratum(champion=arms[0], challenger=arms[1])], alpha=0.05, tuned_for=100)
    return found.value, found.low, found.high


def test_effect_and_variance_are_tea_tasting_s() -> None:
    found = adjusted(COVARIATE)
    assert found.estimate.value == pytest.approx(0.29083407974731834, abs=1e-10)
    # Standard errors with and without the covariate: 0.1004 and 0.2601.
    assert found.kept == pytest.approx((0.10040123728886254 / 0.2601040983125479) ** 2, rel=1e-8)
    low, high = plain()[1:]
    assert found.estimate.high - found.estimate.low == pytest.approx(math.sqrt(found.kept) * (high - low))


@pytest.mark.parametrize(
    "covariate",
    [
        pytest.param(np.full(400, 0.1), id="constant"),
        pytest.param(np.full(400, math.nan), id="unknown for all"),
    ],
)
def test_a_covariate_that_tells_nothing_changes_nothing(covariate: object) -> None:
    found = adjusted(covariate)
    assert (found.slope, found.kept) == (0.0, pytest.approx(1.0))
    assert (found.estimate.value, found.estimate.low, found.estimate.high) == pytest.approx(plain())


def test_keys_without_a_covariate_stay_as_they_are() -> None:
    some = np.where(np.arange(400) % 3 == 0, math.nan, COVARIATE)
    filled = np.where(np.isnan(some), np.nanmean(some), some)
    found, expected = adjusted(some), adjusted(filled)
    assert found.estimate.value == pytest.approx(expected.estimate.value)
    assert found.kept == pytest.approx(expected.kept)
    assert adjusted(COVARIATE).kept < found.kept < 1


def test_sums_of_windows_are_the_sums_of_all() -> None:
    halves = covariate_sums(Y[:150], COVARIATE[:150]) + covariate_sums(Y[150:], COVARIATE[150:])
    whole = covariate_sums(Y, COVARIATE)
    assert (halves.yy, halves.cc, halves.yc) == pytest.approx((whole.yy, whole.cc, whole.yc))


@pytest.mark.parametrize(
    ("name", "known_at", "message"),
    [
        pytest.param("score", BEGAN - timedelta(days=1), "comes of the predictions", id="an outcome"),
        pytest.param("orders", BEGAN, "measured until", id="measured as it began"),
        pytest.param("orders", BEGAN + timedelta(days=1), "measured until", id="measured during it"),
        pytest.param("orders", datetime(2026, 1, 1), "need a zone", id="a time without zone"),
    ],
)
def test_covariates_after_the_treatment_are_refused(name: str, known_at: datetime, message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        check_covariate(name, known_at=known_at, rollout_began_at=BEGAN, outcomes={"score"})


def test_a_covariate_from_before_is_taken() -> None:
    check_covariate("orders", known_at=BEGAN - timedelta(days=1), rollout_began_at=BEGAN, outcomes={"score"})


def test_an_arm_of_one_key_is_refused() -> None:
    one, many = covariate_sums([1.0], [1.0]), covariate_sums(Y, COVARIATE)
    with pytest.raises(SumsError, match="fewer than two keys"):
        adjusted_difference(many, one, alpha=0.05, tuned_for=100)

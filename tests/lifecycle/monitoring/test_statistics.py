"""Each statistic against scipy on the raw values, values worked by hand, and the laws that hold for any."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from lifecycle.data import distance
from lifecycle.monitoring.cells import Cells
from lifecycle.monitoring.statistic import STATISTICS
from lifecycle.spec.monitoring import StatisticName
from tests.lifecycle.monitoring.windows import cells

RNG = np.random.default_rng(7)
BEFORE, NOW = RNG.normal(0, 1, 4000), RNG.normal(0.4, 1.3, 3000)


def measured(name: StatisticName, both: Cells) -> float:
    reference, current = both.part(0, 1), both.part(1, 2)
    return float(STATISTICS[name].measure(reference, current)[0])


def test_kolmogorov_smirnov_is_scipys_but_for_one_cell() -> None:
    both = cells(BEFORE, NOW)
    exact = stats.ks_2samp(BEFORE, NOW).statistic
    in_a_cell = both.shares.max()
    assert exact - in_a_cell <= measured("kolmogorov_smirnov", both) <= exact + 1e-12


def test_wasserstein_is_scipys_in_spreads_of_the_reference() -> None:
    both = cells(BEFORE, NOW)
    span = np.quantile(BEFORE, 0.95) - np.quantile(BEFORE, 0.05)
    exact = stats.wasserstein_distance(BEFORE, NOW) / (span / 3.2897)
    # A cell is a 128th of the span or less: it moves no value further.
    assert measured("wasserstein", both) == pytest.approx(exact, abs=2 * 3.2897 / 128)


def test_wasserstein_sees_the_rain_that_deciles_do_not() -> None:
    # Of a hundred hours 6 had rain, now 12: every decile is still 0.
    dry = cells([0.0] * 94 + [1.0] * 6, [0.0] * 88 + [1.0] * 12)
    assert measured("wasserstein", dry) == pytest.approx(0.06 * 3.2897, rel=0.02)


def test_a_constant_counts_as_one_of_spread_one() -> None:
    assert measured("wasserstein", cells([5.0] * 10, [7.0] * 10)) == pytest.approx(2.0, abs=0.1)


def test_jensen_shannon_is_scipys_on_shares() -> None:
    both = cells(["a"] * 6 + ["b"] * 4, ["a"] * 2 + ["b"] * 3 + ["c"] * 5, kind="text")
    expected = jensenshannon([0.6, 0.4, 0.0], [0.2, 0.3, 0.5], base=2)
    assert measured("jensen_shannon", both) == pytest.approx(expected)


def test_chi_square_is_scipys_without_the_sizes() -> None:
    both = cells(["a"] * 60 + ["b"] * 40, ["a"] * 30 + ["b"] * 50, kind="text")
    square = stats.chi2_contingency([[60, 40], [30, 50]], correction=False).statistic
    assert measured("chi_square", both) == pytest.approx(math.sqrt(square * (1 / 100 + 1 / 80)))


def test_psi_is_that_of_the_shift_check() -> None:
    both = cells(["a"] * 80 + ["b"] * 20, ["a"] * 60 + ["b"] * 40, kind="text")
    assert measured("psi", both) == pytest.approx(distance.psi([80, 20], [60, 40]))


def test_psi_of_numbers_is_over_tenths_of_the_reference() -> None:
    # The upper half of a thousand steady values: five bins of .1 gain .1, five keep half a row.
    empty = 0.5 / 500
    expected = 5 * 0.1 * math.log(2) + 5 * (empty - 0.1) * math.log(empty / 0.1)
    steady = np.arange(1000.0)
    assert measured("psi", cells(steady, steady[500:])) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param("aab", "aabc", 0.25, id="one of four is new"),
        pytest.param("aab", "b", 0.0, id="a rare one is not new"),
        pytest.param("abc", "", 0.0, id="nothing is nothing new"),
    ],
)
def test_new_categories(before: str, now: str, expected: float) -> None:
    assert measured("new_categories", cells(before, now, kind="text")) == expected


def test_two_absurd_values_are_out_of_range_and_a_record_is_not() -> None:
    wind = np.linspace(0.0, 30.0, 900)
    assert measured("out_of_range", cells(wind, [*wind[:898], 1048.0, 1048.0])) == pytest.approx(2 / 900)
    assert measured("out_of_range", cells(wind, [*wind[:899], 42.0])) == 0.0


def test_missing_is_the_difference_of_shares_either_way() -> None:
    gone = cells([1.0, 2.0, 3.0, None], [1.0, None, None, None])
    assert measured("missing", gone) == 0.5
    assert measured("missing", cells([1.0, None, None, None], [1.0, 2.0, 3.0, None])) == 0.5


VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)
TEXTS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=40)
NUMERIC = [name for name, statistic in STATISTICS.items() if "number" in statistic.kinds]
TEXTUAL = [name for name, statistic in STATISTICS.items() if "category" in statistic.kinds]


@pytest.mark.parametrize("name", NUMERIC)
@given(values=VALUES)
def test_numbers_are_no_distance_from_themselves(name: StatisticName, values: list[float]) -> None:
    assert measured(name, cells(values, values)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", NUMERIC)
@given(before=VALUES, now=VALUES)
def test_a_distance_of_numbers_is_finite_and_not_negative(
    name: StatisticName, before: list[float], now: list[float]
) -> None:
    found = measured(name, cells(before, now))
    assert math.isfinite(found)
    assert found >= -1e-9
    if name in ("kolmogorov_smirnov", "jensen_shannon", "out_of_range", "missing"):
        assert found <= 1 + 1e-9


@pytest.mark.parametrize("name", TEXTUAL)
@given(before=TEXTS, now=TEXTS, order=st.permutations("abcdef"))
def test_names_of_categories_do_not_matter(
    name: StatisticName, before: list[str], now: list[str], order: list[str]
) -> None:
    renamed = dict(zip("abcdef", order, strict=True))
    again = cells([renamed[v] for v in before], [renamed[v] for v in now], kind="text")
    found = measured(name, cells(before, now, kind="text"))
    assert found == pytest.approx(measured(name, again))
    assert found >= -1e-9


@given(before=TEXTS, now=TEXTS)
def test_psi_jensen_shannon_and_chi_square_are_symmetric(before: list[str], now: list[str]) -> None:
    one, other = cells(before, now, kind="text"), cells(now, before, kind="text")
    symmetric: list[StatisticName] = ["psi", "jensen_shannon", "chi_square"]
    for name in symmetric:
        assert measured(name, one) == pytest.approx(measured(name, other), abs=1e-9)

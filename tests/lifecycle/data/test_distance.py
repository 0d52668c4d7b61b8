"""PSI against values worked by hand, and the laws that hold for any columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.distance import distance, psi
from lifecycle.data.table_profile import CategoryProfile, NumberProfile, column_profile

COUNTS = st.lists(st.integers(1, 999), min_size=2, max_size=9)


def numbers(values: object) -> NumberProfile:
    import pyarrow as pa

    made = column_profile("float", [pa.array(np.asarray(values, float))])
    assert isinstance(made, NumberProfile)
    return made


@given(COUNTS, st.data())
def test_psi_is_symmetric_and_not_negative(a: list[int], data: st.DataObject) -> None:
    b = data.draw(st.lists(st.integers(1, 999), min_size=len(a), max_size=len(a)))
    assert psi(a, b) == pytest.approx(psi(b, a), abs=1e-12)
    assert psi(a, b) >= -1e-12


def test_an_empty_bin_is_given_the_floor() -> None:
    # (1 - 1e-4) * ln(1 / 1e-4), twice: by hand.
    assert psi([9999, 0], [0, 9999]) == pytest.approx(2 * 0.9999 * np.log(1e4))


def test_of_few_rows_an_empty_bin_is_given_half_a_row() -> None:
    # (.5 - .05) * ln(.5 / .05), twice: by hand.
    assert psi([5, 5, 0], [5, 0, 5]) == pytest.approx(2 * 0.45 * np.log(10))


def test_numbers_are_cut_into_tenths_of_the_reference() -> None:
    # A thousand steady values against the upper half of them: five bins of .1 gain .1, five keep half a row.
    reference, upper = numbers(range(1000)), numbers(range(500, 1000))
    found = distance(reference, upper)
    expected = 5 * (0.2 - 0.1) * np.log(0.2 / 0.1) + 5 * (0.1 - 1e-3) * np.log(0.1 / 1e-3)
    assert found is not None and found.psi == pytest.approx(expected, rel=0.05)


def test_a_value_that_fills_most_of_the_reference_has_a_bin_of_its_own() -> None:
    # Rain: dry in 94 of 100 hours, then in 88: the other six hours must be seen.
    dry = [0.0] * 940 + list(np.linspace(0.1, 5, 60))
    wetter = [0.0] * 880 + list(np.linspace(0.1, 5, 120))
    found = distance(numbers(dry), numbers(wetter))
    by_hand = (0.12 - 0.06) * np.log(2) + (0.94 - 0.88) * np.log(0.94 / 0.88)
    assert found is not None and found.psi == pytest.approx(by_hand, rel=0.05)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(0, 2**31))
def test_moving_and_stretching_both_sides_changes_little(shift: float, scale: float, seed: int) -> None:
    draw = np.random.default_rng(seed)
    a, b = draw.normal(size=2000), draw.normal(0.5, 1, size=2000)
    plain, moved = (
        distance(numbers(a), numbers(b)),
        distance(numbers(a * scale + shift), numbers(b * scale + shift)),
    )
    if abs(shift) / scale > 1e9:
        return  # what is left of the values are the last bits of floats
    assert plain is not None and moved is not None
    assert moved.psi == pytest.approx(plain.psi, rel=0.35)


def test_chance_passes_the_noise_about_once_in_a_thousand_times() -> None:
    draw = np.random.default_rng(7)
    passed = 0
    for _ in range(1500):
        found = distance(numbers(draw.normal(size=400)), numbers(draw.normal(size=400)))
        assert found is not None
        passed += found.psi > found.noise
    assert passed <= 9  # expected 1.5, plus what the approximation is off


def test_a_value_that_fell_off_a_list_is_not_taken_for_gone() -> None:
    before = CategoryProfile(missing=0, counts={"a": 50, "b": 10}, other=40)
    now = CategoryProfile(missing=0, counts={"a": 50, "c": 10}, other=40)
    found = distance(before, now)
    assert found is not None and found.psi == 0
    listed = distance(
        CategoryProfile(missing=0, counts={"a": 50, "b": 50}, other=0),
        CategoryProfile(missing=0, counts={"a": 50, "c": 50}, other=0),
    )
    assert listed is not None and listed.psi > 1


def test_columns_of_two_kinds_or_without_values_have_no_distance() -> None:
    texts = CategoryProfile(missing=0, counts={"a": 1}, other=0)
    assert distance(texts, numbers([1.0])) is None
    assert distance(numbers([]), numbers([1.0])) is None

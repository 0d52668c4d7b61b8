"""What the null promises: chance passes it as rarely as it says, and no old incident hides a new one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.monitoring.cells import Floats
from lifecycle.monitoring.null import Null, calibrate, calibrate_both


def null_of(values: Floats, *, effect: float) -> Null:
    """Of a single test."""
    (null,) = calibrate(values[None], squared=[True], effects=[effect])
    return null


def test_chance_passes_a_limit_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(1)
    passed = []
    for _ in range(400):
        shifts = rng.normal(0, 1, 91)
        null = null_of(np.abs(shifts[:90] - shifts[:90].mean()), effect=0.01)
        passed.append(abs(shifts[90]) > null.limit(0.05))
    assert np.mean(passed) == pytest.approx(0.05, abs=0.03)


def test_a_wandering_level_is_given_more_room_than_a_steady_one() -> None:
    rng, limits = np.random.default_rng(2), dict[float, list[float]]()
    for correlation in (0.0, 0.9):
        for _ in range(20):
            level = np.zeros(90)
            for day in range(1, 90):
                level[day] = correlation * level[day - 1] + rng.normal(0, np.sqrt(1 - correlation**2))
            null = null_of(np.abs(level - level.mean()), effect=0.01)
            limits.setdefault(correlation, []).append(null.limit(0.001) / level.std())
    assert np.median(limits[0.9]) > 1.15 * np.median(limits[0.0])


@given(seed=st.integers(0, 10**6), days=st.integers(8, 120), correlation=st.sampled_from([0.0, 0.5, 0.9]))
def test_what_is_certain_is_further_away_than_what_is_worth_a_look(
    seed: int, days: int, correlation: float
) -> None:
    rng, level = np.random.default_rng(seed), np.zeros(days)
    for day in range(1, days):
        level[day] = correlation * level[day - 1] + rng.normal()
    (nulls,) = calibrate_both(np.abs(level - level.mean())[None], squared=[True], effects=[0.01])
    assert nulls.certain.limit(0.001) >= nulls.alert.limit(0.001)


def test_an_incident_of_the_reference_does_not_hide_the_next_one() -> None:
    rng = np.random.default_rng(3)
    values = np.abs(rng.normal(0, 0.01, 90))
    clean = null_of(values, effect=0.001).limit(0.001)
    values[40] = 5.0
    assert null_of(values, effect=0.001).limit(0.001) == pytest.approx(clean, rel=0.2)


def test_a_column_that_never_moved_is_not_called_for_a_hair() -> None:
    null = null_of(np.zeros(90), effect=0.05)
    assert null.p_value(0.01) > 0.01
    assert null.p_value(1.0) < 1e-12


@given(
    mean=st.floats(1e-6, 1e3),
    degrees=st.floats(0.25, 4),
    blocks=st.floats(1.5, 400),
    chance=st.floats(1e-6, 0.5),
)
def test_limit_and_p_value_undo_each_other(mean: float, degrees: float, blocks: float, chance: float) -> None:
    null = Null(mean=mean, degrees=degrees, blocks=blocks, squared=False)
    assert null.p_value(null.limit(chance)) == pytest.approx(chance, rel=1e-4)


@given(st.floats(0, 10), st.floats(0, 10))
def test_further_away_is_rarer(a: float, b: float) -> None:
    null = Null(mean=0.1, degrees=1.5, blocks=30, squared=True)
    assert null.p_value(max(a, b)) <= null.p_value(min(a, b))


def test_of_fewer_blocks_a_limit_is_further_away() -> None:
    rng = np.random.default_rng(5)
    limits = [
        np.median([null_of(np.abs(rng.normal(0, 1, n)), effect=0.01).limit(1e-4) for _ in range(30)])
        for n in (12, 30, 90, 360)
    ]
    assert limits == sorted(limits, reverse=True)
    # Of a normal level the truth is 3.9; a year of days comes near to it.
    assert 3.6 < limits[-1] < 5.5


def test_bursts_are_not_called_for_being_bursts() -> None:
    rng, passed = np.random.default_rng(6), 0
    for _ in range(60):
        shares = rng.gamma(0.5, 0.05, 90 + 365)
        usual = shares[:90].mean()
        limit = null_of(np.abs(shares[:90] - usual), effect=0.1).limit(1e-5)
        passed += int((np.abs(shares[90:] - usual) > limit).sum())
    # 60 years of days: less than one a year, where moments alone would call several.
    assert passed < 60


@given(
    seed=st.integers(0, 10**6),
    runs=st.integers(4, 60),
    run=st.sampled_from([1, 3]),
    incidents=st.integers(0, 3),
)
def test_tests_that_are_calibrated_together_come_out_as_each_alone(
    seed: int, runs: int, run: int, incidents: int
) -> None:
    rng = np.random.default_rng(seed)
    values = np.abs(rng.normal(0, rng.choice([1e-4, 0.1, 1.0], (4, 1)), (4, runs)))
    values[0] = 0.3
    values[2, rng.integers(0, runs, incidents)] = 50.0
    squared, effects = [True, False, True, False], [0.1, 0.01, 0.0, 0.1]
    together = calibrate(values, squared=squared, effects=effects, run=run)
    alone = [calibrate(values[[i]], squared=[squared[i]], effects=[effects[i]], run=run)[0] for i in range(4)]
    assert together == alone


def test_where_every_shift_counts_a_column_that_never_moved_has_a_null() -> None:
    null = null_of(np.zeros(30), effect=0.0)
    assert (null.p_value(0.0), null.p_value(1e-3)) == (1.0, pytest.approx(0.0, abs=1e-12))

"""Aggregates over stretches equal those made of a slice, however long."""

from collections.abc import Sequence
from math import fsum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.features.window_aggregates import BLOCK, window_aggregate

LENGTHS = st.sampled_from([1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, BLOCK**2, BLOCK**2 + 3]) | st.integers(
    1, 400
)


@given(length=LENGTHS, seed=st.integers(0, 9), data=st.data())
@pytest.mark.parametrize(
    ("aggregate", "kind", "whole"),
    [
        ("sum", "int", sum),
        ("mean", "int", lambda values: sum(values) / len(values)),
        ("sum", "float", fsum),
        ("mean", "float", lambda values: fsum(values) / len(values)),
        ("min", "int", min),
        ("max", "float", max),
        ("distinct", "int", lambda values: len(set(values))),
        ("count", "int", len),
        ("last", "int", lambda values: values[-1]),
    ],
)
def test_a_stretch_is_its_slice(
    aggregate: Any, kind: Any, whole: Any, length: int, seed: int, data: st.DataObject
) -> None:
    numbers = [(i * 7919 + seed * 104_729) % 1009 for i in range(length)]
    values: Sequence[Any] = [n / 8 for n in numbers] if kind == "float" else numbers
    low = data.draw(st.integers(0, length - 1))
    high = data.draw(st.integers(low + 1, length))
    made = window_aggregate(aggregate, kind, range(length), values)
    assert made.over(low, high, 0) == whole(values[low:high])


def test_a_small_sum_after_a_large_one_keeps_its_digits() -> None:
    values = [1e16] * 500 + [0.1] * 500
    assert window_aggregate("sum", "float", range(1000), values).over(500, 1000, 0) == pytest.approx(
        50.0, rel=1e-15
    )


def test_a_sum_beyond_64_bits_is_missing() -> None:
    made = window_aggregate("sum", "int", range(2), [2**62, 2**62])
    assert (made.over(0, 1, 0), made.over(0, 2, 0)) == (2**62, None)


def test_days_since_is_in_days() -> None:
    assert window_aggregate("days_since", "null", [0, 43_200_000_000], []).over(0, 2, 86_400_000_000) == 0.5

"""Rows in the order of an epoch, and what is learned of them in one pass."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.training.ranks import Ranks
from lifecycle.training.torch_moments import Moments, moments_of
from lifecycle.training.torch_ranks import Group
from lifecycle.training.torch_rows import Rows, step_rows
from tests.lifecycle.training.test_shards import part_of

CPU = torch.device("cpu")
ALONE = Group(Ranks(), CPU)


def drawn(rows: Rows, batch: int, *, epoch: int = 0, skip: int = 0) -> list[list[int]]:
    return [
        [int(label) for label in labels] for _, labels in rows.shuffled(batch, seed=(7, epoch), skip=skip)
    ]


@given(
    tables=st.lists(st.integers(0, 20), min_size=1, max_size=4).filter(any),
    block=st.integers(1, 30),
    batch=st.integers(1, 9),
    skip=st.integers(0, 10),
)
def test_an_epoch_is_every_row_once_and_can_be_entered_anywhere(
    tables: list[int], block: int, batch: int, skip: int
) -> None:
    rows = Rows(part_of(tables), block, CPU)
    whole = drawn(rows, batch)
    assert sorted(label for step in whole for label in step) == list(range(sum(tables)))
    assert [len(step) for step in whole] == step_rows(sum(tables), block=block, batch=batch)
    assert drawn(Rows(part_of(tables), block, CPU), batch, skip=skip) == whole[skip:]


def test_each_epoch_has_an_order_of_its_own() -> None:
    rows = Rows(part_of([50]), 100, CPU)
    assert drawn(rows, 50, epoch=0) == drawn(rows, 50, epoch=0) != drawn(rows, 50, epoch=1)


def test_rows_that_fit_in_are_read_once_and_others_in_bounded_blocks() -> None:
    part, reads = part_of([40]), 0

    def counted() -> object:
        nonlocal reads
        reads += 1
        return part.batches()

    for block, expected in ((40, 1), (39, 3)):
        reads = 0
        seen = type(part)(rows=part.rows, batches=counted)  # type: ignore[arg-type]
        rows = Rows(seen, block, CPU)
        for _ in range(3):
            assert max(len(labels) for _, labels in rows.blocks()) <= block
        assert reads == expected


def moments(columns: Sequence[Sequence[float]], block: int) -> Moments:
    matrix = np.array(columns, dtype=np.float32).T
    part = part_of([len(matrix)])

    def batches() -> object:
        for at in range(0, len(matrix), 3):
            yield matrix[at : at + 3], matrix[at : at + 3, -1].astype(float)

    rows = Rows(type(part)(rows=len(matrix), batches=batches), block, CPU)  # type: ignore[arg-type]
    return moments_of(rows, range(matrix.shape[1]), [f"x{i}" for i in range(matrix.shape[1])], ALONE)


NUMBERS = st.floats(-1e6, 1e6, width=32)


@given(
    st.lists(st.tuples(NUMBERS | st.just(float("nan")), NUMBERS), min_size=1, max_size=40), st.integers(1, 50)
)
def test_moments_are_those_of_numpy_whatever_the_blocks(rows: list[tuple[float, float]], block: int) -> None:
    columns = [*zip(*rows, strict=True)]
    found = moments(columns, block)
    for at, column in enumerate(columns):
        values = np.array(column, dtype=np.float32).astype(float)
        there = values[~np.isnan(values)]
        assert found.missing[at] == np.isnan(values).sum()
        if len(there):
            assert found.mean[at] == pytest.approx(there.mean(), rel=1e-9, abs=1e-6)
            deviation = there.std()
            if deviation > 1e-5 * max(1, abs(there.mean())):
                assert found.scale[at] == pytest.approx(deviation, rel=1e-6)


def test_a_constant_is_no_deviation_and_an_infinite_value_is_named() -> None:
    assert moments([[5.1] * 7, [0.0] * 7], 3).scale.tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(LifecycleError, match="x1 holds an infinite value"):
        moments([[1.0, 2.0], [1.0, float("inf")], [0.0, 1.0]], 3)

"""Every row belongs to exactly one rank, whatever the partitions."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.training.ranks import Ranks, ranks_of
from lifecycle.training.shards import deal, shard_of
from lifecycle.training.trainer import Batch, Part


def part_of(tables: Sequence[int], *, batch: int = 3) -> Part:
    """A part whose label is the number of the row."""
    bounds = np.cumsum([0, *tables])

    def of_tables(chosen: Sequence[int]) -> Part:
        numbers = [n for table in chosen for n in range(bounds[table], bounds[table + 1])]

        def batches() -> "list[Batch]":
            held = [np.array(numbers[at : at + batch], dtype=float) for at in range(0, len(numbers), batch)]
            return [(labels[:, None].astype(np.float32), labels) for labels in held]

        return Part(rows=len(numbers), batches=lambda: iter(batches()), by_table=tables, of_tables=of_tables)

    return of_tables(range(len(tables)))


def labels_of(part: Part) -> list[int]:
    return [int(label) for _, labels in part.batches() for label in labels]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 4))
def test_the_ranks_share_the_rows_without_overlap(tables: list[int], size: int) -> None:
    part = part_of(tables)
    shards = [shard_of(part, Ranks(rank=rank, size=size)) for rank in range(size)]
    held = [labels_of(shard.part) for shard in shards]
    assert sorted(label for labels in held for label in labels) == list(range(sum(tables)))
    assert {shard.rows for shard in shards} == {tuple(map(len, held))}
    assert [shard.part.rows for shard in shards] == [*map(len, held)]


def test_a_rank_reads_whole_partitions_where_there_are_enough_of_them() -> None:
    shards = [shard_of(part_of([2, 4, 2]), Ranks(rank=rank, size=2)) for rank in range(2)]
    assert [labels_of(shard.part) for shard in shards] == [[2, 3, 4, 5], [0, 1, 6, 7]]


def test_one_partition_is_shared_row_by_row() -> None:
    shards = [shard_of(part_of([0, 5]), Ranks(rank=rank, size=2)) for rank in range(2)]
    assert [labels_of(shard.part) for shard in shards] == [[0, 2, 4], [1, 3]]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=20), st.integers(1, 5))
def test_no_hand_holds_more_than_the_largest_table_above_another(rows: list[int], hands: int) -> None:
    held = [sum(rows[table] for table in tables) for tables in deal(rows, hands)]
    assert sum(held) == sum(rows)
    assert max(held) - min(held) <= max(rows)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"RANK": "x", "WORLD_SIZE": "2"}, "the environment tells no rank"),
        ({"RANK": "-1", "WORLD_SIZE": "2"}, "the environment tells no rank"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, "the job is for 2 processes, this is number 2 of 2"),
        ({"RANK": "0", "WORLD_SIZE": "3"}, "the job is for 2 processes, this is number 0 of 3"),
        ({}, "the job is for 2 processes, this is number 0 of 1"),
    ],
)
def test_a_rank_that_the_job_is_not_for_is_refused(environment: dict[str, str], message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        ranks_of(environment, asked=2)

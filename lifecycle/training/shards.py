"""Which rows of a part each of several processes fits: whole partitions, so that each is read once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lifecycle.training.ranks import Ranks
from lifecycle.training.trainer import Batch, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The rows of one process."""

    part: Part
    rows: tuple[int, ...]
    """Rows of each rank: all of them take as many steps as the one with the most."""


def shard_of(part: Part, ranks: Ranks) -> Shard:
    """The rows of a rank: its partitions, or every n-th row where there are fewer partitions than ranks."""
    if ranks.size == 1:
        return Shard(part=part, rows=(part.rows,))
    if part.of_tables is not None and sum(rows > 0 for rows in part.by_table) >= ranks.size:
        dealt = deal(part.by_table, ranks.size)
        rows = tuple(sum(part.by_table[table] for table in tables) for tables in dealt)
        return Shard(part=part.of_tables(dealt[ranks.rank]), rows=rows)
    rows = tuple(len(range(rank, part.rows, ranks.size)) for rank in range(ranks.size))
    return Shard(part=_every_nth(part, ranks, rows[ranks.rank]), rows=rows)


def deal(rows: Sequence[int], hands: int) -> list[list[int]]:
    """Deal tables out so that all hands hold about as many rows: the largest first, to the smallest hand.

    Args:
        rows: of each table.
        hands: how many to deal to.

    Returns:
        The numbers of the tables of each hand, ascending.

    >>> deal([5, 1, 1, 3], 2)
    [[0], [1, 2, 3]]
    """
    dealt: list[list[int]] = [[] for _ in range(hands)]
    held = [0] * hands
    for table in sorted(range(len(rows)), key=lambda table: (-rows[table], table)):
        hand = held.index(min(held))
        dealt[hand].append(table)
        held[hand] += rows[table]
    return [sorted(tables) for tables in dealt]


def _every_nth(part: Part, ranks: Ranks, rows: int) -> Part:
    def batches() -> Iterator[Batch]:
        seen = 0
        for matrix, labels in part.batches():
            begin = (ranks.rank - seen) % ranks.size
            seen += len(labels)
            yield matrix[begin :: ranks.size], labels[begin :: ranks.size]

    return Part(rows=rows, batches=batches)

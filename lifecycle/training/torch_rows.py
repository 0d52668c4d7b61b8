"""Rows of a part in the order of an epoch: shuffled, in bounded memory, the same every time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lifecycle.features.encoding import Matrix
from lifecycle.training.trainer import Part

Block = tuple[Tensor, Tensor]
"""Encoded rows of shape (n, n_features), and their labels of shape (n,)."""


def step_rows(rows: int, *, block: int, batch: int) -> list[int]:
    """Rows of each step of an epoch: blocks are cut into batches, and their ends do not reach over.

    >>> step_rows(25, block=10, batch=4)
    [4, 4, 2, 4, 4, 2, 4, 1]
    """
    blocks = [min(block, rows - at) for at in range(0, rows, block)]
    return [min(batch, held - at) for held in blocks for at in range(0, held, batch)]


@dataclass(slots=True)
class Rows:
    """A part of which at most `block_rows` rows are held, in blocks; one that fits in is read once."""

    part: Part
    block_rows: int
    device: torch.device
    _held: Block | None = None

    def blocks(self) -> Iterator[Block]:
        """The rows in the order of the tables, block by block; a block is the next one's memory."""
        if self._held is not None:
            yield self._held
            return
        for block in self._read():
            if self.part.rows <= self.block_rows:
                block = self._held = (block[0].to(self.device), block[1].to(self.device))
            yield block

    def shuffled(self, batch: int, *, seed: Sequence[int], skip: int) -> Iterator[Block]:
        """The batches of an epoch, each block in an order of its own, after the first `skip` of them."""
        for number, (rows, labels) in enumerate(self.blocks()):
            steps = -(-len(labels) // batch)
            if skip >= steps:
                skip -= steps
                continue
            drawn = np.random.default_rng([*seed, number]).permutation(len(labels))
            order = torch.from_numpy(drawn).to(rows.device)
            for step in range(skip, steps):
                chosen = order[step * batch : (step + 1) * batch]
                yield rows[chosen].to(self.device), labels[chosen].to(self.device)
            skip = 0

    def sample(self, rows: int) -> Block | None:
        """Up to so many rows of the first block, evenly spread; None: there is none."""
        for held, labels in self.blocks():
            at = np.unique(np.linspace(0, len(labels) - 1, min(rows, len(labels))).astype(np.int64))
            chosen = torch.from_numpy(at).to(held.device)
            return held[chosen].to(self.device), labels[chosen].to(self.device)
        return None

    def _read(self) -> Iterator[Block]:
        size = min(self.block_rows, self.part.rows)
        matrix: Matrix | None = None
        labels: NDArray[np.float64] = np.empty(size)
        filled = 0
        for rows, told in self.part.batches():
            if matrix is None:
                matrix = np.empty((size, rows.shape[1]), dtype=np.float32)
            at = 0
            while at < len(told):
                taken = min(size - filled, len(told) - at)
                matrix[filled : filled + taken] = rows[at : at + taken]
                labels[filled : filled + taken] = told[at : at + taken]
                filled, at = filled + taken, at + taken
                if filled == size:
                    yield torch.from_numpy(matrix), torch.from_numpy(labels)
                    filled = 0
        if filled and matrix is not None:
            yield torch.from_numpy(matrix[:filled]), torch.from_numpy(labels[:filled])

"""What the processes of one fit tell each other. Alone, a process talks to itself at no cost."""

import atexit
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist

from lifecycle.training.ranks import RENDEZVOUS, LostRankError, Ranks

PATIENCE = timedelta(minutes=10)
"""A process that is not heard of for so long is gone, and the fit fails."""


class Group:
    """The processes of a fit, joined when the first one is made."""

    def __init__(self, ranks: Ranks, device: torch.device) -> None:
        self.ranks = ranks
        self._device = device
        if ranks.size > 1 and not dist.is_initialized():
            dist.init_process_group(
                "nccl" if device.type == "cuda" else "gloo",
                init_method=os.environ.get(RENDEZVOUS, "env://"),
                rank=ranks.rank,
                world_size=ranks.size,
                timeout=PATIENCE,
            )
            atexit.register(dist.destroy_process_group)

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Inside, an error of what the ranks talk by is that of a lost rank.

        Raises:
            LostRankError: another process is gone.
        """
        try:
            yield
        except RuntimeError as exc:
            if self.ranks.size == 1 or isinstance(exc, torch.OutOfMemoryError):
                raise
            # What the ranks talk by has no error of its own; one process alone has no other.
            told = str(exc)[:150]
            raise LostRankError(f"another process of the training is gone: {told}; run it again") from exc

    def sum(self, values: Sequence[float]) -> list[float]:
        """Sums over the ranks, in double precision."""
        if self.ranks.size == 1:
            return list(values)
        told = torch.tensor(values, dtype=torch.float64, device=self._device)
        dist.all_reduce(told)
        added: list[float] = told.tolist()
        return added

    def any(self, asked: bool) -> bool:
        """Whether it holds for one of the ranks: all of them get the same answer."""
        return self.sum([float(asked)])[0] > 0

    def gather(self, values: Sequence[float]) -> list[list[float]]:
        """What each rank told, in the order of the ranks; all tell as many values."""
        told = torch.tensor(values, dtype=torch.float64, device=self._device)
        if self.ranks.size == 1:
            return [told.tolist()]
        found = [torch.empty_like(told) for _ in range(self.ranks.size)]
        dist.all_gather(found, told)
        return [one.tolist() for one in found]

    def share(self, content: bytes) -> bytes:
        """The bytes of rank 0, for all; not as objects, which travel as pickles."""
        if self.ranks.size == 1:
            return content
        length = torch.tensor([len(content)], dtype=torch.int64, device=self._device)
        dist.broadcast(length, src=0)
        held = torch.zeros(int(length.item()), dtype=torch.uint8)
        if self.ranks.first and content:
            held = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        held = held.to(self._device)
        if len(held):
            dist.broadcast(held, src=0)
        return held.cpu().numpy().tobytes()

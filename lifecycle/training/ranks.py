"""Which of the processes of one training this is, told as `torchrun` tells it.

`RANK`, `WORLD_SIZE` and `LOCAL_RANK` are the words of torchrun, the Kubeflow Trainer and an Indexed Job; how
the processes find each other is the trainer's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lifecycle.errors import LifecycleError

RENDEZVOUS = "FLYWHEEL_RENDEZVOUS"
"""URL of where the processes meet; without it, at `MASTER_ADDR` and `MASTER_PORT`, which torchrun tells."""


class LostRankError(LifecycleError):
    """This process is well, and cannot go on without another one that is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """One of the processes of a training."""

    rank: int = 0
    """The one with rank 0 judges, writes and tells; the others only fit."""
    size: int = 1
    local: int = 0
    """Rank among the processes of its machine: the number of its accelerator."""

    @property
    def first(self) -> bool:
        """Whether it is the one that writes."""
        return self.rank == 0


def ranks_of(environment: Mapping[str, str], *, asked: int) -> Ranks:
    """The rank that the environment tells.

    Args:
        environment: of this process.
        asked: how many processes the job is for.

    Raises:
        LifecycleError: what is told is no rank, or there are more or fewer of them than the job is for.

    >>> ranks_of({"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"}, asked=2)
    Ranks(rank=1, size=2, local=1)
    >>> ranks_of({}, asked=1)
    Ranks(rank=0, size=1, local=0)
    """
    told = {name: environment.get(name, default) for name, default in _ALONE.items()}
    if not all(value.isascii() and value.isdecimal() for value in told.values()):
        raise LifecycleError(f"the environment tells no rank: {told}; start the processes with torchrun")
    ranks = Ranks(rank=int(told["RANK"]), size=int(told["WORLD_SIZE"]), local=int(told["LOCAL_RANK"]))
    if ranks.size != asked or ranks.rank >= ranks.size:
        raise LifecycleError(
            f"the job is for {asked} processes, this is number {ranks.rank} of {ranks.size}: start as many "
            "as training.compute asks for (nodes times count)"
        )
    return ranks


_ALONE: Mapping[str, str] = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}

"""What ranks tell each other. That two real ones take the steps of one is shown with the compute adapters."""

import pytest
import torch
import torch.distributed as dist

from lifecycle.training.ranks import Ranks
from lifecycle.training.torch_ranks import Group

OTHER = torch.tensor([9.0, 8.0, 7.0, 6.0, 5.0])
"""What the first of two ranks holds, in one row."""


def held() -> list[torch.Tensor]:
    return [torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([5.0])]


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Group:
    """The second of two ranks; the first one always answers at once."""
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "all_reduce", lambda told: told.add_(OTHER))
    monkeypatch.setattr(dist, "broadcast", lambda told, src: told.copy_([OTHER][src]))
    return Group(Ranks(rank=1, size=2, local=1), torch.device("cpu"))


def values(tensors: list[torch.Tensor]) -> list[object]:
    return [one.tolist() for one in tensors]


def test_each_tensor_becomes_the_mean_of_the_ranks(second: Group) -> None:
    tensors = held()
    second.average(tensors)
    assert values(tensors) == [[[5.0, 5.0], [5.0, 5.0]], [5.0]]


def test_ranks_begin_with_the_weights_of_the_first(second: Group) -> None:
    layer = torch.nn.Linear(2, 2)
    bias = torch.nn.Parameter(torch.zeros(1))
    second.take_first([layer.weight, bias])
    assert values([layer.weight.detach(), bias.detach()]) == [[[9.0, 8.0], [7.0, 6.0]], [5.0]]


def test_alone_there_is_nobody_to_ask() -> None:
    tensors, alone = held(), Group(Ranks(rank=0, size=1, local=0), torch.device("cpu"))
    alone.average(tensors)
    alone.take_first(tensors)
    assert values(tensors) == values(held())

import torch
from torch import nn

from lifecycle.training.torch_adamw import AdamW


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def test_its_steps_are_those_of_torch_and_it_goes_on_from_its_tensors() -> None:
    ours, theirs = network(), network()
    rows = torch.randn(20, 32, 4)
    reference = torch.optim.AdamW(theirs.parameters(), lr=0.01, weight_decay=0.1, foreach=False)
    optimizer = AdamW(ours.parameters(), rate=0.01, decay=0.1)
    for number, batch in enumerate(rows, start=1):
        if number == 10:
            held = {name: values.clone() for name, values in optimizer.tensors().items()}
            optimizer = AdamW(ours.parameters(), rate=0.01, decay=0.1)
            optimizer.take(held)
        optimizer.forget_gradients()
        reference.zero_grad()
        for model in (ours, theirs):
            model(batch).square().mean().backward()
        optimizer.step(number)
        reference.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)

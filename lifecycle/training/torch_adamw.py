"""AdamW, the step that a network is fit by.

`torch.optim` has it, too, and loads the compiler of torch with it: as long again as torch itself takes, at
each start of each process. A test holds both to the same steps.

Source: Loshchilov and Hutter (2019), Decoupled Weight Decay Regularization, algorithm 2.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

BETAS, EPSILON = (0.9, 0.999), 1e-8


class AdamW:
    """The optimizer of some parameters; its tensors and the number of steps are all of its state."""

    def __init__(self, parameters: Iterable[nn.Parameter], *, rate: float, decay: float) -> None:
        self._parameters = list(parameters)
        self._rate, self._decay = rate, decay
        self._means = [torch.zeros_like(one, requires_grad=False) for one in self._parameters]
        self._squares = [torch.zeros_like(one, requires_grad=False) for one in self._parameters]

    def forget_gradients(self) -> None:
        """Before each step: gradients add up."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, number: int) -> None:
        """Take a step by the gradients.

        Args:
            number: of the step, from 1 on.
        """
        first, second = (1 - beta**number for beta in BETAS)
        for parameter, mean, square in zip(self._parameters, self._means, self._squares, strict=True):
            gradient = parameter.grad
            if gradient is None:
                continue
            parameter.mul_(1 - self._rate * self._decay)
            mean.lerp_(gradient, 1 - BETAS[0])
            square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
            deviation = (square.sqrt() / second**0.5).add_(EPSILON)
            parameter.addcdiv_(mean, deviation, value=-self._rate / first)

    def tensors(self) -> dict[str, Tensor]:
        """What it goes on from."""
        means = {f"mean.{number}": values for number, values in enumerate(self._means)}
        return means | {f"square.{number}": values for number, values in enumerate(self._squares)}

    def take(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        for name, held in self.tensors().items():
            held.copy_(tensors[name])

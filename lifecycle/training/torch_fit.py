"""The fit of a network: steps and epochs, from a checkpoint or from the beginning, to the same end.

All that a step depends on is in its number: the order of the rows and what dropout leaves out are drawn anew
from the seed, the epoch and the step. So weights, the optimizer's tensors and a few numbers are all that a
checkpoint has to hold, and ranks need none of their own.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from lifecycle.errors import LifecycleError
from lifecycle.training.checkpoint import Checkpoint, pack, unpack
from lifecycle.training.job import TrainingJob
from lifecycle.training.preemption import PreemptedError
from lifecycle.training.site import Site
from lifecycle.training.torch_device import precision
from lifecycle.training.torch_loss import METRICS, Loss
from lifecycle.training.torch_network import TorchNetwork
from lifecycle.training.torch_parameters import TorchParameters
from lifecycle.training.torch_ranks import Group
from lifecycle.training.torch_rows import Rows, step_rows
from lifecycle.training.trainer import Progress

JUDGED_ROWS = 65_536
"""Rows that fit, over all ranks, that the fit score of an epoch is of."""
ASK_EVERY = 8
"""Steps after which several ranks ask each other whether one was asked to end."""
_CHUNK = 16_384


@dataclass(slots=True)
class State:
    """Where the fit stands, besides the weights."""

    epoch: int = 0
    at: int = 0
    """Steps taken of the epoch."""
    step: int = 0
    """Steps taken of all."""
    best: int = -1
    curves: dict[str, list[float]] = field(default_factory=lambda: {"fit": [], "validation": []})
    resumed: int = 0


@dataclass(slots=True, kw_only=True)
class Fit:
    """One fit, in the process of one rank."""

    job: TrainingJob
    parameters: TorchParameters
    network: TorchNetwork
    loss: Loss
    rows: Rows
    shard_rows: tuple[int, ...]
    """Rows of each rank."""
    validation: Rows
    group: Group
    site: Site
    progress: Progress
    stop: Callable[[], bool]
    state: State = field(default_factory=State)
    best: dict[str, Tensor] = field(default_factory=dict)
    _optimizer: torch.optim.AdamW = field(init=False)
    _kept_at: float = field(init=False, default=0.0)

    def run(self) -> None:
        """Fit to the end; `best` and `state` tell what came of it.

        Raises:
            LifecycleError: a loss that is not finite.
            PreemptedError: the fit was asked to end.
        """
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=self.parameters.learning_rate,
            weight_decay=self.parameters.weight_decay,
        )
        self._resume()
        ranks = self.group.ranks
        model: nn.Module = self.network
        if ranks.size > 1:
            model = DistributedDataParallel(self.network, forward_sync_buffers=False)
        self._kept_at = time.monotonic()
        with self.group.talking():
            while self.state.epoch < self.job.rounds and not self._over():
                self._epoch(model)
        self._keep(always=True)

    def _over(self) -> bool:
        return self.state.epoch - 1 - self.state.best >= self.job.early_stopping_rounds

    def _epoch(self, model: nn.Module) -> None:
        state, ranks = self.state, self.group.ranks
        batch = max(1, self.parameters.batch_rows // ranks.size)
        plans = [step_rows(rows, block=self.rows.block_rows, batch=batch) for rows in self.shard_rows]
        steps = max(map(len, plans))
        seed = (self.job.seed, state.epoch, ranks.rank)
        batches = self.rows.shuffled(batch, seed=seed, skip=state.at)
        model.train()
        for at in range(state.at, steps):
            together = sum(plan[at] for plan in plans if at < len(plan))
            # A rank that has no rows left takes its part in the step with none.
            rows, labels = next(batches, None) or self._no_rows()
            torch.manual_seed(_drawn((*seed, at)))
            self._step(model, rows, labels, share=ranks.size / together)
            state.at, state.step = at + 1, state.step + 1
            self._pause(at + 1 == steps)
        self._judge()

    def _no_rows(self) -> tuple[Tensor, Tensor]:
        columns = self.loss.network.columns
        device = self.rows.device
        return torch.empty((0, columns), device=device), torch.empty(0, device=device)

    def _step(self, model: nn.Module, rows: Tensor, labels: Tensor, *, share: float) -> None:
        """One step; `share` makes the mean over the ranks of their sums the mean over all rows."""
        self._optimizer.zero_grad()
        with precision(self.rows.device, mixed=self.parameters.mixed_precision):
            outputs = model(rows)
        loss = self.loss.summed(outputs, labels, weighted=True) * share
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self.parameters.gradient_clip)
        self._optimizer.step()

    def _judge(self) -> None:
        """The end of an epoch: its scores, and whether it was the best one."""
        state, metric = self.state, METRICS[self.job.task]
        self.network.eval()
        sample = self.rows.sample(max(1, JUDGED_ROWS // self.group.ranks.size))
        fit = self._score([sample] if sample else [])
        validation = self._score(self.validation.blocks())
        if not (math.isfinite(fit) and math.isfinite(validation)):
            raise LifecycleError(
                f"the {metric} of training is not finite: check training.parameters and the label"
            )
        state.curves["fit"].append(fit)
        state.curves["validation"].append(validation)
        if state.best < 0 or validation < state.curves["validation"][state.best]:
            state.best = state.epoch
            self.best = {name: values.clone() for name, values in self.network.state_dict().items()}
        if state.epoch % 5 == 0:
            self.progress(f"epoch {state.epoch}: validation {metric} {validation:.5f}")
        state.epoch, state.at = state.epoch + 1, 0

    @torch.no_grad()
    def _score(self, blocks: Any) -> float:
        summed, count = 0.0, 0
        for rows, labels in blocks:
            for at in range(0, len(labels), _CHUNK):
                part, told = (held[at : at + _CHUNK].to(self.rows.device) for held in (rows, labels))
                summed += float(self.loss.summed(self.network(part), told, weighted=False).double())
                count += len(told)
        summed, everywhere = self.group.sum([summed, count])
        return self.loss.score(summed, everywhere)

    def _pause(self, last_of_epoch: bool) -> None:
        """Between two steps: end if that was asked for, and keep where the fit stands from time to time."""
        alone = self.group.ranks.size == 1
        if self.site.checkpoints is None:
            return
        if alone or last_of_epoch or self.state.step % ASK_EVERY == 0:
            asked = self.stop()
            if asked if alone else self.group.any(asked):
                self._keep(always=True)
                raise PreemptedError(
                    f"training {self.job.model} was asked to end after {self.state.step:,} steps: the same "
                    "job goes on from its checkpoint"
                )
        self._keep(always=False)

    def _keep(self, *, always: bool) -> None:
        checkpoints = self.site.checkpoints
        if checkpoints is None or not self.group.ranks.first:
            return
        if always or time.monotonic() - self._kept_at >= self.job.checkpoint_every_s:
            checkpoints.save(self.state.step, _tensors(self._held()), _facts(self.state))
            self._kept_at = time.monotonic()

    def _held(self) -> dict[str, Tensor]:
        """All tensors that the fit goes on from."""
        held = {f"network.{name}": values for name, values in self.network.state_dict().items()}
        held |= {f"best.{name}": values for name, values in self.best.items()}
        return held | {
            f"optimizer.{name}": values for name, values in optimizer_tensors(self._optimizer).items()
        }

    def _resume(self) -> None:
        """Go on from the newest checkpoint, which rank 0 reads for all."""
        checkpoints = self.site.checkpoints
        if checkpoints is None:
            return
        found = checkpoints.newest() if self.group.ranks.first else None
        if not (content := self.group.share(b"" if found is None else pack(checkpoints.job, found))):
            return
        checkpoint = unpack(checkpoints.job, content)
        self._take(checkpoint)
        self.progress(f"goes on after {self.state.step:,} steps, in epoch {self.state.epoch}")

    def _take(self, checkpoint: Checkpoint) -> None:
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "best": {}, "optimizer": {}}
        for name, values in checkpoint.tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = torch.from_numpy(values.copy())
        self.network.load_state_dict(parts["network"])
        self.best = {name: values.to(self.rows.device) for name, values in parts["best"].items()}
        take_optimizer_tensors(self._optimizer, parts["optimizer"])
        facts = checkpoint.facts
        self.state = State(**{**facts, "resumed": facts["resumed"] + 1})


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """All state of an optimizer, by number of the parameter and name; nothing before its first step."""
    state = optimizer.state_dict()["state"]
    return {f"{number}.{name}": values for number, held in state.items() for name, values in held.items()}


def take_optimizer_tensors(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Let an optimizer go on from what `optimizer_tensors` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for label, values in tensors.items():
        number, _, name = label.partition(".")
        state.setdefault(int(number), {})[name] = values
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _tensors(held: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: values.detach().cpu().numpy() for name, values in held.items()}


def _facts(state: State) -> dict[str, Any]:
    return {name: getattr(state, name) for name in State.__dataclass_fields__}


def _drawn(seed: Sequence[int]) -> int:
    """One seed of several."""
    return int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])

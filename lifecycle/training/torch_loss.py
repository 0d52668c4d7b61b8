"""What a network is fit and judged by: the log loss of classes, the squared error of numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lifecycle.features.network import Network
from lifecycle.spec.model import Task

METRICS: Mapping[Task, str] = {"binary": "logloss", "multiclass": "mlogloss", "regression": "rmse"}
"""The names that xgboost gives them: curves of different trainers lie beside each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The loss of a task."""

    task: Task
    network: Network
    positive_weight: float

    def summed(self, outputs: Tensor, labels: Tensor, *, weighted: bool) -> Tensor:
        """Sum over the rows; with weights where it is fit by, without where it is told."""
        if self.task == "multiclass":
            return F.cross_entropy(outputs.float(), labels.long(), reduction="sum")
        given = outputs.float().squeeze(1)
        if self.task == "binary":
            weight = torch.tensor(self.positive_weight, device=given.device) if weighted else None
            return F.binary_cross_entropy_with_logits(
                given, labels.float(), pos_weight=weight, reduction="sum"
            )
        wanted = (labels - self.network.offset) / self.network.factor
        return F.mse_loss(given, wanted.float(), reduction="sum")

    def score(self, summed: float, rows: float) -> float:
        """The metric of so many rows, from the sum of their losses without weights."""
        mean = summed / rows
        return self.network.factor * math.sqrt(mean) if self.task == "regression" else mean

"""The network while it is fit: `lifecycle.features.network` in torch, with what fitting adds to it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lifecycle.features.encoding import Encoding
from lifecycle.features.network import CLIP, Embedded, Network
from lifecycle.spec.model import Task
from lifecycle.training.torch_moments import Moments
from lifecycle.training.torch_parameters import TorchParameters

_ENDS: Mapping[Task, Literal["identity", "sigmoid", "softmax"]] = {
    "binary": "sigmoid",
    "multiclass": "softmax",
    "regression": "identity",
}


def network_of(
    task: Task, encoding: Encoding, parameters: TorchParameters, moments: Moments, *, classes: int
) -> Network:
    """The shape of a network for rows of an encoding.

    Args:
        task: what is predicted.
        encoding: of the rows.
        parameters: what the spec sets.
        moments: of the columns that hold numbers, in order, and of the label.
        classes: of the label; 0 for regression.
    """
    numbers = number_columns(encoding)
    categories = [
        Embedded(
            column=column, rows=len(feature.categories) + 1, width=_width(feature.categories, parameters)
        )
        for column, feature in enumerate(encoding.features)
        if feature.kind == "category"
    ]
    regression = task == "regression"
    return Network(
        columns=len(encoding.features),
        numbers=tuple(numbers),
        indicators=tuple(c for c, gone in zip(numbers, moments.missing[:-1], strict=True) if gone > 0),
        categories=tuple(categories),
        layers=(*[parameters.width] * parameters.depth, classes if task == "multiclass" else 1),
        end=_ENDS[task],
        offset=float(moments.mean[-1]) if regression else 0.0,
        factor=float(moments.scale[-1]) if regression else 1.0,
    )


def number_columns(encoding: Encoding) -> list[int]:
    """Columns of the matrix that hold numbers."""
    return [column for column, feature in enumerate(encoding.features) if feature.kind == "number"]


def _width(categories: Sequence[str], parameters: TorchParameters) -> int:
    """Width of a category's vector: the rule of thumb of fastai, bounded by the spec."""
    return int(min(parameters.embedding, max(2, round(1.6 * (len(categories) + 1) ** 0.56))))


class TorchNetwork(nn.Module):
    """Encoded rows of shape (n, n_features), NaN where missing, to outputs before the last function."""

    def __init__(self, network: Network, moments: Moments, dropout: float) -> None:
        super().__init__()
        self._categories = [category.column for category in network.categories]
        self.register_buffer("numbers", torch.tensor(network.numbers, dtype=torch.long))
        self.register_buffer("indicators", torch.tensor(network.indicators, dtype=torch.long))
        self.register_buffer("mean", torch.tensor(moments.mean[:-1], dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(moments.scale[:-1], dtype=torch.float32))
        self.embeddings = nn.ModuleList(nn.Embedding(c.rows, c.width) for c in network.categories)
        for embedding in self.embeddings:
            assert isinstance(embedding, nn.Embedding)
            nn.init.normal_(embedding.weight, std=0.1)
            # Where no row that fits lacks the value, its vector is never learned: then it says nothing.
            nn.init.zeros_(embedding.weight[0])
        widths = [network.width, *network.layers]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.dropout = nn.Dropout(dropout)

    def forward(self, rows: Tensor) -> Tensor:
        values = self._inputs(rows)
        for at, layer in enumerate(self.layers):
            values = layer(values)
            if at + 1 < len(self.layers):
                values = self.dropout(torch.relu(values))
        return values

    def _inputs(self, rows: Tensor) -> Tensor:
        numbers = (rows[:, self.get_buffer("numbers")] - self.get_buffer("mean")) / self.get_buffer("scale")
        parts = [
            torch.nan_to_num(numbers.clamp(-CLIP, CLIP), nan=0.0),
            torch.isnan(rows[:, self.get_buffer("indicators")]).float(),
        ]
        for column, embedding in zip(self._categories, self.embeddings, strict=True):
            parts.append(embedding(torch.nan_to_num(rows[:, column] + 1, nan=0.0).long()))
        return torch.cat(parts, dim=1)


def tensors_of(state: Mapping[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    """The tensors of a bundle from the state of a `TorchNetwork`, by the names that `Network` gives."""
    found = {}
    for name, values in state.items():
        if name in ("numbers", "indicators"):
            continue
        named = name.replace("layers.", "layer.").replace("embeddings.", "embedding.")
        held = values.detach().cpu().numpy().astype(np.float32)
        found[named.removesuffix(".weight") if named.startswith("embedding.") else named] = held
    return found

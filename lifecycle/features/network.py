"""A tabular network over encoded rows: what it is, as JSON, and its scores, in NumPy.

Whoever serves such a network needs no framework: a row costs a few small matrix products. Weights are single
precision; everything after them is computed in double, so that a row has the same score alone and in a batch.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Matrix
from lifecycle.spec.kinds import Record

CLIP = 10.0
"""Standard deviations from the mean at which a number is cut off: no outlier drowns the other features."""
_CHUNK = 16_384
Tensors = Mapping[str, NDArray[Any]]


class Embedded(Record):
    """A category as a learned vector; its first row stands for missing and unknown values."""

    column: int
    rows: int
    width: int


class Network(Record):
    """Inputs, hidden layers with a rectifier each, and one linear layer at the end.

    The input is the standardised `numbers` (missing: 0), then 1 for each missing one of `indicators`, then
    the vectors of the categories. Tensors: `mean` and `scale` of the numbers, `embedding.<i>`,
    `layer.<i>.weight` of shape (out, in) and `layer.<i>.bias`.
    """

    format: Literal[1] = 1
    columns: int
    """Columns of the encoded matrix."""
    numbers: tuple[int, ...]
    """Columns that hold numbers, in order."""
    indicators: tuple[int, ...]
    """Those of them that were missing in some row that fit the model."""
    categories: tuple[Embedded, ...]
    layers: tuple[int, ...]
    """Widths of the layers, the last one that of the output."""
    end: Literal["identity", "sigmoid", "softmax"]
    offset: float = 0.0
    factor: float = 1.0
    """Regression: the output times `factor`, plus `offset`, is the label."""

    @property
    def width(self) -> int:
        """Width of the input of the first layer."""
        return len(self.numbers) + len(self.indicators) + sum(c.width for c in self.categories)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name of each tensor -> its shape."""
        found: dict[str, tuple[int, ...]] = {"mean": (len(self.numbers),), "scale": (len(self.numbers),)}
        for at, category in enumerate(self.categories):
            found[f"embedding.{at}"] = (category.rows, category.width)
        width = self.width
        for at, out in enumerate(self.layers):
            found[f"layer.{at}.weight"], found[f"layer.{at}.bias"] = (out, width), (out,)
            width = out
        return found


class NetworkScores:
    """A network with its weights."""

    def __init__(self, network: Network, tensors: Tensors) -> None:
        """Take the weights.

        Raises:
            LifecycleError: they are not those of this network.
        """
        if (found := {name: values.shape for name, values in tensors.items()}) != network.shapes():
            odd = sorted(set(found.items()) ^ set(network.shapes().items()))
            raise LifecycleError(f"the weights do not fit the network: {odd[:3]}; train the model again")
        held = {name: np.asarray(values, dtype=np.float64) for name, values in tensors.items()}
        self._network, self._mean, self._scale = network, held["mean"], held["scale"]
        self._numbers = np.array(network.numbers, dtype=np.intp)
        self._indicators = np.array(network.indicators, dtype=np.intp)
        self._tables = [
            (category.column, held[f"embedding.{at}"]) for at, category in enumerate(network.categories)
        ]
        self._layers = [
            (np.ascontiguousarray(held[f"layer.{at}.weight"].T), held[f"layer.{at}.bias"])
            for at in range(len(network.layers))
        ]

    def predict(self, matrix: Matrix) -> NDArray[np.float64]:
        """Scores of shape (n_rows, n_outputs)."""
        chunks = [self._scores(matrix[at : at + _CHUNK]) for at in range(0, len(matrix), _CHUNK)]
        if len(chunks) == 1:
            return chunks[0]
        return np.concatenate([np.empty((0, self._network.layers[-1])), *chunks])

    def _scores(self, matrix: Matrix) -> NDArray[np.float64]:
        values = self._inputs(matrix)
        for at, (weight, bias) in enumerate(self._layers):
            values = values @ weight + bias
            if at + 1 < len(self._layers):
                np.maximum(values, 0, out=values)
        if self._network.end == "sigmoid":
            # Of the negative of the absolute value: the other way round it overflows.
            small = np.exp(-np.abs(values))
            scores: NDArray[np.float64] = np.where(values >= 0, 1.0, small) / (1 + small)
            return scores
        if self._network.end == "softmax":
            raised = np.exp(values - values.max(axis=1, keepdims=True))
            shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
            return shares
        ended: NDArray[np.float64] = values * self._network.factor + self._network.offset
        return ended

    def _inputs(self, matrix: Matrix) -> NDArray[np.float64]:
        numbers = np.clip((matrix[:, self._numbers] - self._mean) / self._scale, -CLIP, CLIP)
        parts = [np.where(np.isnan(numbers), 0.0, numbers), np.isnan(matrix[:, self._indicators])]
        for column, table in self._tables:
            codes = np.nan_to_num(matrix[:, column] + 1, nan=0).astype(np.intp)
            parts.append(table[codes])
        return np.concatenate(parts, axis=1, dtype=np.float64)

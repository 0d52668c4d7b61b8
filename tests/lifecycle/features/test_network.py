"""The scores of a network in NumPy are those of torch, alone and in a batch."""

from typing import Any

import numpy as np
import pytest
import torch

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import EncodedFeature, Encoding, Matrix
from lifecycle.features.network import CLIP, Embedded, Network, NetworkScores
from lifecycle.spec.model import Task
from lifecycle.training.torch_moments import Moments
from lifecycle.training.torch_network import TorchNetwork, network_of, tensors_of
from lifecycle.training.torch_parameters import TorchParameters

ENCODING = Encoding(
    features=(
        EncodedFeature(name="distance", kind="number"),
        EncodedFeature(name="carrier", kind="category", categories=("snail", "swift")),
        EncodedFeature(name="wind", kind="number"),
    )
)
MOMENTS = Moments(
    rows=np.array([9.0, 5, 9]), mean=np.array([500.0, 3, 40]), squares=np.array([9e4, 20, 900]),
    missing=np.array([0.0, 4, 0]),
)  # fmt: skip
NAN = float("nan")
ROWS = np.array([[500, 0, 3], [900, 1, NAN], [NAN, NAN, 4], [1e12, 1, -1e12], [0, 0, 0]], dtype=np.float32)
ENDS: dict[str, Any] = {
    "sigmoid": torch.sigmoid,
    "softmax": lambda outputs: torch.softmax(outputs, 1),
    "identity": lambda outputs: outputs * 10 + 40,
}


@pytest.mark.parametrize(("task", "classes"), [("binary", 2), ("multiclass", 3), ("regression", 0)])
@pytest.mark.parametrize("depth", [0, 2])
def test_numpy_scores_rows_as_torch_does(task: Task, classes: int, depth: int) -> None:
    parameters = TorchParameters(width=8, depth=depth)
    network = network_of(task, ENCODING, parameters, MOMENTS, classes=classes)
    torch.manual_seed(3)
    module = TorchNetwork(network, MOMENTS, 0.5).eval()
    scores = NetworkScores(network, tensors_of(module.state_dict())).predict(ROWS)
    with torch.no_grad():
        expected = ENDS[network.end](module.double()(torch.from_numpy(ROWS.astype(float)))).numpy()
    assert np.allclose(scores, expected, rtol=0, atol=1e-5)
    assert scores.shape == (5, {"binary": 1, "multiclass": 3, "regression": 1}[task])


def test_a_row_has_the_same_score_alone_and_in_a_batch() -> None:
    network = network_of("binary", ENCODING, TorchParameters(width=64), MOMENTS, classes=2)
    torch.manual_seed(3)
    scores = NetworkScores(network, tensors_of(TorchNetwork(network, MOMENTS, 0).state_dict()))
    many: Matrix = np.tile(ROWS, (7000, 1))
    batch = scores.predict(many)
    alone = np.concatenate([scores.predict(row[None]) for row in ROWS])
    assert np.abs(batch - np.tile(alone, (7000, 1))).max() < 1e-12
    assert scores.predict(many[:0]).shape == (0, 1)


def test_a_network_worked_by_hand() -> None:
    network = Network(
        columns=2, numbers=(0,), indicators=(0,), categories=(Embedded(column=1, rows=2, width=1),),
        layers=(1, 1), end="sigmoid",
    )  # fmt: skip
    tensors = {
        "mean": [10], "scale": [2], "embedding.0": [[5], [7]],
        "layer.0.weight": [[1, 100, -1]], "layer.0.bias": [8], "layer.1.weight": [[0.5]], "layer.1.bias": [0],
    }  # fmt: skip
    scores = NetworkScores(network, {name: np.array(values) for name, values in tensors.items()})
    # (14 - 10) / 2 - 7 + 8 = 3; below zero is cut off; missing is 0, its indicator 100, the vector 5.
    logits = np.array([1.5, 0.0, 51.5, (CLIP + 1) / 2])
    rows = np.array([[14, 0], [-1000, 0], [NAN, NAN], [1e9, 0]], dtype=np.float32)
    assert scores.predict(rows)[:, 0] == pytest.approx(1 / (1 + np.exp(-logits)))


def test_weights_of_another_network_are_refused() -> None:
    network = network_of("binary", ENCODING, TorchParameters(width=8), MOMENTS, classes=2)
    tensors = tensors_of(TorchNetwork(network, MOMENTS, 0).state_dict())
    with pytest.raises(LifecycleError, match="the weights do not fit the network"):
        NetworkScores(network, {**tensors, "layer.0.bias": np.zeros(9, dtype=np.float32)})
    with pytest.raises(LifecycleError, match="the weights do not fit the network"):
        NetworkScores(network, {name: tensors[name] for name in tensors if name != "mean"})

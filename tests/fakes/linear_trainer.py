"""A trainer that is not ours: a line through the numbers, by gradient descent in NumPy."""

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from lifecycle.features.encoding import Encoding, Matrix
from lifecycle.features.network import Network, NetworkScores
from lifecycle.training.job import TrainingJob
from lifecycle.training.site import ALONE, Site
from lifecycle.training.trainer import Fitted, Part, Progress

ENDS = {"binary": "sigmoid", "multiclass": "softmax", "regression": "identity"}
METRICS = {"binary": "logloss", "multiclass": "mlogloss", "regression": "rmse"}


def fit_linear(
    job: TrainingJob,
    encoding: Encoding,
    fit: Part,
    validation: Part,
    *,
    classes: int,
    progress: Progress,
    site: Site = ALONE,
) -> Fitted:
    """See `Trainer`."""
    rows, labels = (np.concatenate(held) for held in zip(*fit.batches(), strict=True))
    numbers = [at for at, kind in enumerate(encoding.types) if kind == "q"]
    outputs = classes if job.task == "multiclass" else 1
    regression = job.task == "regression"
    network = Network(
        columns=rows.shape[1],
        numbers=tuple(numbers),
        indicators=(),
        categories=(),
        layers=(outputs,),
        end=ENDS[job.task],  # type: ignore[arg-type]
        offset=float(labels.mean()) if regression else 0.0,
        factor=float(labels.std()) if regression else 1.0,
    )
    tensors = {
        "mean": np.nanmean(rows[:, numbers], axis=0).astype(np.float32),
        "scale": (np.nanstd(rows[:, numbers], axis=0) + 1e-6).astype(np.float32),
        "layer.0.weight": np.zeros((outputs, len(numbers)), dtype=np.float32),
        "layer.0.bias": np.zeros(outputs, dtype=np.float32),
    }
    inputs = np.nan_to_num((rows[:, numbers] - tensors["mean"]) / tensors["scale"]).astype(np.float64)
    wanted = (labels - network.offset) / network.factor if regression else labels
    wanted = np.eye(outputs)[labels.astype(int)] if job.task == "multiclass" else wanted[:, None]
    parts = {name: [*zip(*part.batches(), strict=True)] for name, part in
             (("fit", fit), ("validation", validation))}  # fmt: skip
    curves: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(job.rounds):
        scores = NetworkScores(network, tensors)
        given = (scores.predict(rows) - network.offset) / network.factor
        error = (given - wanted) / len(rows)
        tensors["layer.0.weight"] = (tensors["layer.0.weight"] - error.T @ inputs).astype(np.float32)
        tensors["layer.0.bias"] = (tensors["layer.0.bias"] - error.sum(axis=0)).astype(np.float32)
        scores = NetworkScores(network, tensors)
        for name, (held, told) in parts.items():
            curves[name].append(_score(job, scores.predict(np.concatenate(held)), np.concatenate(told)))
    progress(f"validation {curves['validation'][-1]:.5f}")
    worth = np.abs(tensors["layer.0.weight"]).sum(axis=0)
    found = dict(zip([encoding.names[at] for at in numbers], map(float, worth), strict=True))

    def predict(matrix: Matrix) -> NDArray[np.float64]:
        predicted = scores.predict(matrix)
        return predicted if job.task == "multiclass" else predicted[:, 0]

    return Fitted(
        weights={"model.safetensors": save(tensors), "network.json": network.model_dump_json().encode()},
        best_round=job.rounds - 1,
        curves={f"{name}_{METRICS[job.task]}": tuple(values) for name, values in curves.items()},
        importance={name: found.get(name, 0.0) for name in encoding.names},
        predict=predict,
        predictor="torch",
    )


def _score(job: TrainingJob, scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    if job.task == "regression":
        return float(np.sqrt(np.mean(np.square(scores[:, 0] - labels))))
    if job.task == "binary":
        right = np.where(labels == 1, scores[:, 0], 1 - scores[:, 0])
    else:
        right = scores[np.arange(len(labels)), labels.astype(int)]
    return float(-np.mean(np.log(right)))

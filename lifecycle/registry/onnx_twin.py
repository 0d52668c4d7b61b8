"""The making of a twin: converted, then held against the booster on rows made to find a difference."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import Encoding, Matrix
from lifecycle.registry.onnx_predictor import TWIN_TOLERANCE, OnnxPredictor, TwinError, agree
from lifecycle.registry.onnx_trees import onnx_of

DRAWN_ROWS = 500
MAX_EDGES = 100
"""Thresholds of a column that rows are drawn from."""


def make_twin(trainer: str, weights: bytes, encoding: Encoding, rows: Matrix) -> bytes:
    """The bytes of `model.onnx`. The same weights and rows give the same bytes.

    Args:
        trainer: that made the weights.
        weights: as they are in the bundle.
        encoding: of the model's columns.
        rows: real ones to compare scores on, encoded, shape (n_rows, n_features).

    Raises:
        TwinError: the model has no twin, or one that scores a row otherwise.
    """
    if trainer not in _MAKERS:
        raise TwinError(f"there is none for the trainer {trainer}")
    return _MAKERS[trainer](weights, encoding, rows)


def _of_xgboost(weights: bytes, encoding: Encoding, rows: Matrix) -> bytes:
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(weights))
    model = json.loads(booster.save_raw("json"))
    content = onnx_of(model)
    asked = np.concatenate([rows, drawn_rows(model, encoding)])
    if not agree(OnnxPredictor(content), _Booster(booster), asked):
        raise TwinError(f"its scores differ from the weights' by more than {TWIN_TOLERANCE:g}")
    return content


_MAKERS: Mapping[str, Callable[[bytes, Encoding, Matrix], bytes]] = {"xgboost": _of_xgboost}


class _Booster:
    """See `Predictor`."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster

    def predict(self, matrix: Matrix) -> NDArray[np.float64]:
        scores: NDArray[np.float32] = self._booster.inplace_predict(matrix)
        return scores.astype(np.float64).reshape(len(matrix), -1)


def drawn_rows(model: Mapping[str, Any], encoding: Encoding) -> Matrix:
    """Rows where trees that are nearly the same would part: missing values, each category, and both sides of
    thresholds, in random company. The same model gives the same rows.

    Args:
        model: a booster as xgboost's JSON tells it.
        encoding: of its columns.

    Returns:
        Shape (n_rows, n_features): `DRAWN_ROWS`, or as many as the longest list of categories needs.
    """
    edges = _thresholds(model, len(encoding.features))
    values = [
        np.array([np.nan, *range(len(feature.categories))], dtype=np.float32)
        if feature.kind == "category"
        else _beside(thresholds)
        for feature, thresholds in zip(encoding.features, edges, strict=True)
    ]
    n_rows = max([DRAWN_ROWS, *(len(column) for column in values)])
    random = np.random.default_rng(0)
    # Laid end to end before they are shuffled: each value is in some row, whatever the draw.
    return np.column_stack([random.permutation(np.resize(column, n_rows)) for column in values])


def _thresholds(model: Mapping[str, Any], n_features: int) -> list[set[float]]:
    found: list[set[float]] = [set() for _ in range(n_features)]
    for feature, threshold in _splits(model):
        found[feature].add(threshold)
    return found


def _splits(model: Mapping[str, Any]) -> Iterator[tuple[int, float]]:
    """Feature and threshold of each split by number."""
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]:
        columns = ("split_indices", "split_conditions", "split_type", "left_children")
        for feature, threshold, by_category, left in zip(*(tree[name] for name in columns), strict=True):
            if left != -1 and not by_category:
                yield feature, threshold


def _beside(thresholds: set[float]) -> NDArray[np.float32]:
    """Missing, some of the thresholds, and the numbers next to them on either side."""
    spread = np.array(sorted(thresholds), dtype=np.float32)
    if len(spread) > MAX_EDGES:
        spread = spread[np.linspace(0, len(spread) - 1, MAX_EDGES).astype(int)]
    sides = [np.nextafter(spread, np.float32(towards)) for towards in (-np.inf, np.inf)]
    return np.concatenate([np.array([np.nan], dtype=np.float32), spread, *sides])

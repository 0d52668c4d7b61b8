"""Single rows by onnxruntime, batches by the model's own library.

One row costs xgboost several times what its trees take, see `docs/decisions/031-single-rows.md`. The twin is
never needed: without onnxruntime, or where it differs, every row goes to the library that trained the model.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Matrix
from lifecycle.registry.bundle import TWIN_FILE, Bundle
from lifecycle.registry.onnx_audit import INPUT, OUTPUT
from lifecycle.registry.onnx_runtime import load_onnxruntime
from lifecycle.registry.predictor import Predictor

TWIN_ROWS = 4
"""Up to so many rows the twin takes a third to all of the time, by how many categories its splits hold;
from about 32 rows on it takes longer in any case."""
TWIN_TOLERANCE = 1e-6
"""Largest absolute difference of a score: trees are equal to the bit, their last function is not."""
TWINNED = frozenset({"xgboost"})
"""Trainers whose own library is slow at single rows."""


class TwinError(LifecycleError):
    """A twin that is not used; the model is served all the same."""


class OnnxPredictor:
    """See `Predictor`; on one thread, as the native library is here.

    Raises:
        TwinError: onnxruntime is not installed, or does not take the file.
    """

    def __init__(self, content: bytes) -> None:
        try:
            onnxruntime = load_onnxruntime()
        except ImportError as exc:
            raise TwinError("onnxruntime is not installed") from exc
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: what it warns of, nobody here can mend
        try:
            self._session: Any = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:
            # Its errors have no base of their own.
            raise TwinError(f"onnxruntime does not take {TWIN_FILE}: {str(exc)[:200]}") from exc

    def predict(self, matrix: Matrix) -> NDArray[np.float64]:
        scores: NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: matrix})[0]
        return scores.astype(np.float64)


class TwinnedPredictor:
    """See `Predictor`."""

    def __init__(self, native: Predictor, twin: Predictor) -> None:
        self._native, self._twin = native, twin

    def predict(self, matrix: Matrix) -> NDArray[np.float64]:
        by = self._twin if 0 < len(matrix) <= TWIN_ROWS else self._native
        return by.predict(matrix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What scores requests."""

    predictor: Predictor
    without_twin: str | None
    """Why single rows go to the native library, too; None: they go to the twin."""


def choose_predictor(bundle: Bundle, native: Predictor, golden: Matrix) -> Choice:
    """The twin for single rows, if there is one that works here and scores the golden rows as `native` does.

    Args:
        bundle: audited.
        native: its predictor.
        golden: its golden rows, encoded, shape (n_rows, n_features).

    Raises:
        BundleError: the file was swapped since the audit.
    """
    if not bundle.holds(TWIN_FILE):
        why = bundle.manifest.without_twin or "it was sealed before twins were"
        return Choice(predictor=native, without_twin=f"the bundle holds no {TWIN_FILE}: {why}")
    try:
        twin = OnnxPredictor(bundle.read_bytes(TWIN_FILE))
        if not agree(twin, native, golden):
            raise TwinError(f"{TWIN_FILE} scores the golden rows otherwise than the weights")
    except TwinError as exc:
        return Choice(predictor=native, without_twin=str(exc))
    return Choice(predictor=TwinnedPredictor(native, twin), without_twin=None)


def agree(twin: Predictor, native: Predictor, rows: Matrix) -> bool:
    """Whether both score rows alike, asked as requests will ask: row by row, and in the largest of its calls.

    Raises:
        TwinError: the twin fails on them.
    """
    expected = native.predict(rows)
    for step in (1, TWIN_ROWS):
        parts = [rows[at : at + step] for at in range(0, len(rows), step)]
        try:
            found = [twin.predict(part) for part in parts]
        except Exception as exc:
            # Its errors have no base of their own.
            raise TwinError(f"onnxruntime fails on {TWIN_FILE}: {str(exc)[:200]}") from exc
        scores = np.concatenate([np.empty((0, expected.shape[1])), *found])
        # `not <=`: a score that is no number differs from everything.
        if scores.shape != expected.shape or not np.all(np.abs(scores - expected) <= TWIN_TOLERANCE):
            return False
    return True

"""From a bundle's weights to scores. One entry of `LOADERS` per trainer."""

import ctypes
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import Matrix
from lifecycle.registry.audit import BundleError
from lifecycle.registry.bundle import WEIGHTS_FILE, Bundle
from lifecycle.registry.network_predictor import load_network


class Predictor(Protocol):
    """Scores encoded rows."""

    def predict(self, matrix: Matrix) -> NDArray[np.float64]:
        """Scores of shape (n_rows, n_outputs): binary and regression one output, multiclass one a class."""
        ...


class XGBoostPredictor:
    """A booster on one thread: more threads make small requests slower and their tail far worse."""

    def __init__(self, bundle: Bundle) -> None:
        import xgboost

        self._failed: type[Exception] = xgboost.core.XGBoostError
        self._library: Any = xgboost.core._LIB
        self._booster: Any = xgboost.Booster({"nthread": 1})
        weights = bundle.read_bytes(WEIGHTS_FILE)
        try:
            if not weights:
                # xgboost ends the whole process over an empty buffer.
                raise ValueError("no weights")
            self._booster.load_model(bytearray(weights))
        except (xgboost.core.XGBoostError, ValueError) as exc:
            raise BundleError(
                f"the weights of bundle {bundle.digest[:12]} do not load: train the model again"
            ) from exc

    def predict(self, matrix: Matrix) -> NDArray[np.float64]:
        # What `Booster.inplace_predict` calls, called by us: for one row it spends more time on finding out
        # what kind of table it was given than the trees take. A test holds both equal to the bit.
        rows, columns = matrix.shape
        if not rows:
            return np.empty((0, 1))
        held = np.ascontiguousarray(matrix, dtype=np.float32)
        address = held.__array_interface__["data"][0]
        shape, dimensions = ctypes.POINTER(ctypes.c_uint64)(), ctypes.c_uint64()
        found = ctypes.POINTER(ctypes.c_float)()
        failed = self._library.XGBoosterPredictFromDense(
            self._booster.handle,
            b'{"data":[%d,true],"shape":[%d,%d],"typestr":"<f4","version":3}' % (address, rows, columns),
            _ALL_TREES,
            None,
            ctypes.byref(shape),
            ctypes.byref(dimensions),
            ctypes.byref(found),
        )
        if failed:
            raise self._failed(self._library.XGBGetLastError().decode())
        # Copied: the buffer is the library's, one a thread, and the next call writes over it.
        scores: NDArray[np.float64] = np.ctypeslib.as_array(found, shape=(rows, shape[1])).astype(np.float64)
        return scores


# `strict_shape`: always two dimensions, also where there is one output.
_ALL_TREES = (
    b'{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,'
    b'"missing":NaN,"cache_id":0}'
)

LOADERS: Mapping[str, Callable[[Bundle], Predictor]] = {
    "xgboost": XGBoostPredictor,
    "torch": load_network,
}


def load_predictor(bundle: Bundle) -> Predictor:
    """The predictor of an audited bundle.

    Raises:
        BundleError: a trainer that this version does not know, or weights that do not load.
    """
    name = bundle.manifest.predictor or bundle.manifest.trainer
    if name not in LOADERS:
        raise BundleError(f"bundle {bundle.digest[:12]} was made by {name!r}; known: {', '.join(LOADERS)}")
    return LOADERS[name](bundle)

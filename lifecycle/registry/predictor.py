"""From a bundle's weights to scores. One entry of `LOADERS` per trainer."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import Matrix
from lifecycle.registry.audit import BundleError
from lifecycle.registry.bundle import WEIGHTS_FILE, Bundle


class Predictor(Protocol):
    """Scores encoded rows."""

    def predict(self, matrix: Matrix) -> NDArray[np.float64]:
        """Scores of shape (n_rows, n_outputs): binary and regression one output, multiclass one a class."""
        ...


class XGBoostPredictor:
    """A booster on one thread: more threads make small requests slower and their tail far worse."""

    def __init__(self, bundle: Bundle) -> None:
        import xgboost

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
        scores: NDArray[np.float64] = np.asarray(self._booster.inplace_predict(matrix), dtype=np.float64)
        return scores.reshape(len(matrix), -1)


LOADERS: Mapping[str, Callable[[Bundle], Predictor]] = {"xgboost": XGBoostPredictor}


def load_predictor(bundle: Bundle) -> Predictor:
    """The predictor of an audited bundle.

    Raises:
        BundleError: a trainer that this version does not know, or weights that do not load.
    """
    trainer = bundle.manifest.trainer
    if trainer not in LOADERS:
        raise BundleError(f"bundle {bundle.digest[:12]} was made by {trainer!r}; known: {', '.join(LOADERS)}")
    return LOADERS[trainer](bundle)

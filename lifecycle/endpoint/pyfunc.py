"""A bundle as MLflow's python function: `mlflow.pyfunc.load_model` calls `_load_pyfunc` of this module."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.spec.columns import Column
from lifecycle.spec.kinds import Scalar

if TYPE_CHECKING:
    import pandas as pd

    from lifecycle.endpoint.scorer import Scorer


class BundleModel:
    """Scores data frames with the scorer that the endpoint uses."""

    def __init__(self, scorer: "Scorer") -> None:
        self._scorer = scorer

    def predict(self, frame: "pd.DataFrame") -> list[Scalar]:
        """One answer a row: the probability of the positive class, the class of several, or the number.

        Args:
            frame: the request's columns. A missing value is None, NaN or NaT; a time without a zone is UTC,
                because MLflow's schema has no zones.

        Raises:
            RowsError: with every problem of every row.
        """
        scores = self._scorer.score(request_rows(frame, self._scorer.manifest.request))
        return [score.value if score.probability is None else score.probability for score in scores]


def request_rows(frame: "pd.DataFrame", request: Mapping[str, Column]) -> list[dict[str, Any]]:
    """Rows of a data frame as a JSON request would hold them."""
    held = frame.astype(object).where(frame.notna(), None)
    dates = {name for name, column in request.items() if column.type == "date"}
    rows = held.to_dict("records")
    return [
        {str(name): _as_json(value, is_date=name in dates) for name, value in row.items()} for row in rows
    ]


def _as_json(value: object, *, is_date: bool) -> object:
    """A value of a data frame as JSON holds it.

    >>> [_as_json(datetime(2013, 4, 1), is_date=is_date) for is_date in (False, True)]
    ['2013-04-01T00:00:00+00:00', '2013-04-01']
    """
    if isinstance(value, datetime) and not is_date:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _load_pyfunc(path: str) -> BundleModel:
    """What MLflow calls with the folder of the bundle; it is audited before a file of it is used."""
    from lifecycle.endpoint.scorer import Scorer
    from lifecycle.registry.bundle import open_bundle
    from lifecycle.registry.signature import VERIFY_KEY, key_file

    return BundleModel(Scorer.load(open_bundle(Path(path), verify_key=key_file(VERIFY_KEY))))

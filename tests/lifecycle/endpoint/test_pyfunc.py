"""A bundle as MLflow's python function: data frames in, one answer a row."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from lifecycle.endpoint.pyfunc import BundleModel, request_rows
from lifecycle.endpoint.scorer import Score, Scorer
from lifecycle.spec.columns import Column

REQUEST = {
    "carrier": Column(type="string"),
    "distance": Column(type="int"),
    "wind": Column(type="float"),
    "sched_dep": Column(type="timestamp"),
    "day": Column(type="date"),
}


def test_a_data_frame_becomes_the_rows_of_a_json_request() -> None:
    noon = datetime(2013, 3, 1, 12)
    frame = pd.DataFrame(
        {
            "carrier": ["AA", None],
            "distance": [733, 1400],
            "wind": [4.5, float("nan")],
            "sched_dep": [noon, pd.NaT],
            "day": [noon, date(2013, 3, 2)],
        }
    )
    first = {
        "carrier": "AA",
        "distance": 733,
        "wind": 4.5,
        "sched_dep": "2013-03-01T12:00:00+00:00",
        "day": "2013-03-01",
    }
    second = {"carrier": None, "distance": 1400, "wind": None, "sched_dep": None, "day": "2013-03-02"}
    assert request_rows(frame, REQUEST) == [first, second]
    zoned = pd.DataFrame({"sched_dep": [noon.replace(tzinfo=UTC)]})
    assert request_rows(zoned, REQUEST) == [{"sched_dep": "2013-03-01T12:00:00+00:00"}]


class EchoScorer:
    """Gives back one score a row, of the kind that the row asks for."""

    manifest = SimpleNamespace(request=REQUEST)

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[Score]:
        kinds = {
            "binary": Score(value=True, probability=0.8),
            "several": Score(value="late", probabilities={"late": 0.7, "early": 0.3}),
            "number": Score(value=12.5),
        }
        return [kinds[row["carrier"]] for row in rows]


def test_an_answer_is_the_probability_the_class_or_the_number() -> None:
    model = BundleModel(cast(Scorer, EchoScorer()))
    assert model.predict(pd.DataFrame({"carrier": ["binary", "several", "number"]})) == [0.8, "late", 12.5]

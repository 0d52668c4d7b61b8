"""Rows to lines and answers back, and what the container says between the two."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from lifecycle.endpoint.batch.files import ROW, MissingAnswersError, instance_lines, read_answers
from lifecycle.endpoint.batch.scorer import FeatureScorer
from lifecycle.endpoint.batch.server import PREDICT, BatchApp
from lifecycle.endpoint.batch.table import refuse_taken_names
from lifecycle.endpoint.scorer import Score
from lifecycle.errors import LifecycleError
from lifecycle.spec.model import Task
from tests.conftest import TrainedBundle
from tests.resources.batch.batch_cases import batches, feature_table


def answered(app: BatchApp, body: bytes, path: str = PREDICT) -> tuple[int, Any]:
    """Status and body of the answer to a request."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "method": "POST", "path": path}, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_nothing_of_a_score_is_lost_on_the_way_through_lines(sealed: TrainedBundle, task: Task) -> None:
    scorer = FeatureScorer(sealed(task))
    table = feature_table(sealed(task), copies=2)
    rows = [json.loads(line) for line in instance_lines(batches(table), scorer.encoding.names)]
    numbers = [row.pop(ROW) for row in rows]
    status, told = answered(BatchApp(scorer, {}), json.dumps({"instances": rows}).encode())
    lines = [
        json.dumps({"key": number, "prediction": one}).encode()
        for number, one in zip(numbers, told["predictions"], strict=True)
    ]
    assert (status, numbers) == (200, list(range(table.num_rows)))
    assert read_answers(reversed(lines), rows=table.num_rows) == scorer.table(table)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        pytest.param(b'{"instances": [{}]}', 422, "instance 0 has no carrier, distance", id="no features"),
        pytest.param(b'{"instances": [3]}', 422, "1 of 1 rows are no objects", id="no row"),
        pytest.param(b'{"rows": []}', 422, "the body has no `instances`", id="no instances"),
        pytest.param(b"{", 400, "the body is not JSON", id="half of a body"),
        pytest.param(
            b'{"instances": [{"distance": "far", "carrier": null, "hour": 1, "wind": 1}]}',
            422,
            "could not convert string to float",
            id="a text for a number",
        ),
    ],
)
def test_what_the_container_cannot_score_is_refused_in_words(
    sealed: TrainedBundle, body: bytes, status: int, told: str
) -> None:
    found = answered(BatchApp(FeatureScorer(sealed("binary")), {}), body)
    assert (found[0], told in found[1]["error"]) == (status, True), found


def test_the_container_answers_at_the_routes_that_it_is_told(sealed: TrainedBundle) -> None:
    app = BatchApp(FeatureScorer(sealed("binary")), {"AIP_PREDICT_ROUTE": "/score"})
    assert answered(app, b"{", "/score")[0] == 400
    assert answered(app, b"{", PREDICT)[0] == 404


def test_an_infinite_feature_is_refused_and_a_missing_one_is_not(sealed: TrainedBundle) -> None:
    rows = feature_table(sealed("binary"), copies=1)
    distance = [None, float("inf"), *rows["distance"].to_pylist()[2:]]
    wrong = rows.set_column(rows.column_names.index("distance"), "distance", pa.array(distance))
    with pytest.raises(LifecycleError, match="row 1: the feature 'distance' is infinite"):
        list(instance_lines(batches(wrong), ["distance"]))
    (first,) = list(instance_lines(batches(wrong.slice(0, 1)), ["distance"]))
    assert json.loads(first) == {ROW: 0, "distance": None}


def line(key: object, **prediction: object) -> bytes:
    return json.dumps({"key": key, "prediction": prediction}).encode()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param([line(0, value=1)], "1 have no answer and 0 more than one", id="too few"),
        pytest.param([line(0, value=1)] * 2 + [line(1, value=1)], "0 have no answer and 1 more", id="twice"),
        pytest.param([line(2, value=1)], "row 2 of 2", id="a row that there is not"),
        pytest.param([line(-1, value=1)], "row -1 of 2", id="a negative row"),
        pytest.param([b'{"key": 0}'], "a line is no answer", id="no prediction"),
        pytest.param([line(0, probability=0.5)], "a line is no answer", id="no value"),
        pytest.param([b"{"], "a line is no answer", id="half a line"),
    ],
)
def test_answers_that_do_not_fit_the_rows_are_refused(lines: Sequence[bytes], told: str) -> None:
    with pytest.raises(LifecycleError, match=told):
        read_answers(lines, rows=2)


def test_too_few_answers_may_still_come() -> None:
    with pytest.raises(MissingAnswersError):
        read_answers([], rows=1)
    assert read_answers([line(0, value=1.5)], rows=1) == [Score(1.5)]


def test_a_key_that_is_named_as_an_answer_is_refused() -> None:
    with pytest.raises(LifecycleError, match="a column value of its own"):
        refuse_taken_names(["value", "sent_at"])

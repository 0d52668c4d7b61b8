"""What every place that scores whole tables keeps to: the answers of the endpoint, to the bit."""

import pytest

from lifecycle.endpoint.scorer import Score, Scorer
from lifecycle.registry.bundle import Bundle
from lifecycle.spec.model import Task
from resources.batch.base import Batch
from resources.batch.local import LocalBatch
from tests.conftest import TrainedBundle
from tests.resources.batch.batch_cases import batches, feature_table, job_of


@pytest.fixture
def batch(request: pytest.FixtureRequest) -> Batch:
    if request.param == "local":
        return LocalBatch()
    adapter: Batch = request.getfixturevalue("on_vertex")()
    return adapter


def endpoint_answers(bundle: Bundle, copies: int) -> list[Score]:
    """What an endpoint answers to the same rows, asked for as a batch."""
    scorer = Scorer.load(bundle)
    requests = [golden["request"] for golden in scorer.golden]
    return scorer.score(requests) * copies


# A container takes two seconds to start; what it says of other tasks is shown without one.
@pytest.mark.parametrize(
    ("batch", "task"),
    [("local", "binary"), ("local", "multiclass"), ("local", "regression"), ("vertex", "binary")],
    indirect=["batch"],
)
def test_each_row_gets_the_answer_of_the_endpoint_in_the_order_of_the_rows(
    batch: Batch, sealed: TrainedBundle, task: Task
) -> None:
    bundle = sealed(task)
    table = feature_table(bundle)
    parts = batch.score(job_of(bundle, table), batches(table), progress=lambda line: None)
    found = [score for part in parts for score in part]
    assert found == endpoint_answers(bundle, copies=4)
    assert len({str(score) for score in found}) > 1, "else no order could be told"


@pytest.mark.parametrize("batch", ["local", "vertex"], indirect=True)
def test_a_table_without_rows_has_no_answers(batch: Batch, sealed: TrainedBundle) -> None:
    bundle = sealed("binary")
    table = feature_table(bundle, copies=1).slice(0, 0)
    parts = batch.score(job_of(bundle, table), iter(()), progress=lambda line: None)
    assert [score for part in parts for score in part] == []

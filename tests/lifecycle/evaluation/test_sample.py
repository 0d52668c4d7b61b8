import numpy as np
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.sample import Task, build_sample


def test_blocks_are_numbered_in_the_order_of_their_ids() -> None:
    days = np.array(["2013-04-02", "2013-04-01", "2013-04-02"], dtype="datetime64[D]")
    sample = build_sample("binary", [0, 1, 1], [0.1, 0.2, 0.3], blocks=days)
    assert (sample.block.tolist(), sample.n_blocks) == ([1, 0, 1], 2)


def test_without_blocks_each_row_is_its_own() -> None:
    assert build_sample("regression", [5.0, 6.0], [5.0, 7.0]).n_blocks == 2


def test_a_score_at_the_threshold_is_a_positive_decision() -> None:
    assert build_sample("binary", [0, 1], [0.3, 0.5], threshold=0.5).decisions.tolist() == [0.0, 1.0]


def test_decisions_without_a_threshold_say_where_to_get_one() -> None:
    with pytest.raises(LifecycleError, match="choose the operating point on training data"):
        _ = build_sample("binary", [0, 1], [0.3, 0.5]).decisions


@pytest.mark.parametrize(
    ("task", "y", "scores", "message"),
    [
        pytest.param("binary", [0, 1], [0.5], "one entry per row: 2, 1, 2", id="a score is missing"),
        pytest.param(
            "binary", [0, 1, 1], [0.5, np.nan, np.inf], "2 of 3 scores are not finite", id="no number"
        ),
        pytest.param(
            "binary", [0, np.nan], [0.5, 0.5], "1 of 2 labels are not finite", id="a label is unknown"
        ),
        pytest.param(
            "binary", [0, 1], [-2.0, 3.5], "found -2 to 3.5: apply the model's link", id="raw margins"
        ),
        pytest.param("binary", [0, 2], [0.5, 0.5], "class numbers 0 to 1; found 0 to 2", id="a third class"),
        pytest.param(
            "binary", [0, 1], [[0.5, 0.5]] * 2, r"found shapes \(2,\) and \(2, 2\)", id="two columns"
        ),
        pytest.param("multiclass", [0, 1], [0.5, 0.5], "2 dimension", id="one column for several classes"),
        pytest.param(
            "multiclass", [0, 3], np.full((2, 3), 1 / 3), "0 to 2; found 0 to 3", id="an unseen class"
        ),
        pytest.param("multiclass", [0, 1], [[0.5, 0.9]] * 2, "add up to 1", id="not a distribution"),
    ],
)
def test_rows_that_cannot_be_evaluated_are_refused(
    task: Task, y: object, scores: object, message: str
) -> None:
    with pytest.raises(LifecycleError, match=message):
        build_sample(task, y, scores)  # type: ignore[arg-type]  # the cases are wrong on purpose

"""Classes and their order."""

import numpy as np
import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task
from lifecycle.training.labels import class_index, class_values


def labels(*values: object) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


@pytest.mark.parametrize(
    ("task", "values", "positive", "classes", "index"),
    [
        pytest.param("binary", (True, None, False), True, (False, True), [1, None, 0], id="booleans"),
        pytest.param("binary", (True, False, True), False, (True, False), [0, 1, 0], id="positive is false"),
        pytest.param("binary", (0, 1, 1), True, (0, 1), [0, 1, 1], id="one stands for true"),
        pytest.param("binary", ("yes", "no"), "no", ("yes", "no"), [0, 1], id="words"),
        pytest.param("multiclass", ("b", None, "a"), True, ("a", "b"), [1, None, 0], id="classes by name"),
        pytest.param("multiclass", (3, 1, 2), True, (1, 2, 3), [2, 0, 1], id="classes by number"),
        pytest.param("regression", (1.5, None, -2.0), True, (), [1.5, None, -2.0], id="numbers as they are"),
        pytest.param("regression", (2**60 + 1,), True, (), [float(2**60)], id="whole numbers are rounded"),
    ],
)
def test_labels_are_numbers_in_the_order_of_the_classes(
    task: Task,
    values: tuple[object, ...],
    positive: Scalar,
    classes: tuple[Scalar, ...],
    index: list[float | None],
) -> None:
    found = class_values(task, labels(*values), positive=positive)
    assert found == classes
    assert list(map(type, found)) == list(map(type, classes))
    expected = np.array([np.nan if value is None else value for value in index], dtype=np.float64)
    np.testing.assert_array_equal(class_index(labels(*values), found), expected)


def test_a_class_that_was_never_fit_is_no_number() -> None:
    np.testing.assert_array_equal(class_index(labels("a", "z"), ("a", "b")), [0, np.nan])


@pytest.mark.parametrize(
    ("task", "values", "message"),
    [
        ("binary", (True, True), r"the values \[True\], a binary model needs two"),
        ("binary", (False, False), r"the values \[False\], a binary model needs two"),
        ("binary", ("a", "b"), r"one of them `model.positive` \(True\)"),
        ("binary", (0, 1, 2), r"the values \[0, 1, 2\], a binary model needs two"),
        ("multiclass", ("a", "a"), r"the values \['a'\]: a multiclass model needs at least two"),
    ],
)
def test_labels_that_no_model_can_learn_are_refused(
    task: Task, values: tuple[object, ...], message: str
) -> None:
    with pytest.raises(LifecycleError, match=message):
        class_values(task, labels(*values), positive=True)

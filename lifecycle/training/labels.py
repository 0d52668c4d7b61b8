"""Label values as the numbers a trainer fits, and back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task

if TYPE_CHECKING:
    import pyarrow as pa


def class_values(task: Task, labels: "pa.ChunkedArray", *, positive: Scalar) -> tuple[Scalar, ...]:
    """The classes in the order of the scores: for binary (negative, positive); empty for regression.

    Raises:
        LifecycleError: binary with other than two values, a positive value that never occurs, or one class.
    """
    import pyarrow.compute as pc

    if task == "regression":
        return ()
    values = sorted(
        (v for v in pc.unique(labels).to_pylist() if v is not None), key=lambda v: (str(type(v)), v)
    )
    if task == "multiclass":
        if len(values) < 2:
            raise LifecycleError(f"the label has the values {values}: a multiclass model needs at least two")
        return tuple(values)
    if len(values) != 2 or positive not in values:
        raise LifecycleError(
            f"the label has the values {values[:5]}, a binary model needs two, one of them `model.positive` "
            f"({positive!r}): check the label column, or widen the window"
        )
    # Sorted by what the data holds: the labels 0 and 1 are the classes 0 and 1, also where True is positive.
    return tuple(sorted(values, key=lambda value: bool(value == positive)))


def refuse_unseen(labels: "pa.ChunkedArray", classes: Sequence[Scalar], *, part: str) -> None:
    """Refuse labels of a later part that no row that fits has: such a model can only be wrong about them.

    Raises:
        LifecycleError: naming the values.
    """
    import pyarrow.compute as pc

    if classes and (unseen := sorted(set(pc.unique(labels).to_pylist()) - set(classes), key=str)):
        raise LifecycleError(
            f"the {part} part holds the label values {unseen[:5]}, which no row that fits has: widen the "
            "window, or merge rare values in the source"
        )


def class_index(labels: "pa.ChunkedArray", classes: Sequence[Scalar]) -> NDArray[np.float64]:
    """Position of each label among the classes (NaN where missing); without classes, the label itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not classes:
        column = pc.cast(labels, pa.float64(), safe=False)
    else:
        column = pc.cast(
            pc.index_in(labels, value_set=pa.array(classes, type=labels.type), skip_nulls=True), pa.float64()
        )
    encoded: NDArray[np.float64] = pc.fill_null(column, float("nan")).to_numpy()
    return encoded

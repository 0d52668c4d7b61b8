"""Rows as lines of JSON for a batch service, and its answers read back: each row exactly once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.endpoint.json_bytes import read_json, write_json
from lifecycle.endpoint.scorer import Score
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "flywheel_row"
"""Key of an instance: the row's number. Services answer in an order of their own."""


class MissingAnswersError(LifecycleError):
    """Not each row has exactly one answer; files of the service may still come."""


def instance_lines(batches: "Iterable[pa.RecordBatch]", features: Sequence[str]) -> Iterator[bytes]:
    """A line for each row: its number, and the features that the model sees.

    Raises:
        LifecycleError: one is infinite, which JSON has no word for.
    """
    number = 0
    for batch in batches:
        _refuse_infinite(batch, features, before=number)
        for row in batch.select(list(features)).to_pylist():
            yield write_json({ROW: number, **row}) + b"\n"
            number += 1


def _refuse_infinite(batch: "pa.RecordBatch", features: Sequence[str], *, before: int) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in features:
        column = batch.column(name)
        if pa.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py():
            row = before + pc.index(pc.is_inf(column), True).as_py()
            raise LifecycleError(
                f"row {row}: the feature {name!r} is infinite, and rows travel as JSON, which has no word "
                "for it: bound it in the spec, or score where the run is"
            )


def read_answers(lines: Iterable[bytes], *, rows: int) -> list[Score]:
    """Answers in the order of the rows.

    Args:
        lines: `{"key": ROW, "prediction": {...}}`, in any order.
        rows: as many were asked.

    Raises:
        MissingAnswersError: not each row has exactly one.
        LifecycleError: a line is no answer.
    """
    found: list[Score | None] = [None] * rows
    seen = np.zeros(rows, dtype=np.int64)
    for line in lines:
        try:
            told = read_json(line)
            number, prediction = int(told["key"]), told["prediction"]
            score = Score(prediction["value"], prediction.get("probability"), prediction.get("probabilities"))
            if not 0 <= number < rows:
                raise ValueError(f"row {number} of {rows}")
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise LifecycleError(
                f"a line is no answer ({exc}): {line[:200].decode(errors='replace')}"
            ) from exc
        seen[number] += 1
        found[number] = score
    if (seen != 1).any():
        lacking, more = int((seen == 0).sum()), int((seen > 1).sum())
        raise MissingAnswersError(
            f"of {rows} rows {lacking} have no answer and {more} more than one: nothing was published"
        )
    return [score for score in found if score is not None]

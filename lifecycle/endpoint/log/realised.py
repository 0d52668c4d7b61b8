"""How right each version was, where the truth is in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lifecycle.endpoint.service_metrics import NOT_JUDGED
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """One version over rows that it scored itself."""

    version: str
    rows: int
    labelled: int
    metrics: Mapping[str, float]
    """`accuracy` of classes, `brier` of a binary model, `mae` of numbers; empty without a label."""
    delays_s: tuple[float, float, float] | None
    """Median, 90 % and 99 % quantile of the time from an answer to its label; None: no label has a time."""

    @property
    def coverage(self) -> float:
        """Share of its rows with a label."""
        return self.labelled / self.rows


def realised(labelled: "pa.Table", *, task: Task, positive: Scalar) -> tuple[Realised, ...]:
    """Each version that scored rows, by its number as text; shadows count, tests by an override do not.

    Args:
        labelled: `at`, `assignment`, `version`, `value`, `probability`, `label`, `label_known_at`.
        task: of the model.
        positive: the class that a probability is of.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    scored = pc.and_(pc.is_valid(labelled["value"]), pc.is_valid(labelled["version"]))
    judged = pc.invert(pc.is_in(labelled["assignment"], pa.array(sorted(NOT_JUDGED))))
    rows = labelled.filter(pc.and_(scored, judged))
    versions = sorted(rows["version"].unique().to_pylist())
    return tuple(_of(v, rows.filter(pc.equal(rows["version"], v)), task, positive) for v in versions)


def _of(version: str, rows: "pa.Table", task: Task, positive: Scalar) -> Realised:
    import numpy as np
    import pyarrow.compute as pc

    known = rows.filter(pc.is_valid(rows["label"]))
    dated = known.filter(pc.is_valid(known["label_known_at"]))
    delays = dated["label_known_at"].cast("int64").to_numpy() - dated["at"].cast("int64").to_numpy()
    q50, q90, q99 = np.quantile(delays / 1e6, [0.5, 0.9, 0.99]) if len(delays) else (0.0, 0.0, 0.0)
    return Realised(
        version=version,
        rows=rows.num_rows,
        labelled=known.num_rows,
        metrics=_metrics(known, task, positive) if known.num_rows else {},
        delays_s=(float(q50), float(q90), float(q99)) if len(delays) else None,
    )


def _metrics(known: "pa.Table", task: Task, positive: Scalar) -> dict[str, float]:
    import numpy as np

    told, true = _values(known, "value"), _values(known, "label")
    if task == "regression":
        errors = [abs(float(t) - float(v)) for t, v in zip(told, true, strict=True)]
        return {"mae": float(np.mean(errors))}
    found = {"accuracy": float(np.mean([t == v for t, v in zip(told, true, strict=True)]))}
    scores = known["probability"]
    if task == "binary" and scores.null_count == 0:
        hits = np.array([v == positive for v in true], float)
        found["brier"] = float(np.mean((scores.to_numpy() - hits) ** 2))
    return found


def _values(table: "pa.Table", column: str) -> list[Any]:
    texts = table[column].to_pylist()
    # Few different texts: each is read once.
    read = {text: json.loads(text) for text in set(texts)}
    return [read[text] for text in texts]

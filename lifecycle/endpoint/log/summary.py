"""How each variant served over a table of the log: the facts of `service_metrics`, for millions of rows."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.endpoint.service_metrics import NOT_JUDGED, PROBABILITY_EDGES, Scores

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

SUMMARY_COLUMNS = (
    "request", "at", "latency_us", "assignment", "assigned", "assigned_version", "variant", "version",
    "reason", "value", "probability", "probabilities",
)  # fmt: skip
"""What a summary reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSummary:
    """One variant over all rows that were assigned to it."""

    variant: str
    version: str
    requests: int
    rows: int
    failures: Mapping[str, int]
    """Reason -> requests for which the variant gave no scores, whether or not another answered for it."""
    fallback_rate: float
    """Share of its rows that another one answered for."""
    null_rate: float | None
    """Share of missing values among the features that it computed; None: the log tells none."""
    p50_ms: float
    p99_ms: float
    """Nearest rank over requests."""
    per_s: float
    scores: Scores | None
    """None: no row was scored, or the answers are classes of several."""

    @property
    def error_rate(self) -> float:
        """Share of its requests that failed."""
        return sum(self.failures.values()) / self.requests


def summarize(
    table: "pa.Table", *, window_s: float, edges: Sequence[float] = PROBABILITY_EDGES
) -> tuple[VariantSummary, ...]:
    """A summary of each variant and version that has rows, by name. Rows of an override are left out.

    Args:
        table: the columns `SUMMARY_COLUMNS`, and those of features as far as they are wanted.
        window_s: the time that the table covers.
        edges: of the score's bins, ascending.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    judged = table.filter(pc.invert(pc.is_in(table["assignment"], pa.array(sorted(NOT_JUDGED)))))
    arms = judged.group_by(["assigned", "assigned_version"]).aggregate([]).to_pylist()
    found = []
    for arm in sorted(arms, key=lambda one: (one["assigned"], one["assigned_version"])):
        name, version = arm["assigned"], arm["assigned_version"]
        own = pc.and_(pc.equal(judged["assigned"], name), pc.equal(judged["assigned_version"], version))
        found.append(_summary(judged.filter(own), name, version, window_s=window_s, edges=edges))
    return tuple(found)


def _summary(
    rows: "pa.Table", variant: str, version: str, *, window_s: float, edges: Sequence[float]
) -> VariantSummary:
    import numpy as np
    import pyarrow.compute as pc

    # A caller may use an id again: with its time it is one request.
    requests = rows.group_by(["request", "at"]).aggregate([("latency_us", "max"), ("reason", "max")])
    latencies = np.sort(requests["latency_us_max"].to_numpy()) / 1000
    failed = pc.value_counts(requests["reason_max"].drop_null()).to_pylist()
    scored = pc.and_kleene(pc.equal(rows["variant"], variant), pc.equal(rows["version"], version))
    return VariantSummary(
        variant=variant,
        version=version,
        requests=requests.num_rows,
        rows=rows.num_rows,
        failures={one["values"]: one["counts"] for one in failed},
        fallback_rate=pc.sum(pc.equal(rows["assignment"], "fallback")).as_py() / rows.num_rows,
        null_rate=_null_rate(rows.filter(scored)),
        p50_ms=_nearest_rank(latencies, 0.5),
        p99_ms=_nearest_rank(latencies, 0.99),
        per_s=requests.num_rows / window_s,
        scores=_scores(rows.filter(scored), edges),
    )


def _null_rate(scored: "pa.Table") -> float | None:
    """A column without a value is a feature of another version: a table of several has those of all."""
    features = [scored[name] for name in scored.column_names if name.startswith("feature.")]
    computed = [column for column in features if column.null_count < scored.num_rows]
    if not computed:
        return None
    nulls: int = sum(column.null_count for column in computed)
    return float(nulls / (len(computed) * scored.num_rows))


def _nearest_rank(ascending: "npt.NDArray[np.float64]", share: float) -> float:
    return float(ascending[max(0, math.ceil(share * len(ascending)) - 1)])


def _scores(rows: "pa.Table", edges: Sequence[float]) -> Scores | None:
    import numpy as np

    scores = rows["probability"].drop_null().to_numpy()
    if not len(scores) and not (rows.num_rows - rows["probabilities"].null_count):
        told = [json.loads(text) for text in rows["value"].drop_null().to_pylist()]
        scores = np.array([v for v in told if isinstance(v, int | float) and not isinstance(v, bool)], float)
    if not len(scores):
        return None
    counts = np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(edges) + 1)
    return Scores(
        n=len(scores),
        mean=float(scores.mean()),
        sd=float(scores.std(ddof=1)) if len(scores) > 1 else 0.0,
        counts=tuple(counts.tolist()),
    )

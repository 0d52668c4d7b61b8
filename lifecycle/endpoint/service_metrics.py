"""How well each variant served, by window: what guardrails read. Pure: rows of the log in, facts out."""

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lifecycle.endpoint.log.record import LoggedRow

PROBABILITY_EDGES = tuple(i / 20 for i in range(1, 20))
"""Twenty bins of equal width: fine enough for a shift, and the same for every version."""
NOT_JUDGED = frozenset({"override"})
"""Assignments by somebody's wish: a test run must neither pass nor fail a variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Distribution of scores: probabilities of the positive class, or numbers of a regression."""

    n: int
    mean: float
    sd: float
    """Of the sample (n - 1); 0.0 for a single score."""
    counts: tuple[int, ...]
    """Over the bins between the edges: the first is below them all, an edge belongs to the bin above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMetrics:
    """One variant in one window. A rate is None where nothing was asked: no data is neither good nor bad."""

    variant: str
    version: str
    start: datetime
    window_s: int
    requests: int
    rows: int
    failures: Mapping[str, int]
    """Reason -> requests for which the variant gave no scores, whether or not another answered for it."""
    error_rate: float | None
    """Share of its requests that failed."""
    null_rate: float | None
    """Share of missing values among the features that it computed."""
    p50_ms: float | None
    p99_ms: float | None
    """Nearest rank over requests: the smallest latency that 99 % of the requests keep."""
    per_s: float
    scores: Scores | None
    """None: no row was scored, or the answers are classes of several."""
    classes: Mapping[str, int]
    """Answer -> rows, for classifications."""


def service_metrics(
    rows: Iterable[LoggedRow], *, window_s: int, edges: Sequence[float] = PROBABILITY_EDGES
) -> list[ServiceMetrics]:
    """Metrics of every variant and window that has rows, by start and then by name.

    A row belongs to the variant that it was assigned to: a failure that another variant answered for is still
    its failure. Shadows are variants like others, with the latency of their scoring. Rows that a caller sent
    to a variant on purpose are left out.

    Args:
        rows: of the log, in any order.
        window_s: length of a window; windows start at multiples of it since 1970 UTC.
        edges: of the score's bins, ascending.

    Raises:
        ValueError: a window without length.
    """
    if window_s < 1:
        raise ValueError(f"a window of {window_s} s has no length")
    windows: dict[tuple[int, str, str], list[LoggedRow]] = defaultdict(list)
    for row in rows:
        if row.assignment not in NOT_JUDGED:
            start = int(row.at.timestamp()) // window_s * window_s
            windows[start, row.assigned.name, row.assigned.version].append(row)
    return [
        _metrics(members, variant=variant, version=version, start=start, window_s=window_s, edges=edges)
        for (start, variant, version), members in sorted(windows.items(), key=lambda item: item[0])
    ]


def nearest_rank(ascending: Sequence[float], share: float) -> float | None:
    """The smallest value that at least a share of the values does not exceed; None of none.

    >>> nearest_rank([10, 20, 30, 40], 0.5), nearest_rank([10, 20, 30, 40], 0.99), nearest_rank([], 0.5)
    (20, 40, None)
    """
    if not ascending:
        return None
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]


def _metrics(
    rows: Sequence[LoggedRow],
    *,
    variant: str,
    version: str,
    start: int,
    window_s: int,
    edges: Sequence[float],
) -> ServiceMetrics:
    # A caller may use an id again: with its time it is one request.
    requests = {(row.request, row.at): row for row in rows}
    failures = Counter(row.reason for row in requests.values() if row.reason is not None)
    latencies = sorted(row.latency_us / 1000 for row in requests.values())
    own = [row for row in rows if row.answered == row.assigned and row.value is not None]
    values = [value for row in own for value in row.features.values()]
    return ServiceMetrics(
        variant=variant,
        version=version,
        start=datetime.fromtimestamp(start, UTC),
        window_s=window_s,
        requests=len(requests),
        rows=len(rows),
        failures={str(reason): n for reason, n in failures.items()},
        error_rate=failures.total() / len(requests),
        null_rate=sum(value is None for value in values) / len(values) if values else None,
        p50_ms=nearest_rank(latencies, 0.5),
        p99_ms=nearest_rank(latencies, 0.99),
        per_s=len(requests) / window_s,
        scores=_scores(own, edges),
        classes=Counter(str(row.value) for row in own if _is_classified(row)),
    )


def _is_classified(row: LoggedRow) -> bool:
    return row.probability is not None or row.probabilities is not None


def _scores(rows: Sequence[LoggedRow], edges: Sequence[float]) -> Scores | None:
    scores = [s for row in rows if (s := _score(row)) is not None]
    if not scores:
        return None
    counts = [0] * (len(edges) + 1)
    for score in scores:
        counts[bisect_right(edges, score)] += 1
    mean = math.fsum(scores) / len(scores)
    squares = math.fsum((score - mean) ** 2 for score in scores)
    sd = math.sqrt(squares / (len(scores) - 1)) if len(scores) > 1 else 0.0
    return Scores(n=len(scores), mean=mean, sd=sd, counts=tuple(counts))


def _score(row: LoggedRow) -> float | None:
    if row.probability is not None:
        return row.probability
    if row.probabilities is not None or isinstance(row.value, str | bool) or row.value is None:
        return None
    return float(row.value)

"""What the log keeps of the part of a request."""

from collections.abc import Sequence

from lifecycle.endpoint.log.hiding import pseudonym
from lifecycle.endpoint.log.record import PartEntry
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.outcome import Outcome
from lifecycle.endpoint.parts import Route, Rows
from lifecycle.endpoint.router import BUCKETS
from lifecycle.features.columns import Columns
from lifecycle.features.expression import Value

HIDDEN_BUCKET = BUCKETS
"""Of a sensitive key that chose the variant. Its own is none of the log's: the salt is no secret, so whoever
has a list of keys would find the few that share it."""


def part_entry(request_log: RequestLog, route: Route, rows: Rows, outcome: Outcome) -> PartEntry:
    """What the log keeps of a part."""
    part, scored = outcome.part, outcome.scored
    logged = route.logged[outcome.answered.variant.name] if outcome.answered else None
    n_rows, names = len(part.positions), [name for name, _ in logged.features] if logged else []
    keys: Sequence[str | None] = part.keys
    buckets: Sequence[int] = part.buckets
    if (secret := route.secret) is not None:
        buckets = [
            HIDDEN_BUCKET if key and bucket >= 0 else bucket
            for key, bucket in zip(keys, buckets, strict=True)
        ]
        keys = [pseudonym(secret, key) if key else key for key in keys]
    return PartEntry(
        assigned=request_log.number(route.logged[part.assignment.variant]),
        answered=request_log.number(logged) if logged else None,
        how=part.assignment.how,
        propensity=part.assignment.propensity,
        reason=outcome.reason,
        rows=part.positions,
        keys=keys,
        buckets=buckets,
        scores=scored.scores if scored else None,
        features=_by_row(scored.features, names, n_rows) if scored else [()] * n_rows,
        columns=[{name: rows[i].get(name) for name in route.columns} for i in part.positions],
        scoring_us=scored.scoring_us if scored and outcome.reason is None else None,
    )


def _by_row(features: Columns, names: Sequence[str], n_rows: int) -> Sequence[Sequence[Value]]:
    """The values of some features, row by row."""
    return list(zip(*[features[name] for name in names], strict=True)) if names else [()] * n_rows

"""Entries of a request log, for tests."""

from lifecycle.endpoint.log.record import LoggedVariant, PartEntry, RequestEntry
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.scorer import Score

AT_US = 1_364_817_600_000_000
"""2013-04-01T12:00:00Z."""
CHAMPION = LoggedVariant(
    name="champion",
    role="champion",
    version="3",
    digest="a" * 64,
    features=(("miles", "float"), ("carrier", "string")),
)


def append(log: RequestLog, request: str, *, at_us: int = AT_US, variant: LoggedVariant = CHAMPION) -> None:
    """Log a request of one row."""
    log.begin()
    number = log.number(variant)
    part = PartEntry(
        assigned=number,
        answered=number,
        how="hash",
        propensity=1.0,
        reason=None,
        rows=[0],
        keys=["k"],
        buckets=[7],
        scores=[Score(value=True, probability=0.75)],
        features=[(1.5, "AA")],
        columns=[{}],
        scoring_us=180,
    )
    log.append(
        RequestEntry(
            request=request,
            at_us=at_us,
            latency_us=250,
            protocol="plain",
            generation=1,
            status=200,
            parts=[part],
        )
    )

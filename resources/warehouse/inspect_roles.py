"""Questions about an inspected table whose label and event time are chosen."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from lifecycle.spec.data import Cadence
from lifecycle.spec.infer.facts import LabelFacts, TimeFacts
from lifecycle.spec.infer.label import MAX_CLASSES
from lifecycle.spec.kinds import Scalar
from resources.warehouse.casts import identifier
from resources.warehouse.inspect import Inspection

_HOURLY_DAYS = 3
_LABELS = "the labels"


def label_facts(inspection: Inspection, label: str, event_time: str | None) -> LabelFacts:
    """Values of a label, counted on all rows; `early` on the first three fifths by time."""
    x = identifier(label)
    counts = _counts(inspection, f"SELECT {x} FROM typed")
    missing = int(inspection.rows(f"SELECT count(*) FROM typed WHERE {x} IS NULL")[0][0])
    if not counts or event_time is None:
        return LabelFacts(counts=counts, missing=missing)
    t = identifier(event_time)
    cut = f"(SELECT quantile_disc({t}, 0.6) FROM typed WHERE {x} IS NOT NULL)"
    return LabelFacts(
        counts=counts, missing=missing, early=_counts(inspection, f"SELECT {x} FROM typed WHERE {t} < {cut}")
    )


def time_facts(
    inspection: Inspection,
    event_time: str,
    label: str,
    others: Sequence[str],
    *,
    validation: float,
    holdout: float,
) -> TimeFacts:
    """How the rows lie in time, and how other time columns lie to the event time."""
    t, x = identifier(event_time), identifier(label)
    days = inspection.rows(
        f"SELECT CAST({t} AS DATE), count(*) FROM typed WHERE {t} IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    by_day: dict[date, int] = dict(days)
    span = (max(by_day) - min(by_day)).days if by_day else 0
    hours: dict[datetime, int] = {}
    if span <= _HOURLY_DAYS:
        hours = dict(
            inspection.rows(
                f"SELECT date_trunc('hour', CAST({t} AS TIMESTAMP)), count(*) FROM typed "
                f"WHERE {t} IS NOT NULL GROUP BY 1 ORDER BY 1"
            )
        )
    labelled = f"(SELECT {t} AS t FROM typed WHERE {x} IS NOT NULL AND {t} IS NOT NULL)"
    ((fit, tune, judge, holdout_days),) = inspection.rows(
        f"""
        WITH cuts AS (
            SELECT quantile_disc(t, {1 - holdout - validation}) AS a, quantile_disc(t, {1 - holdout}) AS b
            FROM {labelled}
        )
        SELECT count(*) FILTER (t < a), count(*) FILTER (t >= a AND t < b), count(*) FILTER (t >= b),
            count(DISTINCT CAST(t AS DATE)) FILTER (t >= b)
        FROM {labelled}, cuts
        """
    )
    midnight = inspection.rows(f"SELECT bool_and({t} = date_trunc('day', {t})) FROM typed")[0][0]
    return TimeFacts(
        days=by_day,
        hours=hours,
        parts=(fit, tune, judge),
        holdout_days=holdout_days,
        midnight=bool(midnight),
        share_later={name: _share(inspection, f"{identifier(name)} > {t}", name) for name in others},
        tells_when=tuple(name for name in others if _tells_when(inspection, identifier(name), t, x)),
    )


def null_shares(
    inspection: Inspection, names: Sequence[str], event_time: str | None, every: Cadence | None
) -> Mapping[str, float]:
    """The largest share of missing values of a partition, by column; rows without a time are in none."""
    if not names:
        return {}
    shares = ", ".join(f"1 - count({identifier(name)}) / count(*) AS s{i}" for i, name in enumerate(names))
    largest = ", ".join(f"max(s{i})" for i in range(len(names)))
    rows = "typed" if event_time is None else f"typed WHERE {identifier(event_time)} IS NOT NULL"
    if event_time is not None and every is not None:
        rows += f" GROUP BY date_trunc('{every}', {identifier(event_time)})"
    return dict(
        zip(
            names,
            inspection.rows(f"SELECT {largest} FROM (SELECT {shares} FROM {rows})")[0],
            strict=True,
        )
    )


def _counts(inspection: Inspection, values: str) -> dict[Scalar, int]:
    """Value -> rows, most frequent first; nothing where there are too many values for classes."""
    query = (
        f"SELECT x, count(*) AS n FROM ({values}) AS {identifier(_LABELS)}(x) WHERE x IS NOT NULL GROUP BY x"
    )
    found = inspection.rows(f"{query} ORDER BY n DESC, x LIMIT {MAX_CLASSES + 1}")
    return dict(found) if len(found) <= MAX_CLASSES else {}


def _tells_when(inspection: Inspection, other: str, event_time: str, label: str) -> bool:
    without = f"{other} IS NULL OR {other} < {event_time}"
    query = f"SELECT count(*) FROM typed WHERE {label} IS NOT NULL AND ({without})"
    return not inspection.rows(query)[0][0]


def _share(inspection: Inspection, condition: str, name: str) -> float:
    query = f"SELECT count(*) FILTER ({condition}) / greatest(count({identifier(name)}), 1) FROM typed"
    return float(inspection.rows(query)[0][0])

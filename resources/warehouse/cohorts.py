"""From what a query counted by cohort to the coverage of labels: the same for every engine."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from lifecycle.data.maturity import Cohort, LabelCoverage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTS = ("rows", "known", "later", "undated", "missing", "missing_aged")


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)


def coverage_of(rows: Sequence[Mapping[str, Any]], *, as_of: datetime, fixed_us: int | None) -> LabelCoverage:
    """The coverage of a table whose rows have times.

    Args:
        rows: one a cohort, in the order of time: `cohort`, the counts of `Cohort`, `delays_s` (three
            quantiles, or None), and, the same in each of them, `labels`, `longest_us` and `last_us` of the
            whole table.
        as_of: the cut-off.
        fixed_us: the delay that the spec fixes, in microseconds.
    """
    whole: Mapping[str, Any] = rows[0] if rows else {"labels": 0, "longest_us": fixed_us, "last_us": None}
    return LabelCoverage(
        as_of=as_of,
        cohorts=tuple(_cohort(row) for row in rows),
        labels=whole["labels"],
        longest_s=None if whole["longest_us"] is None else whole["longest_us"] / 1e6,
        fixed=fixed_us is not None,
        last_sign=None if whole["last_us"] is None else _EPOCH + timedelta(microseconds=whole["last_us"]),
    )


def timeless_coverage(rows: int, known: int, *, as_of: datetime) -> LabelCoverage:
    """Rows without times are one cohort, and a label that is there is known."""
    everything = Cohort(
        name="all",
        rows=rows,
        known=known,
        later=0,
        undated=0,
        missing=rows - known,
        missing_aged=0,
        delays_s=None,
    )
    cohorts = (everything,) if rows else ()
    return LabelCoverage(
        as_of=as_of, cohorts=cohorts, labels=known, longest_s=None, fixed=False, last_sign=None, timed=False
    )


def _cohort(row: Mapping[str, Any]) -> Cohort:
    delays = row["delays_s"]
    return Cohort(
        name=row["cohort"],
        delays_s=None if delays is None else (delays[0], delays[1], delays[2]),
        **{name: row[name] for name in _COUNTS},
    )

"""Label coverage by cohort, in one query over three columns of a table."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lifecycle.data.maturity import LabelCoverage
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.data import Label
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.casts import identifier, literal
from resources.warehouse.cohorts import coverage_of, micros, timeless_coverage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Whole microseconds: an interval of DuckDB has months and days in it, which compare by rule of thumb.
_COVERAGE = """
WITH told AS (
  SELECT {cohort} AS cohort, epoch_us({at}) AS at_us, {label} IS NOT NULL AS labelled, {known_us} AS known_us
  FROM {relation} WHERE epoch_us({at}) >= $since_us
), seen AS (
  SELECT
    count(*) FILTER (labelled AND known_us IS NOT NULL) AS labels,
    coalesce(CAST($fixed_us AS BIGINT), max(known_us - at_us) FILTER (labelled)) AS longest_us,
    greatest(max(at_us), max(known_us) FILTER (labelled)) AS last_us
  FROM told
)
SELECT
  cohort,
  count(*) AS rows,
  count(*) FILTER (labelled AND known_us <= $as_of_us) AS known,
  count(*) FILTER (labelled AND known_us > $as_of_us) AS later,
  count(*) FILTER (labelled AND known_us IS NULL) AS undated,
  count(*) FILTER (NOT labelled) AS missing,
  count(*) FILTER (NOT labelled AND last_us - at_us > longest_us) AS missing_aged,
  quantile_cont((known_us - at_us) / 1e6, [0.5, 0.9, 0.99])
    FILTER (labelled AND known_us IS NOT NULL) AS delays_s,
  any_value(labels) AS labels, any_value(longest_us) AS longest_us, any_value(last_us) AS last_us
FROM told, seen GROUP BY cohort ORDER BY cohort
"""


def measure_coverage(
    connection: "DuckDBPyConnection",
    relation: str,
    columns: Mapping[str, ColumnType],
    spec: ModelSpec,
    *,
    as_of: datetime,
    since: datetime | None,
) -> LabelCoverage:
    """Measure a relation that holds event time and label, and knows when labels became known.

    Args:
        relation: SQL of a snapshot or of a feature table, trusted.
        columns: the columns it has.
        as_of: the cut-off.
        since: rows of earlier events are left out.
    """
    data = spec.data
    if data.event_time is None:
        return _timeless_coverage(connection, relation, data.label.column, as_of=as_of)
    fixed = None if data.label.delay is None else data.label.delay * 1_000_000
    grain, shown = ("hour", "%Y-%m-%d %H:00") if data.partition.every == "hour" else ("day", "%Y-%m-%d")
    at = identifier(data.event_time)
    sql = _COVERAGE.format(
        relation=relation,
        at=at,
        label=identifier(data.label.column),
        known_us=_known_us(columns, data.event_time, data.label),
        cohort=f"strftime(date_trunc('{grain}', {at} AT TIME ZONE {literal(data.time_zone)}), '{shown}')",
    )
    values = {
        "as_of_us": micros(as_of),
        "since_us": -(2**62) if since is None else micros(since),
        "fixed_us": fixed,
    }
    found = connection.execute(sql, values)
    names = [column[0] for column in found.description or ()]
    rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return coverage_of(rows, as_of=as_of, fixed_us=fixed)


def _timeless_coverage(
    connection: "DuckDBPyConnection", relation: str, label: str, *, as_of: datetime
) -> LabelCoverage:
    """Rows without times are one cohort, and a label that is there is known."""
    counted = f"SELECT count(*), count({identifier(label)}) FROM {relation}"
    rows, known = connection.execute(counted).fetchall()[0]
    return timeless_coverage(rows, known, as_of=as_of)


def _known_us(columns: Mapping[str, ColumnType], event_time: str, label: Label) -> str:
    """SQL of the time at which a label became known, in microseconds since 1970 UTC."""
    if LABEL_KNOWN_AT in columns:
        return f"epoch_us({identifier(LABEL_KNOWN_AT)})"
    if label.known_at is not None:
        return f"epoch_us({identifier(label.known_at)})"
    return f"epoch_us({identifier(event_time)}) + $fixed_us"

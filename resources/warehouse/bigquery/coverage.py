"""Label coverage by cohort on BigQuery; the meaning is that of `resources.warehouse.coverage`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lifecycle.data.maturity import LabelCoverage
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.data import Label
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.sql import Values, coded
from resources.warehouse.cohorts import coverage_of, micros, timeless_coverage

# Quantiles are exact only as window functions: each cohort's are the same in all of its rows.
_COVERAGE = """
WITH told AS (
  SELECT
    {cohort} AS cohort, UNIX_MICROS({at}) AS at_us, {label} IS NOT NULL AS labelled, {known_us} AS known_us
  FROM {relation} WHERE UNIX_MICROS({at}) >= {since_us}
), seen AS (
  SELECT
    COUNTIF(labelled AND known_us IS NOT NULL) AS labels,
    COALESCE({fixed_us}, MAX(IF(labelled, known_us - at_us, NULL))) AS longest_us,
    MAX(IF(labelled AND known_us > at_us, known_us, at_us)) AS last_us
  FROM told
), delays AS (
  SELECT cohort, at_us, labelled, known_us, {quantiles}
  FROM (SELECT *, IF(labelled, (known_us - at_us) / 1e6, NULL) AS delay_s FROM told)
)
SELECT
  cohort,
  COUNT(*) AS n,
  COUNTIF(labelled AND known_us <= {as_of_us}) AS known,
  COUNTIF(labelled AND known_us > {as_of_us}) AS later,
  COUNTIF(labelled AND known_us IS NULL) AS undated,
  COUNTIF(NOT labelled) AS missing,
  COUNTIF(NOT labelled AND last_us - at_us > longest_us) AS missing_aged,
  MAX(q0) AS q0, MAX(q1) AS q1, MAX(q2) AS q2,
  MAX(labels) AS labels, MAX(longest_us) AS longest_us, MAX(last_us) AS last_us
FROM delays CROSS JOIN seen GROUP BY cohort ORDER BY cohort
"""
_QUANTILES = ", ".join(
    f"PERCENTILE_CONT(delay_s, {share}) OVER (PARTITION BY cohort) AS q{i}"
    for i, share in enumerate((0.5, 0.9, 0.99))
)


def measure_coverage(
    jobs: Jobs,
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
        return _timeless_coverage(jobs, relation, data.label.column, as_of=as_of)
    fixed = None if data.label.delay is None else data.label.delay * 1_000_000
    grain = "%Y-%m-%d %H:00" if data.partition.every == "hour" else "%Y-%m-%d"
    at, values = coded(data.event_time), Values()
    fixed_us = "CAST(NULL AS INT64)" if fixed is None else values.bind(fixed, "int")
    sql = _COVERAGE.format(
        relation=relation,
        at=at,
        label=coded(data.label.column),
        known_us=_known_us(columns, data.event_time, data.label, fixed_us),
        cohort=f"FORMAT_TIMESTAMP('{grain}', {at}, '{data.time_zone}')",
        since_us=values.bind(-(2**62) if since is None else micros(since), "int"),
        fixed_us=fixed_us,
        as_of_us=values.bind(micros(as_of), "int"),
        quantiles=_QUANTILES,
    )
    found = jobs.run(sql, values, purpose="coverage")
    rows = [_counted(dict(row.items())) for row in found]
    return coverage_of(rows, as_of=as_of, fixed_us=fixed)


def _timeless_coverage(jobs: Jobs, relation: str, label: str, *, as_of: datetime) -> LabelCoverage:
    """Rows without times are one cohort, and a label that is there is known."""
    sql = f"SELECT COUNT(*), COUNT({coded(label)}) FROM {relation}"
    ((rows, known),) = jobs.rows(sql, purpose="coverage")
    return timeless_coverage(rows, known, as_of=as_of)


def _known_us(columns: Mapping[str, ColumnType], event_time: str, label: Label, fixed_us: str) -> str:
    """SQL of the time at which a label became known, in microseconds since 1970 UTC."""
    if LABEL_KNOWN_AT in columns:
        return f"UNIX_MICROS({coded(LABEL_KNOWN_AT)})"
    if label.known_at is not None:
        return f"UNIX_MICROS({coded(label.known_at)})"
    return f"UNIX_MICROS({coded(event_time)}) + {fixed_us}"


def _counted(row: dict[str, Any]) -> dict[str, Any]:
    """A row under the names of `coverage_of`: `rows` is a word of BigQuery's, its quantiles columns."""
    delays = None if row["q0"] is None else (row["q0"], row["q1"], row["q2"])
    return {**row, "rows": row["n"], "delays_s": delays}

"""The truth as a source in BigQuery tells it now; the meaning is that of `resources.warehouse.labels`."""

from datetime import datetime
from typing import TYPE_CHECKING

from lifecycle.data.rules import severity_of
from lifecycle.endpoint.log.labelled import labels_table
from lifecycle.spec.hidden import sensitive_of
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.bigquery.casts import read_as
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.sources import Relation
from resources.warehouse.bigquery.sql import Values, coded, order_by
from resources.warehouse.row_rules import raw_name

if TYPE_CHECKING:
    import pyarrow as pa


def read_labels(
    jobs: Jobs,
    relation: Relation,
    spec: ModelSpec,
    *,
    since: datetime,
    until: datetime,
    known_by: datetime,
) -> "pa.Table":
    """The labels of a source; see `Warehouse.labels`."""
    data, values = spec.data, Values()
    named = [data.entity, data.event_time, data.label.column, data.label.known_at]
    kinds = {name: data.columns[name].type for name in named if name is not None}
    # What cannot be read is missing here, where the contract sets such rows aside; else it is an error.
    lenient = {name: raw_name(name) for name in kinds if severity_of(spec, "readable", name) == "quarantine"}
    query = read_as(
        relation.sql,
        relation.columns,
        kinds,
        what=relation.role,
        time_zone=data.time_zone,
        values=values,
        lenient=lenient,
        hidden=sensitive_of(data.columns),
    )
    conditions, known = [f"{coded(data.label.column)} IS NOT NULL"], _known_at(spec, values)
    if data.event_time is not None:
        at = coded(data.event_time)
        first, last = values.bind(since, "timestamp"), values.bind(until, "timestamp")
        conditions.append(f"{at} >= {first} AND {at} < {last}")
    if known is not None:
        conditions.append(f"{known} <= {values.bind(known_by, 'timestamp')}")
    nothing = "CAST(NULL AS TIMESTAMP)"
    event = nothing if data.event_time is None else coded(data.event_time)
    sql = (
        f"SELECT {coded(data.entity)} AS key, {event} AS event_time, "
        f"{coded(data.label.column)} AS label, {known or nothing} AS known_at "
        f"FROM ({query}) WHERE {' AND '.join(conditions)} "
        f"ORDER BY {order_by(['key', 'event_time'], ['label', 'known_at'])}"
    )
    if jobs.max_bytes is not None:
        # A rollout asks each minute: a dry run more would only be waited for.
        jobs.afford(sql, values, what=relation.role)
    rows = jobs.table(sql, values, purpose="labels")
    return labels_table(
        rows["key"],
        None if data.event_time is None else rows["event_time"],
        rows["label"],
        None if known is None else rows["known_at"],
    )


def _known_at(spec: ModelSpec, values: Values) -> str | None:
    """SQL of the time at which a label became known; None where no time tells."""
    label = spec.data.label
    if label.known_at is not None:
        return coded(label.known_at)
    if label.delay is None or spec.data.event_time is None:
        return None
    event, delay = coded(spec.data.event_time), values.bind(label.delay, "int")
    return f"TIMESTAMP_ADD({event}, INTERVAL {delay} SECOND)"

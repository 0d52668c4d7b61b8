"""The truth as the source tells it now: key, event time, label, and when it became known."""

from datetime import datetime
from typing import TYPE_CHECKING

from lifecycle.data.rules import severity_of
from lifecycle.endpoint.log.labelled import labels_table
from lifecycle.spec.hidden import sensitive_of
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.casts import identifier
from resources.warehouse.row_rules import raw_name
from resources.warehouse.sources import columns_of, ordered, read_as

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def read_labels(
    connection: "DuckDBPyConnection",
    relation: str,
    spec: ModelSpec,
    *,
    since: datetime,
    until: datetime,
    known_by: datetime,
    what: str,
) -> "pa.Table":
    """The labels of a source; see `Warehouse.labels`.

    Args:
        relation: SQL of the source.
    """
    data = spec.data
    named = [data.entity, data.event_time, data.label.column, data.label.known_at]
    kinds = {name: data.columns[name].type for name in named if name is not None}
    # What cannot be read is missing here, where the contract sets such rows aside; else it is an error.
    lenient = {name: raw_name(name) for name in kinds if severity_of(spec, "readable", name) == "quarantine"}
    hidden = sensitive_of(data.columns)
    query = read_as(
        relation,
        columns_of(connection, relation),
        kinds,
        what=what,
        time_zone=data.time_zone,
        lenient=lenient,
        hidden=hidden,
    )
    conditions, bounds = [f"{identifier(data.label.column)} IS NOT NULL"], dict[str, datetime]()
    known = _known_at(spec)
    if data.event_time is not None:
        at = identifier(data.event_time)
        conditions.append(f"{at} >= $since AND {at} < $until")
        bounds |= {"since": since, "until": until}
    if known is not None:
        conditions.append(f"{known} <= $known_by")
        bounds["known_by"] = known_by
    event = "NULL" if data.event_time is None else identifier(data.event_time)
    chosen = f"""
        SELECT {identifier(data.entity)} AS key, {event} AS event_time,
          {identifier(data.label.column)} AS label, {known or "NULL"} AS known_at
        FROM ({query}) WHERE {" AND ".join(conditions)}
    """
    found = connection.execute(ordered(chosen, ["key", "event_time"], ["label", "known_at"]), bounds)
    rows = found.to_arrow_table()
    return labels_table(
        rows["key"],
        None if data.event_time is None else rows["event_time"],
        rows["label"],
        None if known is None else rows["known_at"],
    )


def _known_at(spec: ModelSpec) -> str | None:
    """SQL of the time at which a label became known; None where no time tells."""
    label = spec.data.label
    if label.known_at is not None:
        return identifier(label.known_at)
    if label.delay is None or spec.data.event_time is None:
        return None
    # Whole seconds: an interval of DuckDB has months and days in it, a second is always one.
    return f"{identifier(spec.data.event_time)} + to_seconds({label.delay})"

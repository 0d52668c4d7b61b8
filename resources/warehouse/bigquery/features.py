"""Feature tables and past rows as one query of BigQuery, compiled from the plan."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lifecycle.data.facts import MAX_SAMPLES
from lifecycle.features.history import HistorySource
from lifecycle.features.offline import duplicate_keys, feature_table
from lifecycle.features.plan import FeaturePlan, found_by
from lifecycle.features.sql import EVENTS, table_sql
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef
from resources.warehouse.bigquery.casts import read_as
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.sources import Relation
from resources.warehouse.bigquery.sql import SQL_TYPES, Values, coded, identifier, order_by
from resources.warehouse.lookups import ambiguous, hidden_keys, lookup_kinds
from resources.warehouse.past import chosen_past, column_types, unbound

if TYPE_CHECKING:
    import ibis.expr.types as ir

_EVENTS = f"the {EVENTS}"
"""No table of a spec has such a name: it holds a space."""


def rows_relation(tables: Sequence[tuple[TableRef, str]], *, role: str) -> Relation:
    """Several snapshots as one relation.

    Args:
        tables: each with its quoted name, at least one. Of columns that not all of them have, none is there.
    """
    shared = [name for name in tables[0][0].columns if all(name in table.columns for table, _ in tables)]
    chosen = ", ".join(f"{coded(name)} AS {identifier(name)}" for name in shared)
    union = " UNION ALL ".join(f"SELECT {chosen} FROM {name}" for _, name in tables)
    columns = {name: SQL_TYPES[tables[0][0].columns[name]] for name in shared}
    return Relation(role=role, sql=f"({union})", columns=columns)


def typed(
    relation: Relation,
    kinds: Mapping[str, ColumnType],
    spec: ModelSpec,
    values: Values,
    hidden: Collection[str] = (),
) -> str:
    """SQL of a relation's columns as logical types; values of `hidden` ones stand in no error."""
    return read_as(
        relation.sql,
        relation.columns,
        kinds,
        what=relation.role,
        time_zone=spec.data.time_zone,
        values=values,
        hidden=hidden,
    )


def typed_lookup(relation: Relation, lookup: str, spec: ModelSpec, values: Values) -> str:
    """SQL of a lookup's columns as logical types."""
    return typed(relation, lookup_kinds(spec, lookup), spec, values, hidden_keys(spec, lookup))


def with_names(queries: Mapping[str, str], body: str) -> str:
    """A query over named queries; its names are those that `table_sql` writes."""
    named = ", ".join(f"{coded(name)} AS ({query})" for name, query in queries.items())
    return f"WITH {named} SELECT * FROM ({body})"


def feature_query(
    plan: FeaturePlan,
    spec: ModelSpec,
    snapshot: TableRef,
    events: str,
    lookups: Mapping[str, Relation],
    sources: Mapping[str, Relation],
) -> tuple[str, Values, dict[str, ColumnType]]:
    """SQL of the feature table of a snapshot, its values, and its columns with their types.

    Args:
        events: quoted name of the snapshot.
        lookups, sources: where lookups and past rows lie, by name.
    """
    values = Values()
    sides = {name: unbound(name, lookup_kinds(spec, name)) for name in lookups}
    past = {name: unbound(past_name(name), plan.source(name).columns) for name in sources}
    asked = unbound(_EVENTS, snapshot.columns)
    bounds = (snapshot.window.start, snapshot.window.end)
    table = feature_table(plan, spec.data.label, asked, sides, bounds, past)
    queries = {
        _EVENTS: f"SELECT * FROM {events}",
        **{name: typed_lookup(of, name, spec, values) for name, of in lookups.items()},
        **{
            past_name(name): typed(of, column_types(plan.source(name)), spec, values)
            for name, of in sources.items()
        },
    }
    sql = with_names(queries, table_sql(table, dialect="bigquery"))
    return sql, values, {name: _kind(dtype) for name, dtype in table.schema().items()}


def refuse_ambiguous_lookups(
    jobs: Jobs, plan: FeaturePlan, spec: ModelSpec, lookups: Mapping[str, Relation], *, what: str
) -> None:
    """Stop where a lookup has two rows for one key (and time).

    Raises:
        LifecycleError: it names the lookup and some of the keys.
    """
    for lookup in plan.lookups:
        values, kinds = Values(), lookup_kinds(spec, lookup.name)
        table = duplicate_keys(lookup, unbound(lookup.name, kinds))
        query = {lookup.name: typed_lookup(lookups[lookup.name], lookup.name, spec, values)}
        sql = with_names(query, table_sql(table, dialect="bigquery"))
        order = order_by(found_by(lookup), [])
        rows = jobs.rows(f"{sql} ORDER BY {order} LIMIT {MAX_SAMPLES}", values, purpose="lookups")
        if rows:
            raise ambiguous(spec, lookup, [row[:-1] for row in rows], what=what)


def past_query(
    plan: FeaturePlan,
    spec: ModelSpec,
    source: HistorySource,
    relation: Relation,
    *,
    since: datetime,
    known_by: datetime,
    intervals: Sequence[tuple[str, "ir.Table", str]] | None,
) -> tuple[str, Values]:
    """SQL of the rows of `Warehouse.history_rows`, and its values.

    Args:
        intervals: of each group its name, its table to compile against, and the quoted table that holds it.
    """
    values, name = Values(), past_name(source.name)
    rows = unbound(name, source.columns)
    needed = None if intervals is None else [table for _, table, _ in intervals]
    table = chosen_past(rows, plan, source, since=since, known_by=known_by, intervals=needed)
    queries = {name: typed(relation, column_types(source), spec, values)}
    queries |= {of: f"SELECT * FROM {place}" for of, _, place in intervals or ()}
    body = with_names(queries, table_sql(table, dialect="bigquery"))
    return f"{body} ORDER BY {order_by([source.time], source.columns)}", values


def past_name(source: str) -> str:
    """What the rows of a source are called in a query; no lookup has such a name."""
    return f"the past {source}"


def _kind(dtype: Any) -> ColumnType:
    """The logical type of an ibis type."""
    kinds: Sequence[tuple[bool, ColumnType]] = (
        (dtype.is_boolean(), "bool"),
        (dtype.is_integer(), "int"),
        (dtype.is_floating(), "float"),
        (dtype.is_timestamp(), "timestamp"),
        (dtype.is_date(), "date"),
    )
    return next((kind for found, kind in kinds if found), "string")

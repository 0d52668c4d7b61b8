"""The feature table as the SQL of an engine, from the one plan.

Ibis compiles for BigQuery without Google's packages; only its connection needs them.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from lifecycle.features.expression import Kind
from lifecycle.features.lowering import IBIS_TYPES
from lifecycle.features.offline import feature_table
from lifecycle.features.plain_name import plain_name
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.data import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import ibis.expr.types as ir
    from sqlglot.expressions import Expr, Identifier

Dialect = Literal["duckdb", "bigquery"]
EVENTS = "events"
"""Name of the table of events; lookups and sources of histories bear their own."""


def feature_sql(
    plan: FeaturePlan,
    label: Label,
    columns: "Mapping[str, Kind]",
    window: tuple[datetime, datetime],
    *,
    dialect: Dialect,
) -> str:
    """SQL of the feature table.

    Args:
        plan: what to compute.
        label: which column is the label and when it becomes known.
        columns: of the events, and of the model's own past rows.
        window: bounds of the event times, UTC.
        dialect: the engine.
    """
    lookups = {}
    for lookup in plan.lookups:
        keys: dict[str, Kind] = {name: plan.request[asked].type for name, asked in lookup.key.items()}
        time: dict[str, Kind] = {lookup.known_at: "timestamp"} if lookup.known_at else {}
        lookups[lookup.name] = _table(lookup.name, {**keys, **time, **lookup.columns})
    sources = {source.name: _table(source.name, source.columns) for source in plan.sources}
    table = feature_table(plan, label, _table(EVENTS, columns), lookups, window, sources)
    return table_sql(table, dialect=dialect, pretty=True)


def table_sql(table: "ir.Table", *, dialect: Dialect, pretty: bool = False) -> str:
    """SQL of a table expression; the same expression gives the same text in every process."""
    from ibis.backends.sql.compilers import BigQueryCompiler, DuckDBCompiler
    from sqlglot.expressions import Star

    compiler = BigQueryCompiler() if dialect == "bigquery" else DuckDBCompiler()
    tree = compiler.to_sqlglot(table)
    for star in tree.find_all(Star):
        # Ibis leaves columns out in the order of a set, which is another one in each process.
        if left_out := star.args.get("except_"):
            star.set("except_", sorted(left_out, key=lambda column: str(column.name)))
    if dialect == "bigquery":
        # Parts of the tree hang in it more than once, and a name that is coded would be coded again.
        for name in {id(name): name for name in _names(tree)}.values():
            name.set("this", plain_name(str(name.this)))
    return str(tree.sql(dialect=compiler.dialect, pretty=pretty))


def _names(tree: "Expr") -> "Iterator[Identifier]":
    """All names in a tree; sqlglot's own walk passes over the tuples in which ibis puts keys of windows."""
    from sqlglot.expressions import Expr, Identifier

    open_nodes: list[object] = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, Identifier):
            yield node
        elif isinstance(node, Expr):
            open_nodes += node.args.values()
        elif isinstance(node, (list, tuple)):
            open_nodes += node


def _table(name: str, kinds: "Mapping[str, Kind]") -> "ir.Table":
    import ibis

    return ibis.table({column: IBIS_TYPES[kind] for column, kind in kinds.items()}, name=name)

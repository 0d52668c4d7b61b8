"""Facts of columns for tests: a short way to say what matters of one."""

from typing import Any

from lifecycle.spec.columns import ColumnType
from lifecycle.spec.infer.facts import ColumnFacts, Reading, TableFacts

ROWS = 1000


def column(name: str, kind: ColumnType = "float", **facts: Any) -> ColumnFacts:
    given = {"nulls": 0, "distinct": 100, "source": name, **facts}
    return ColumnFacts(name=name, reading=Reading(type=kind), **given)


def table(*columns: ColumnFacts, rows: int = ROWS) -> TableFacts:
    return TableFacts(rows=rows, columns={facts.name: facts for facts in columns})

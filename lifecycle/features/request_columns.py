"""Many rows of a request as typed columns: one look at each column where `RequestReader` looks at each value.

It reads rows without a problem only. Where there is one, it says so and no more: which row, which field and
what is allowed is for `RequestReader` to tell, and it alone.
"""

import math
from collections.abc import Mapping, Sequence, Set
from itertools import chain
from operator import itemgetter
from types import NoneType
from typing import Any

from lifecycle.features.columns import Columns
from lifecycle.features.expression import Value
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import typed
from lifecycle.spec.columns import Column, ColumnType

_FREE: Mapping[ColumnType, type] = {"string": str, "float": float, "bool": bool}
"""Kinds whose values are those of JSON: but a float must be finite. A whole number must fit 64 bits."""


class ColumnReader:
    """Reads rows by the contract of a plan."""

    def __init__(self, plan: FeaturePlan) -> None:
        self._event_time = plan.event_time
        self._contract = plan.request
        self._required = frozenset(plan.required)
        self._bounded = [
            (name, column, None if column.allowed is None else frozenset(column.allowed))
            for name, column in plan.request.items()
            if (column.allowed, column.min, column.max) != (None, None, None)
        ]

    def read(self, rows: Sequence[Mapping[str, Any]], *, now_us: int) -> Columns | None:
        """All columns of the contract, None where a row holds no value; None: a row has a problem.

        Args:
            rows: decoded JSON objects, one at least.
            now_us: as of `RequestReader.read`.
        """
        columns: dict[str, Sequence[Value]] = {}
        for name, raw in _columns(rows).items():
            column = self._contract.get(name)
            kinds = set(map(type, raw))
            if column is None or (NoneType in kinds and name in self._required):
                return None
            values = _typed(raw, kinds, column.type)
            if values is None:
                return None
            columns[name] = values
        if not columns.keys() >= self._required:
            return None
        absent = [None] * len(rows)
        for name in self._contract:
            columns.setdefault(name, absent)
        for name, column, allowed in self._bounded:
            if not _is_kept(columns[name], column, allowed):
                return None
        if self._event_time is not None:
            columns[self._event_time] = [now_us if at is None else at for at in columns[self._event_time]]
        return columns


def _columns(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Any]]:
    """The values of every name that a row holds; None where another does not."""
    names = list(rows[0])
    if len(names) > 1 and set(map(len, rows)) == {len(names)}:
        try:
            # As a rule all rows have the same names: then this is one call of C a row.
            return dict(zip(names, zip(*map(itemgetter(*names), rows), strict=True), strict=True))
        except KeyError:
            pass
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(chain.from_iterable(rows))}


def _typed(raw: Sequence[Any], kinds: Set[type], kind: ColumnType) -> Sequence[Value] | None:
    """The values of a column as `typed` gives them, None for none; no list where one is of another kind.

    Args:
        raw: as decoded from JSON.
        kinds: the types of them.
        kind: of the column.
    """
    free = _FREE.get(kind)
    if kinds <= {free, NoneType}:
        numbers = raw if NoneType not in kinds else filter(None, raw)
        if free is not float or all(map(math.isfinite, numbers)):
            return raw
    values = [None if value is None else typed(value, kind) for value in raw]
    return values if values.count(None) == raw.count(None) else None


def _is_kept(values: Sequence[Value], column: Column, allowed: frozenset[Any] | None) -> bool:
    """Whether all values of a column are what its contract allows."""
    low, high = column.min, column.max
    if allowed is None and low is None and high is None:
        return True
    present = [value for value in values if value is not None]
    if allowed is not None and not allowed.issuperset(present):
        return False
    if not present or (low is None and high is None):
        return True
    numbers: Any = present  # only columns of numbers have bounds
    return (low is None or min(numbers) >= low) and (high is None or max(numbers) <= high)

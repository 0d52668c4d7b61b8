"""Profiles of a table of BigQuery: rows are counted where they are, and only counts come back.

The cells are those of `lifecycle.data.table_profile` and `lifecycle.data.block_profile`: the scale of a
number is read off the first rows of the table in its order, by the same functions.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lifecycle.data import block_profile, table_profile
from lifecycle.data.block_profile import BlockCuts, BlockProfiles
from lifecycle.data.table_profile import (
    LABEL_DELAY,
    MAX_DISTINCT,
    TOP_CATEGORIES,
    CategoryProfile,
    ColumnProfile,
    NumberProfile,
    TableProfile,
    bin_scale,
    profiled_columns,
)
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.sql import Values, coded, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD_ROWS = 131_072
"""Rows that the scale is read off: what a row group of the lake on disk holds."""
_MISSING, _NOT_FINITE = -1, -2
_COLUMNS_A_QUERY = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is counted of a column, or of the delay of labels."""

    name: str
    kind: ColumnType
    value: str
    """SQL of a number, or of a category's text."""
    there: str = "TRUE"
    """SQL of the rows that count."""

    @property
    def is_number(self) -> bool:
        """Whether it is counted in bins."""
        return self.kind not in ("string", "bool")


@dataclass(frozen=True, slots=True)
class Profiler:
    """Counts the cells of one table.

    Attributes:
        relation: SQL of the table, trusted.
        order: SQL of what the table is ordered by.
    """

    jobs: Jobs
    relation: str
    order: str

    def table(self, spec: ModelSpec, held: Mapping[str, ColumnType]) -> TableProfile:
        """The profile of the whole table; `held` are its columns."""
        measures = list(_measures(spec, held))
        counted = self._count(measures, "0", table_profile.BINS_BESIDE)
        rows = self.jobs.rows(f"SELECT COUNT(*) FROM {self.relation}", purpose="profile")
        return TableProfile(
            rows=rows[0][0],
            columns={m.name: _finished(m, counted[m.name], blocks=1)[0] for m in measures},
        )

    def blocks(
        self, kinds: Mapping[str, ColumnType], cuts: BlockCuts, event_time: str | None
    ) -> tuple[BlockProfiles, int]:
        """The profiles of the table's blocks, times left out; and the bytes that counting them reads."""
        n, block = len(cuts.names), "0"
        if n > 1 and event_time is not None:
            starts = ", ".join(map(str, cuts.starts))
            at = f"RANGE_BUCKET(UNIX_MICROS({coded(event_time)}), [{starts}]) - 1"
            block = f"LEAST(GREATEST({at}, 0), {n - 1})"
        measures = [_plain(name, kind) for name, kind in kinds.items() if kind not in ("timestamp", "date")]
        scans = list[int]()

        def dry_run(sql: str) -> None:
            scans.append(self.jobs.estimate(sql, Values()).bytes)

        counted = self._count(measures, block, block_profile.BINS_BESIDE, before=dry_run)
        sql = f"SELECT {block} AS b, COUNT(*) FROM {self.relation} GROUP BY b"
        rows = dict(self.jobs.rows(sql, purpose="blocks"))
        finished = {m.name: _finished(m, counted[m.name], blocks=n) for m in measures}
        profiles = tuple(
            TableProfile(rows=rows.get(i, 0), columns={name: each[i] for name, each in finished.items()})
            for i in range(n)
        )
        return BlockProfiles(names=cuts.names, block_s=cuts.block_s, profiles=profiles), sum(scans)

    def _count(
        self,
        measures: Sequence[Measure],
        block: str,
        beside: int,
        before: Callable[[str], None] = lambda sql: None,
    ) -> dict[str, "_Cells"]:
        """The cells of each measure; `before` hears of each query."""
        found: dict[str, _Cells] = {}
        for start in range(0, len(measures), _COLUMNS_A_QUERY):
            some = measures[start : start + _COLUMNS_A_QUERY]
            numbers = [m for m in some if m.is_number]
            scales = self._scales(numbers, beside)
            wide = self._too_many([m for m in some if not m.is_number])
            parts = []
            for i, measure in enumerate(some):
                exponent, lowest = scales.get(measure.name, (0, 0))
                found[measure.name] = _Cells(exponent, lowest, [], measure.name in wide)
                cell, text = "0", "CAST(NULL AS STRING)"
                if measure.is_number:
                    cell = cell_sql(measure, exponent, lowest, beside)
                elif measure.name in wide:
                    cell = f"IF({measure.value} IS NULL, {_MISSING}, 0)"
                else:
                    text = measure.value
                parts.append(
                    f"SELECT {i} AS c, {block} AS b, {cell} AS k, {text} AS v, COUNT(*) AS n "
                    f"FROM {self.relation} WHERE {measure.there} GROUP BY b, k, v"
                )
            sql = " UNION ALL ".join(parts)
            before(sql)
            for c, b, k, v, n in self.jobs.rows(sql, purpose="profile"):
                found[some[c].name].counts.append((b, k, v, n))
        return found

    def _scales(self, measures: Sequence[Measure], beside: int) -> dict[str, tuple[int, int]]:
        """Scale of each number that has a value at all."""
        if not measures:
            return {}
        values = ", ".join(
            f"IF({m.there} AND {finite(m.value)}, {m.value}, NULL) AS flywheel__m{i}"
            for i, m in enumerate(measures)
        )
        sql = f"SELECT {values} FROM {self.relation} ORDER BY {self.order} LIMIT {HEAD_ROWS}"
        head = self.jobs.table(sql, purpose="scale")
        scales = {}
        for i, measure in enumerate(measures):
            seen: NDArray[np.float64] = head.column(i).drop_null().to_numpy()
            if not len(seen):
                # Nothing among the first rows: any values tell the scale as well.
                sql = f"SELECT {measure.value} FROM {self.relation} WHERE {measure.there} AND "
                sql += f"{measure.value} IS NOT NULL AND {finite(measure.value)} LIMIT {HEAD_ROWS}"
                seen = np.array([row[0] for row in self.jobs.rows(sql, purpose="scale")], np.float64)
            if len(seen):
                scales[measure.name] = bin_scale(seen, whole=measure.kind == "int", beside=beside)
        return scales

    def _too_many(self, measures: Sequence[Measure]) -> set[str]:
        """Free text and keys: their single values tell nothing, and there is no end of them."""
        if not measures:
            return set()
        counts = ", ".join(f"COUNT(DISTINCT {m.value})" for m in measures)
        (row,) = self.jobs.rows(f"SELECT {counts} FROM {self.relation}", purpose="distinct")
        return {m.name for m, distinct in zip(measures, row, strict=True) if distinct > MAX_DISTINCT}


@dataclass(frozen=True, slots=True)
class _Cells:
    """What was counted of a measure: (block, cell, text, rows)."""

    exponent: int
    lowest: int
    counts: list[tuple[int, int, str | None, int]]
    uncounted: bool


def cell_sql(measure: Measure, exponent: int, lowest: int, beside: int) -> str:
    """SQL of the cell that a number is in, from 0 to twice `beside`.

    >>> "SAFE_MULTIPLY(v, 0.5)" in cell_sql(Measure(name="n", kind="int", value="v"), 1, 5, 10)
    True
    """
    x = measure.value
    # What a scaled value goes beyond belongs to the outermost cell, and is no error.
    scaled = f"FLOOR(IFNULL(SAFE_MULTIPLY({x}, {2.0**-exponent!r}), SIGN({x}) * 1e308))"
    return (
        f"CASE WHEN {x} IS NULL THEN {_MISSING} WHEN NOT ({finite(x)}) THEN {_NOT_FINITE} "
        f"ELSE CAST(LEAST(GREATEST({scaled} - {lowest}, 0), {2 * beside}) AS INT64) END"
    )


def _measures(spec: ModelSpec, held: Mapping[str, ColumnType]) -> Iterator[Measure]:
    """What is profiled of a table, in the order of its columns; see `ProfileBuilder`."""
    kinds, event, label = profiled_columns(spec, held), spec.data.event_time or "", spec.data.label
    for name, kind in kinds.items():
        if kind in ("timestamp", "date"):
            yield Measure(name=name, kind=kind, value=_seconds_after(name, kind, event))
        else:
            yield _plain(name, kind)
    if label.column in held and label.known_at is not None and label.known_at in kinds:
        value = _seconds_after(label.known_at, kinds[label.known_at], event)
        there = f"{coded(label.column)} IS NOT NULL AND {value} IS NOT NULL"
        yield Measure(name=LABEL_DELAY, kind="float", value=value, there=there)


def _plain(name: str, kind: ColumnType) -> Measure:
    x = coded(name)
    texts: Mapping[ColumnType, str] = {
        "int": f"CAST({x} AS FLOAT64)",
        "float": x,
        "bool": f"CAST({x} AS STRING)",
    }
    return Measure(name=name, kind=kind, value=texts.get(kind, x))


def _seconds_after(name: str, kind: ColumnType, event: str) -> str:
    x = coded(name)
    moment = f"TIMESTAMP({x}, 'UTC')" if kind == "date" else x
    return f"((UNIX_MICROS({moment}) - UNIX_MICROS({coded(event)})) / 1e6)"


def _finished(measure: Measure, cells: _Cells, *, blocks: int) -> list[ColumnProfile]:
    """The profile of a measure in each block."""
    if measure.is_number:
        return [_numbers(cells, block) for block in range(blocks)]
    whole: Counter[str] = Counter()
    for _, _, text, n in cells.counts:
        if text is not None:
            whole[text] += n
    # The same values are listed in every block, so that none is new only because another one was rarer.
    ranked = sorted(whole.items(), key=lambda item: (-item[1], item[0]))
    listed = [name for name, _ in ranked[:TOP_CATEGORIES]]
    return [_categories(cells, block, listed) for block in range(blocks)]


def _numbers(cells: _Cells, block: int) -> NumberProfile:
    own = {k: n for b, k, _, n in cells.counts if b == block}
    return NumberProfile(
        missing=own.get(_MISSING, 0),
        not_finite=own.get(_NOT_FINITE, 0),
        exponent=cells.exponent,
        counts={k + cells.lowest: own[k] for k in sorted(own) if k >= 0},
    )


def _categories(cells: _Cells, block: int, listed: Sequence[str]) -> CategoryProfile:
    own: list[Any] = [(k, text, n) for b, k, text, n in cells.counts if b == block]
    if cells.uncounted:
        missing = sum(n for k, _, n in own if k == _MISSING)
        return CategoryProfile(missing=missing, counts={}, other=sum(n for _, _, n in own) - missing)
    counts = {text: n for _, text, n in own if text is not None}
    return CategoryProfile(
        missing=sum(n for _, text, n in own if text is None),
        counts={name: counts[name] for name in listed if name in counts},
        other=sum(n for name, n in counts.items() if name not in set(listed)),
    )

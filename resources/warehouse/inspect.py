"""What a user's own table holds, measured by DuckDB for `flywheel init`: a sample first, then all rows once.

Reading the table twice is enough whatever its size: the second time its columns go, in their types, to a
Parquet file that every further question is asked of.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.facts import (
    SAMPLE_ROWS,
    ColumnFacts,
    RawColumn,
    Reading,
    TableFacts,
)
from lifecycle.spec.infer.facts import Family as RawFamily
from lifecycle.spec.infer.names import shown
from lifecycle.spec.infer.readings import DATE_FORMATS, TIME_FORMATS
from resources.warehouse.casts import family, identifier, literal
from resources.warehouse.inspect_sql import is_missing, misread_flag, missing_words, raw_facts, typed_facts
from resources.warehouse.readings import differs_by_clock, typed
from resources.warehouse.sources import SourceFiles, attach

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_T = TypeVar("_T")
MAX_COLUMNS = 1000
_FAMILIES: Mapping[str, RawFamily] = {"instant": "time", "clock": "time"}
_CHUNK = 50  # columns a query: the plans of wider ones grow faster than their work
_KEYS_TRIED = 5
_EXACT_ROWS = 100_000
"""With more rows the number of different values is estimated."""
_MEMORY = "4GB"
_ROW = '"the row"'
"""Alias of a table: a column of this name would be hashed in the place of the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table and its DuckDB type."""

    source: str
    found: str


class Inspection:
    """A table that is looked at; made by `inspecting`."""

    def __init__(self, connection: "DuckDBPyConnection", files: SourceFiles, work: Path) -> None:
        self._connection, self._files, self._work = connection, files, work
        self.columns = [
            Column(source=str(name), found=str(found))
            for name, found, *_ in self.rows(f"DESCRIBE FROM {files.sql}")
        ]
        self._refuse_shape()
        self.n_rows = int(self.rows(f"SELECT count(*) FROM {files.sql}")[0][0])
        if not self.n_rows:
            raise LifecycleError(f"{files} has no rows: a model needs some hundred")
        every = max(1, self.n_rows // SAMPLE_ROWS)
        # By content, not by chance: the same table gives the same sample, however it is read.
        chosen = f"SELECT * FROM {files.sql} AS {_ROW} WHERE hash({_ROW}) % {every} = 0"
        connection.execute(f"CREATE TEMP TABLE sample AS {chosen} LIMIT {4 * SAMPLE_ROWS}")
        if not self.rows("SELECT count(*) FROM sample")[0][0]:
            connection.execute(f"INSERT INTO sample FROM {files.sql} LIMIT {SAMPLE_ROWS}")

    def rows(self, query: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Result of a query over the table."""
        return self._connection.execute(query, values).fetchall()

    def raw_columns(self) -> list[RawColumn]:
        """What the sample tells of each column."""
        found = []
        for part in _parts(self.columns):
            asked = [raw_facts(column.source, column.found) for column in part]
            query = f"SELECT {', '.join(sql for each in asked for sql in each.values())} FROM sample"
            answers = iter(self.rows(query)[0])
            for column, each in zip(part, asked, strict=True):
                found.append(self._raw(column, {name: next(answers) for name in each}))
        return found

    def measure(
        self, readings: Mapping[str, tuple[str, Reading]], unread: Mapping[str, str]
    ) -> tuple[TableFacts, Mapping[str, int]]:
        """Facts of all rows, read as told; and the columns that do not read so, with how many values.

        Args:
            readings: name in the table -> name in the spec, and its reading.
            unread: columns that are left out -> why.
        """
        misread = self._stage(readings)
        if misread:
            return TableFacts(rows=self.n_rows, columns={}), misread
        columns: dict[str, ColumnFacts] = {}
        for part in _parts(readings.items()):
            for source, (name, reading), answer in self._measured(part):
                columns[name] = _column_facts(source, name, reading, answer)
        unique = self._unique(columns.values())
        columns = {
            name: facts if name not in unique else _as_unique(facts, self.n_rows)
            for name, facts in columns.items()
        }
        return TableFacts(rows=self.n_rows, columns=columns, unread=unread), {}

    def missing_words(self, readings: Mapping[str, Reading]) -> Mapping[str, Sequence[str]]:
        """Words of all rows that stand for a missing value, in those of some columns that are text."""
        texts = [
            column for column in self.columns if column.source in readings and family(column.found) == "text"
        ]
        words: dict[str, Sequence[str]] = {}
        for part in _parts(texts):
            asked = ", ".join(missing_words(c.source, c.found, readings[c.source]) for c in part)
            answer = self.rows(f"SELECT {asked} FROM {self._files.sql}")[0]
            words |= {column.source: sorted(each or ()) for column, each in zip(part, answer, strict=True)}
        return words

    def without_zone(self, source: str, reading: Reading) -> bool:
        """Whether a column of times holds some that do not say in which zone they are."""
        if reading.form in ("epoch_s", "epoch_ms"):
            return False
        found = next(column.found for column in self.columns if column.source == source)
        query = f"SELECT 1 FROM sample WHERE {differs_by_clock(source, found, reading)} LIMIT 1"
        return bool(self.rows(query))

    def repeated_rows(self, names: Sequence[str]) -> int:
        """Rows that an earlier one equals in some columns."""
        values = ", ".join(map(identifier, names))
        distinct = self.rows(f"SELECT count(DISTINCT hash({values})) FROM typed")[0][0]
        return self.n_rows - int(distinct)

    def sample(self, names: Sequence[str]) -> "pa.Table":
        """Some rows of typed columns, the same ones each time."""
        every = max(1, self.n_rows // SAMPLE_ROWS)
        chosen = ", ".join(map(identifier, names))
        query = (
            f"SELECT {chosen} FROM typed AS {_ROW} WHERE hash({_ROW}) % {every} = 0 LIMIT {2 * SAMPLE_ROWS}"
        )
        table = self._connection.execute(query).to_arrow_table()
        if table.num_rows:
            return table
        return self._connection.execute(f"SELECT {chosen} FROM typed LIMIT {SAMPLE_ROWS}").to_arrow_table()

    def _refuse_shape(self) -> None:
        names = [column.source for column in self.columns]
        if len(names) > MAX_COLUMNS:
            raise LifecycleError(
                f"{self._files} has {len(names):,} columns, at most {MAX_COLUMNS:,} make a spec that "
                "people can "
                "read: give a table with those that matter"
            )
        if len(names) < 2:
            raise LifecycleError(
                f"{self._files} has one column, {names[0]!r:.80}: a model needs a label and something "
                "to tell it "
                "from. Is the separator another one than , ; | and tab?"
            )
        texts = self._files.paths[0].endswith((".csv", ".csv.gz"))
        if texts and sum(_is_number(name) for name in names) > len(names) / 2:
            raise LifecycleError(
                f"{self._files} has no line with the names of its columns (the first line is "
                f"{', '.join(names)[:80]}): put one there"
            )

    def _raw(self, column: Column, answers: Mapping[str, Any]) -> RawColumn:
        kind = family(column.found)
        values = int(answers["values"])
        fits = {
            name.removeprefix("fits_"): int(n or 0) for name, n in answers.items() if name.startswith("fits_")
        }
        words: tuple[str, ...] = ()
        if kind == "text" and values:
            x = f"CAST({identifier(column.source)} AS VARCHAR)"  # a UUID is text that cannot be trimmed
            if fits["missing"]:
                query = f"SELECT DISTINCT lower(trim({x})) FROM sample WHERE {is_missing(x)} ORDER BY 1"
                words = tuple(row[0] for row in self.rows(query))
            left = values - fits["missing"]
            if (
                left
                and left not in {n for name, n in fits.items() if name != "missing"}
                and answers["digits"]
            ):
                fits |= self._date_fits(x)
        return RawColumn(
            source=column.source,
            family=_FAMILIES.get(kind, kind),  # type: ignore[arg-type]  # the rest have the same names
            values=values,
            words=words,
            fits=fits,
            not_finite=int(answers.get("not_finite") or 0),
            low=answers.get("low"),
            high=answers.get("high"),
        )

    def _date_fits(self, x: str) -> dict[str, int]:
        """Date format -> values of the sample that have it."""
        formats = (*DATE_FORMATS, *TIME_FORMATS)
        asked = ", ".join(
            f"count(*) FILTER (year(try_strptime(trim({x}), {literal(fmt)})) BETWEEN 1800 AND 2200)"
            for fmt in formats
        )
        counts = self.rows(f"SELECT {asked} FROM sample WHERE {x} IS NOT NULL AND NOT {is_missing(x)}")[0]
        return {f"strptime:{fmt}": count for fmt, count in zip(formats, counts, strict=True) if count}

    def _stage(self, readings: Mapping[str, tuple[str, Reading]]) -> Mapping[str, int]:
        """Write all rows in their types to a file, as the view `typed`; how many values do not fit, "
        "if any."""
        found = {column.source: column.found for column in self.columns}
        columns, bad = [], {}
        for position, (source, (name, reading)) in enumerate(readings.items()):
            value = typed(source, found[source], reading)
            columns.append(f"{value} AS {identifier(name)}")
            wrong = misread_flag(identifier(source), value, reading, found[source])
            if wrong is not None:
                bad[source] = f"bad_{position} x"
                columns.append(f"{wrong} AS {identifier(bad[source])}")
        path = literal(str(self._work / "typed.parquet"))
        query = f"SELECT {', '.join(columns)} FROM {self._files.sql}"
        self._connection.execute(f"COPY ({query}) TO {path} (FORMAT parquet, COMPRESSION snappy)")
        misread: dict[str, int] = {}
        for part in _parts(bad.items()):
            counts = ", ".join(f"count({identifier(flag)})" for _, flag in part)
            answer = self.rows(f"SELECT {counts} FROM read_parquet({path})")[0]
            misread |= {source: n for (source, _), n in zip(part, answer, strict=True) if n}
        kept = ", ".join(identifier(name) for name, _ in readings.values())
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW typed AS SELECT {kept} FROM read_parquet({path})"
        )
        return misread

    def _measured(
        self, part: Iterable[tuple[str, tuple[str, Reading]]]
    ) -> Iterator[tuple[str, tuple[str, Reading], Mapping[str, Any]]]:
        part = tuple(part)
        asked = [typed_facts(name, reading, exact=self.n_rows <= _EXACT_ROWS) for _, (name, reading) in part]
        answers = iter(
            self.rows(f"SELECT {', '.join(s for each in asked for s in each.values())} FROM typed")[0]
        )
        for (source, told), each in zip(part, asked, strict=True):
            yield source, told, {name: next(answers) for name in each}

    def _unique(self, columns: Iterable[ColumnFacts]) -> set[str]:
        """Columns that could be a key: text or whole numbers, never missing, never twice."""
        likely = [
            facts.name
            for facts in columns
            if facts.type in ("string", "int") and not facts.nulls and facts.distinct >= 0.85 * self.n_rows
        ]
        return {
            name
            for name in likely[:_KEYS_TRIED]
            if self.rows(f"SELECT count(DISTINCT {identifier(name)}) FROM typed")[0][0] == self.n_rows
        }


@contextmanager
def inspecting(files: SourceFiles) -> Iterator[Inspection]:
    """A look at a table. Nothing is written but temporary files, and nothing outlives it.

    Raises:
        LifecycleError: the table cannot be read, or is of a shape that no model can have.
    """
    import duckdb

    with TemporaryDirectory(prefix="flywheel-init-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": f"{folder}/spill",
            "memory_limit": _MEMORY,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        connection = duckdb.connect(":memory:", config=config)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            attach(connection, [files])
            yield Inspection(connection, files, Path(folder))
        except duckdb.Error as exc:
            told = shown(str(exc).strip().partition("\n")[0], at_most=300)
            raise LifecycleError(
                f"{files} cannot be read: {told}; mend or convert it (nothing was written)"
            ) from exc
        finally:
            connection.close()


def _column_facts(source: str, name: str, reading: Reading, answer: Mapping[str, Any]) -> ColumnFacts:
    values = int(answer["values"])
    return ColumnFacts(
        source=source,
        name=name,
        reading=reading,
        nulls=int(answer["rows"]) - values,
        # The estimate is off by some percent; it cannot be above the number of values.
        distinct=min(int(answer["distinct"]), values),
        low=answer.get("low"),
        high=answer.get("high"),
        mean_length=float(answer.get("length") or 0.0),
        mean_words=float(answer["words"] or 0.0) + 1 if answer.get("words") is not None else 0.0,
        integral=bool(answer.get("integral")),
        not_finite=int(answer.get("not_finite") or 0),
    )


def _as_unique(facts: ColumnFacts, rows: int) -> ColumnFacts:
    return replace(facts, unique=True, distinct=rows)


def _parts(items: Iterable[_T]) -> Iterator[tuple[_T, ...]]:
    waiting = iter(items)
    while part := tuple(islice(waiting, _CHUNK)):
        yield part


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

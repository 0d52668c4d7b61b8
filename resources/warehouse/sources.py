"""Reading the files that a spec names, and nothing else, through DuckDB."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.parse import resolve_path
from resources.warehouse.casts import cast_expression, identifier, lenient_expression, literal, refuse_missing

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_CSV = (".csv", ".csv.gz")
_PARQUET = (".parquet", ".pq")
_DATABASE = (".duckdb", ".ddb", ".db")
IN_DATABASE = "::"
"""Between a DuckDB file and the table in it: `shop.duckdb::main.orders`."""
_MAKER = "lake.py"
"""Script beside a spec that makes its tables; it takes their folder."""
_FILES_SHOWN = 3
_MESSAGE_CHARACTERS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFiles:
    """Files that make up one table; `role` is where the spec names them.

    Attributes:
        table: schema and name in a DuckDB file; None: Parquet or CSV files.
    """

    role: str
    paths: tuple[str, ...]
    table: tuple[str, str] | None = None

    @property
    def alias(self) -> str:
        """Name under which the DuckDB file is attached."""
        return f"db_{sha256(self.paths[0].encode()).hexdigest()[:16]}"

    @property
    def sql(self) -> str:
        """SQL of the table. The columns of a CSV file are text: it knows no types, the spec does."""
        if self.table is not None:
            return ".".join(map(identifier, (self.alias, *self.table)))
        paths = f"[{', '.join(literal(path) for path in self.paths)}]"
        if self.paths[0].endswith(_CSV):
            return f"read_csv({paths}, all_varchar = true, header = true)"
        return f"read_parquet({paths})"

    def __str__(self) -> str:
        more = len(self.paths) - _FILES_SHOWN
        shown = ", ".join(self.paths[:_FILES_SHOWN])
        if self.table is not None:
            shown += f"{IN_DATABASE}{'.'.join(self.table)}"
        return f"{self.role} = {shown}{f' and {more} more' if more > 0 else ''}"


def find_files(template: str, *, role: str, folder: Path, home: Path) -> SourceFiles:
    """The files that a path or glob of a spec stands for, in the order of their names.

    Raises:
        LifecycleError: there are none, they are not all Parquet or all CSV, or they lie on another machine.
    """
    if IN_DATABASE in template:
        return _database_table(template, role=role, folder=folder, home=home)
    path = resolve_path(template, folder=folder, home=home)
    if "://" in path:
        raise LifecycleError(
            f"{role} = {template}: this warehouse reads local files; copy the table next to it"
        )
    matches = [Path(path)] if Path(path).is_file() else sorted(Path("/").glob(path.lstrip("/")))
    paths = tuple(str(match) for match in matches if match.is_file())
    if not paths:
        maker = folder / _MAKER
        way = (
            f"make it: python {maker} {Path(path).parent}"
            if maker.is_file()
            else "put it there or mend the path"
        )
        raise LifecycleError(f"{role} = {template}: there is no file {path}; {way}")
    for endings in (_PARQUET, _CSV):
        if all(path.endswith(endings) for path in paths):
            return SourceFiles(role=role, paths=paths)
    allowed = f"{' or '.join(_PARQUET)}, or all {' or '.join(_CSV)}"
    raise LifecycleError(f"{role} = {template}: file names must all end in {allowed}; found {paths[0]}")


def _database_table(template: str, *, role: str, folder: Path, home: Path) -> SourceFiles:
    """A table of a DuckDB file, written as `file.duckdb::schema.table`; the schema is `main` if left out."""
    named, _, table = template.rpartition(IN_DATABASE)
    path = resolve_path(named, folder=folder, home=home)
    if not path.endswith(_DATABASE) or not Path(path).is_file():
        allowed = f"a file that ends in {' or '.join(_DATABASE)}"
        raise LifecycleError(f"{role} = {template}: there is no DuckDB file {path}; allowed: {allowed}")
    schema, dot, name = table.partition(".")
    return SourceFiles(role=role, paths=(path,), table=(schema, name) if dot else ("main", table))


def attach(connection: "DuckDBPyConnection", tables: Iterable[SourceFiles]) -> None:
    """Open the DuckDB files among some tables, for reading only."""
    for alias, path in {files.alias: files.paths[0] for files in tables if files.table}.items():
        connection.execute(f"ATTACH {literal(path)} AS {identifier(alias)} (READ_ONLY)")


@contextmanager
def locked_connection(
    tables: Iterable[SourceFiles], *, spill: Path, memory_limit: str, threads: int | None
) -> Iterator["DuckDBPyConnection"]:
    """A DuckDB in memory that can read the given files and spill to a folder; it can reach nothing else.

    Other files, the network, extensions and settings are out of reach of any SQL that runs on it. The zone of
    the session is UTC, on every machine.

    Raises:
        LifecycleError: a DuckDB file cannot be opened.
    """
    import duckdb

    tables = list(tables)

    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill),
        "memory_limit": memory_limit,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    if threads is not None:
        config["threads"] = threads
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        # DuckDB draws one to standard output where it takes Python for interactive.
        connection.execute("SET enable_progress_bar = false")
        try:
            attach(connection, tables)
        except duckdb.Error as exc:
            told = "; ".join(str(files) for files in tables)
            raise LifecycleError(
                f"{told} cannot be opened: {exc}; end what writes to it, or mend it"
            ) from exc
        connection.execute("SET allowed_paths = ?", [[path for files in tables for path in files.paths]])
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def create_view(connection: "DuckDBPyConnection", name: str, query: str) -> str:
    """Name a query; the name comes back quoted."""
    connection.execute(f"CREATE VIEW {identifier(name)} AS {query}")
    return identifier(name)


def only_select(connection: "DuckDBPyConnection", sql: str, *, what: str) -> str:
    """The one SELECT that a text of SQL consists of.

    Raises:
        LifecycleError: it is something else, or more than one statement.
    """
    import duckdb

    statements = connection.extract_statements(sql)
    kinds = [statement.type for statement in statements]
    if kinds != [duckdb.StatementType.SELECT]:
        found = ", ".join(kind.name for kind in kinds) or "nothing"
        raise LifecycleError(f"{what}: the SQL must be one SELECT, found {found}")
    return str(statements[0].query)


def columns_of(connection: "DuckDBPyConnection", relation: str) -> dict[str, str]:
    """Columns of a relation, with their DuckDB types."""
    return {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE FROM {relation}").fetchall()}


def read_as(
    relation: str,
    found: Mapping[str, str],
    kinds: Mapping[str, ColumnType],
    *,
    what: str,
    time_zone: str,
    lenient: Mapping[str, str] | None = None,
    hidden: Collection[str] = (),
) -> str:
    """SQL that reads columns of a relation as logical types; see `cast_expression`.

    Args:
        found: columns of the relation, with their DuckDB types.
        lenient: columns that need not fit -> name of the column that takes the text of what does not.
        hidden: columns whose values stand in no error.

    Raises:
        LifecycleError: columns are missing; all of them are named.
    """
    refuse_missing(found, kinds, what=what)
    columns = []
    for name, kind in kinds.items():
        if lenient and name in lenient:
            value, raw = lenient_expression(name, found[name], kind, time_zone=time_zone)
            columns.append(f"{raw or 'CAST(NULL AS VARCHAR)'} AS {identifier(lenient[name])}")
        else:
            value = cast_expression(name, found[name], kind, time_zone=time_zone, hidden=name in hidden)
        columns.append(f"{value} AS {identifier(name)}")
    return f"SELECT {', '.join(columns)} FROM {relation}"


def ordered(query: str, first: Sequence[str], columns: Iterable[str]) -> str:
    """A query in an order that its source's layout cannot change: ties are broken by all columns."""
    by = [*first, *(name for name in columns if name not in first)]
    return f"SELECT * FROM ({query}) ORDER BY {', '.join(identifier(name) for name in by)}"


@contextmanager
def source_errors(
    connection: "DuckDBPyConnection", what: str, tables: Collection[SourceFiles]
) -> Iterator[None]:
    """Turn what goes wrong inside DuckDB into one error that names the cause and a broken file."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as exc:
        message = str(exc).strip()[:_MESSAGE_CHARACTERS]
        broken = _first_unreadable(connection, tables)
        where = f"the file {broken} is not readable" if broken else "; ".join(str(files) for files in tables)
        raise LifecycleError(
            f"{what} cannot be read ({where}): {message}\nMend the source or the spec and run again; what "
            "was published before is untouched"
        ) from exc


def streamed(
    reader: "pa.RecordBatchReader",
    connection: "DuckDBPyConnection",
    what: str,
    tables: Collection[SourceFiles],
) -> Iterator["pa.RecordBatch"]:
    """The batches of a result; DuckDB may come upon a broken row only while they are fetched."""
    with source_errors(connection, what, tables):
        yield from reader


def _first_unreadable(connection: "DuckDBPyConnection", tables: Iterable[SourceFiles]) -> str | None:
    """A file that cannot be read to its end on its own: DuckDB does not always say which one it was."""
    import duckdb

    for files in tables:
        for path in files.paths:
            alone = replace(files, paths=(path,))
            try:
                # A hash needs every value; a count would be answered from the file's footer.
                connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {alone.sql}").fetchall()
            except duckdb.Error:
                return path
    return None

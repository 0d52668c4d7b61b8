"""The table that a user names on the command line, as files, and as a spec would name it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lifecycle.errors import LifecycleError
from resources.warehouse.sources import IN_DATABASE, SourceFiles, find_files

_TABLE_FILES = (".parquet", ".pq", ".csv", ".csv.gz")
_DATABASES = (".duckdb", ".ddb", ".db")
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTable:
    """A table on this machine.

    Attributes:
        template: absolute path, glob, or database file and table: what a spec may say.
        stem: what the table is called.
    """

    files: SourceFiles
    template: str
    stem: str


def find_table(told: str, *, table: str | None, home: Path) -> FoundTable:
    """The table that a path means: a file, a folder of files, or a table in a DuckDB file.

    Args:
        told: path, glob, or `file.duckdb::schema.table`.
        table: table in a DuckDB file, where `told` names the file alone.

    Raises:
        LifecycleError: there is none, or several.
    """
    if re.match(r"(bq|bigquery)://", told) or (
        re.fullmatch(r"[\w-]+([.:][\w-]+){2}", told)
        and not Path(told).exists()
        and not told.endswith(_TABLE_FILES)
    ):
        raise LifecycleError(
            f"{told} looks like a BigQuery table: BigQuery is not supported yet; export it to "
            "Parquet, and give that"
        )
    if "\0" in told or "${" in told or "://" in told:
        raise LifecycleError(
            f"{told!r} is no path on this machine: give a file, a folder, or file.duckdb::schema.table"
        )
    path, _, inside = told.partition(IN_DATABASE)
    inside = table or inside
    where = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow links, which may move
    if where.is_dir():
        return _folder(where, home)
    if where.name.lower().endswith(_DATABASES):
        return _database(where, inside, home)
    if inside:
        raise LifecycleError(f"{path} is no DuckDB file (.duckdb, .ddb, .db), so it holds no table {inside}")
    return FoundTable(files=_files(str(where), home), template=str(where), stem=where.name)


def _files(template: str, home: Path) -> SourceFiles:
    return find_files(template, role="the table", folder=Path("/"), home=home)


def _folder(where: Path, home: Path) -> FoundTable:
    found = sorted(path for path in where.rglob("*") if path.name.endswith(_TABLE_FILES) and path.is_file())
    if not found:
        raise LifecycleError(f"the folder {where} holds no file that ends in {', '.join(_TABLE_FILES)}")
    endings = {next(end for end in reversed(_TABLE_FILES) if path.name.endswith(end)) for path in found}
    if len(endings) > 1:
        raise LifecycleError(
            f"the folder {where} holds files that end in {' and '.join(sorted(endings))}: give a glob "
            "of one kind, "
            f"such as '{where}/*{sorted(endings)[0]}'"
        )
    nested = "" if all(path.parent == where for path in found) else "**/"
    template = f"{where}/{nested}*{endings.pop()}"
    return FoundTable(files=_files(template, home), template=template, stem=where.name)


def _database(where: Path, inside: str, home: Path) -> FoundTable:
    if not where.is_file():
        raise LifecycleError(f"there is no file {where}; put it there or mend the path")
    names = _tables(where)
    if not inside and len(names) == 1:
        inside = names[0]
    schema, dot, name = inside.partition(".")
    wanted = inside if dot else f"main.{inside}"
    if wanted not in names:
        told = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "") if names else "no table"
        raise LifecycleError(
            f"{where} has {told}: say which as {where.name}{IN_DATABASE}schema.table, or with --table"
        )
    template = f"{where}{IN_DATABASE}{wanted}"
    return FoundTable(files=_files(template, home), template=template, stem=name or schema)


def _tables(where: Path) -> list[str]:
    import duckdb

    try:
        with duckdb.connect(str(where), read_only=True) as connection:
            found = connection.execute(
                "SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY ALL"
            ).fetchall()
    except duckdb.Error as exc:
        raise LifecycleError(f"{where} cannot be opened as a DuckDB database: {exc}") from exc
    return [str(row[0]) for row in found]

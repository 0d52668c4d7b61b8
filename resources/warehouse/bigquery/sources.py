"""Where rows come from on BigQuery: a table of BigQuery, or local files that are staged as one."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from lifecycle.spec.parse import resolve_path
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.lake import URI, ensure_dataset
from resources.warehouse.bigquery.sql import Values, identifier, standard_type
from resources.warehouse.sources import SourceFiles, find_files

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud.bigquery import Table

_CSV = (".csv", ".csv.gz")
_DAY, _AHEAD = timedelta(days=1), timedelta(hours=12)
"""How long a staged table stays, and how long at least once it is named: a query ends after six hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Something to read FROM.

    Attributes:
        role: where the spec names it.
        sql: a quoted table, or a query in parentheses; trusted.
        columns: its columns, with their types.
    """

    role: str
    sql: str
    columns: Mapping[str, str]


def find_relation(template: str, *, role: str, folder: Path, home: Path, jobs: Jobs, work: str) -> Relation:
    """The table that a path of a spec stands for.

    `bq://project.dataset.table` is read where it lies. Local files are loaded into a table named after their
    content, which stays for a day, and longer while it is asked for: so the same spec works on a laptop and
    here.

    Args:
        work: dataset for what is loaded.

    Raises:
        LifecycleError: there is no such table or file, or it lies somewhere else.
    """
    path = resolve_path(template, folder=folder, home=home)
    if path.startswith(URI):
        return _known(path.removeprefix(URI), role, template, jobs)
    if "://" in path:
        raise LifecycleError(
            f"{role} = {template}: this warehouse reads {URI}project.dataset.table and local files; "
            "make it an external table of BigQuery, and name that"
        )
    files = find_files(template, role=role, folder=folder, home=home)
    if files.table is not None:
        raise LifecycleError(f"{role} = {template}: BigQuery reads no DuckDB file; load the table there")
    return _staged(files, jobs, work)


def query_relation(sql: str, tables: Mapping[str, Relation], *, what: str, jobs: Jobs) -> Relation:
    """The rows of a spec's SELECT over named tables.

    Raises:
        LifecycleError: it is not one SELECT, or reads something that is not among the tables.
    """
    select = only_select(sql, tables, what=what)
    named = ", ".join(f"{identifier(name)} AS (SELECT * FROM {of.sql})" for name, of in tables.items())
    text = f"(WITH {named} SELECT * FROM (\n{select}\n))"
    fields = jobs.estimate(f"SELECT * FROM {text}", Values()).fields
    columns = {
        str(field["name"]): standard_type(str(field["type"]), str(field.get("mode", ""))) for field in fields
    }
    return Relation(role=what, sql=text, columns=columns)


def only_select(sql: str, tables: Mapping[str, object], *, what: str) -> str:
    """The one SELECT that a text of SQL consists of; it reads the given tables and nothing else.

    >>> only_select("SELECT a FROM t;", {"t": None}, what="m")
    'SELECT a FROM t'
    >>> only_select("SELECT a FROM `p.secret.t`", {"t": None}, what="m")
    Traceback (most recent call last):
    lifecycle.errors.LifecycleError: m: the SQL reads p.secret.t; it may read t only
    """
    import sqlglot
    from sqlglot import expressions as exp

    try:
        found = [tree for tree in sqlglot.parse(sql, dialect="bigquery") if tree is not None]
    except sqlglot.errors.SqlglotError as exc:
        raise LifecycleError(f"{what}: the SQL is not that of BigQuery: {str(exc).splitlines()[0]}") from exc
    kinds = [tree.key.upper() for tree in found]
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        told = ", ".join(kinds) or "nothing"
        raise LifecycleError(f"{what}: the SQL must be one SELECT, found {told}")
    own = {cte.alias for cte in found[0].find_all(exp.CTE)}
    for table in found[0].find_all(exp.Table):
        plain = isinstance(table.this, exp.Identifier) and not table.args.get("db")
        if not plain or table.name not in own | set(tables):
            read = ".".join(part.name for part in table.parts) or table.sql(dialect="bigquery")
            raise LifecycleError(f"{what}: the SQL reads {read}; it may read {', '.join(tables)} only")
    return sql.strip().rstrip(";").rstrip()


def columns_of(table: "Table") -> dict[str, str]:
    """Columns of a table, with their types."""
    return {field.name: standard_type(field.field_type, field.mode) for field in table.schema}


def _known(name: str, role: str, template: str, jobs: Jobs) -> Relation:
    if name.count(".") != 2:
        raise LifecycleError(f"{role} = {template}: write {URI}project.dataset.table")
    columns = columns_of(jobs.clients.jobs.get_table(name))
    return Relation(role=f"{role} = {template}", sql=identifier(name), columns=columns)


def _staged(files: SourceFiles, jobs: Jobs, work: str) -> Relation:
    from google.api_core.exceptions import NotFound

    digest = hashlib.sha256("".join(map(_digest_of, files.paths)).encode()).hexdigest()
    name, client = f"{work}.staged_{digest[:32]}", jobs.clients.jobs
    ensure_dataset(jobs.clients, work, vanishing=True)
    try:
        table = _kept(client.get_table(name), jobs)
    except NotFound:
        _load(files, name, jobs)
        table = client.get_table(name)
    return Relation(role=str(files), sql=identifier(name), columns=columns_of(table))


def _kept(table: "Table", jobs: Jobs) -> "Table":
    """A table that stays while it is read: one of yesterday would go between this look and the query."""
    from google.cloud.bigquery import Table

    now = datetime.now(UTC)
    if table.expires is None or table.expires - now >= _AHEAD:
        return table
    # Without the etag that was read: another run may prolong it at the same time.
    longer = Table(table.reference)
    longer.expires = now + _DAY
    return jobs.clients.jobs.update_table(longer, ["expires"])


def _digest_of(path: str) -> str:
    """Digest of a file, not read again while its size and time are the same."""
    found = Path(path).stat()
    return _digest(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=1024)
def _digest(path: str, size: int, changed_ns: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load(files: SourceFiles, name: str, jobs: Jobs) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from google.cloud.bigquery import SchemaField

    with TemporaryDirectory(prefix="flywheel-staged-") as folder:
        spool = Path(folder) / "staged.parquet"
        writer: pq.ParquetWriter | None = None
        schema = pa.schema([])
        for path in files.paths:
            try:
                for batch in _batches(path):
                    if writer is None:
                        schema = staged_schema(batch.schema)
                        writer = pq.ParquetWriter(spool, schema, compression="zstd")
                    writer.write_table(pa.Table.from_batches([batch]).select(schema.names).cast(schema))
            except (pa.ArrowException, OSError, KeyError) as exc:
                raise LifecycleError(
                    f"{files} cannot be read (the file {path} is not readable): {exc}\nMend the source or "
                    "the spec and run again; what was published before is untouched"
                ) from exc
        if writer is not None:
            writer.close()
        jobs.load(spool, name, [SchemaField(field.name, load_type(field.type)) for field in schema])


def _batches(path: str) -> "Iterator[pa.RecordBatch]":
    """The rows of a file, at least one batch. The columns of a CSV file are text: it knows no types."""
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    if not path.endswith(_CSV):
        with pq.ParquetFile(path) as file:
            yield pa.RecordBatch.from_pylist([], file.schema_arrow)
            yield from file.iter_batches()
        return
    with csv.open_csv(path) as typed:
        names = typed.schema.names
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    with csv.open_csv(path, convert_options=convert) as reader:
        yield from reader


def staged_schema(found: "pa.Schema") -> "pa.Schema":
    """The form in which columns of a file are loaded; those that BigQuery has no simple type for stay out.

    >>> import pyarrow as pa
    >>> staged_schema(pa.schema({"a": pa.uint64(), "b": pa.timestamp("ns"), "c": pa.list_(pa.int8())}))
    a: decimal128(20, 0)
    b: timestamp[us]
    """
    import pyarrow as pa

    kinds = {field.name: _staged_type(field.type) for field in found}
    return pa.schema({name: kind for name, kind in kinds.items() if kind is not None})


def _staged_type(kind: "pa.DataType") -> "pa.DataType | None":
    import pyarrow as pa

    of = pa.types
    if of.is_dictionary(kind):
        return _staged_type(kind.value_type)
    if of.is_timestamp(kind):
        return pa.timestamp("us", tz=None if kind.tz is None else "UTC")
    if of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind) or of.is_null(kind):
        return pa.string()
    if of.is_integer(kind):
        return pa.decimal128(20, 0) if kind == pa.uint64() else pa.int64()
    if of.is_floating(kind):
        return pa.float64()
    if of.is_date(kind):
        return pa.date32()
    if of.is_decimal(kind):
        return kind if kind.precision <= 38 and kind.scale <= 9 else pa.float64()
    return kind if of.is_boolean(kind) else None


def load_type(kind: "pa.DataType") -> str:
    """BigQuery's type of a column that `staged_schema` gave."""
    import pyarrow as pa

    of = pa.types
    if of.is_timestamp(kind):
        return "DATETIME" if kind.tz is None else "TIMESTAMP"
    if of.is_decimal(kind):
        return "NUMERIC"
    names = [(of.is_string, "STRING"), (of.is_integer, "INT64"), (of.is_floating, "FLOAT64")]
    names += [(of.is_date, "DATE"), (of.is_boolean, "BOOL")]
    return next(name for is_kind, name in names if is_kind(kind))

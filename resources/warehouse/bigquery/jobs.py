"""Queries and loads as jobs of BigQuery: labelled, bounded in time and bytes, safe to ask for twice."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.errors import LifecycleError
from resources.warehouse.bigquery.client import Clients
from resources.warehouse.bigquery.errors import PASSING_REASONS, JobTimeoutError, reason_of
from resources.warehouse.bigquery.sql import Values

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud.bigquery import LoadJobConfig, QueryJobConfig, SchemaField
    from google.cloud.bigquery.table import RowIterator

ATTEMPTS = 3
SMALL_ROWS = 10_000
"""Results up to here come with the answer: opening a stream of the Storage API takes longer."""
_LABEL = re.compile(r"[^a-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Jobs:
    """Runs jobs of one project.

    Each job is inserted under an id of its own: where an answer gets lost, the same id is inserted again and
    finds the job that runs already, so that nothing runs twice.
    """

    clients: Clients
    labels: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int | None = None
    """What one query may read; None: no limit."""
    timeout_s: float = 3600.0

    def labelled(self, **labels: str) -> "Jobs":
        """The same with more labels, whose values are brought to the form that labels have."""
        told = {name: _LABEL.sub("_", value.lower())[:63] for name, value in labels.items()}
        return replace(self, labels={**self.labels, **told})

    def within(self, max_bytes: int | None) -> "Jobs":
        """The same with a byte budget, where one is given."""
        return self if max_bytes is None else replace(self, max_bytes=max_bytes)

    def estimate(self, sql: str, values: Values) -> "Estimate":
        """What a query would read and give; it does not run and costs nothing."""
        config = replace(self, max_bytes=None)._config(values)
        config.dry_run, config.use_query_cache = True, False
        job = self.clients.jobs.query(sql, job_config=config)
        fields = job._properties.get("statistics", {}).get("query", {}).get("schema", {}).get("fields", [])
        return Estimate(bytes=job.total_bytes_processed or 0, fields=fields)

    def afford(self, sql: str, values: Values, *, what: str) -> int:
        """Bytes that a query would read, by a dry run.

        Raises:
            LifecycleError: they are more than the budget.
        """
        found = self.estimate(sql, values).bytes
        refuse_over_budget(found, self.max_bytes, what=what)
        return found

    def run(
        self,
        sql: str,
        values: Values | None = None,
        *,
        purpose: str,
        destination: str | None = None,
        cluster: Sequence[str] = (),
    ) -> "RowIterator":
        """Run a query to its end.

        Args:
            purpose: a word for the job's id.
            destination: table to write, which must not be there yet; None: the rows come back.
            cluster: columns that the destination is sorted by.
        """
        config = self._config(values or Values())
        if destination is not None:
            config.destination, config.write_disposition = destination, "WRITE_EMPTY"
            config.clustering_fields = list(cluster) or None
        client = self.clients.jobs

        def insert(job_id: str) -> Any:
            return client.query(sql, job_config=config, job_id=job_id, job_retry=None)

        rows: RowIterator = self._finished(insert, purpose)
        return rows

    def load(self, file: Path, table: str, schema: "Sequence[SchemaField]") -> None:
        """Load a Parquet file into a new table; one that is there already is left as it is."""
        from google.api_core.exceptions import Conflict
        from google.cloud.bigquery import LoadJobConfig

        config = LoadJobConfig(
            source_format="PARQUET",
            write_disposition="WRITE_EMPTY",
            schema=list(schema),
            labels=dict(self.labels),
        )
        try:
            self._finished(lambda job_id: self._upload(file, table, config, job_id), "load")
        except Conflict:
            return

    def rows(self, sql: str, values: Values | None = None, *, purpose: str) -> list[tuple[Any, ...]]:
        """The few rows of a query."""
        return [tuple(row.values()) for row in self._answer(sql, values, purpose)]

    def table(self, sql: str, values: Values | None = None, *, purpose: str) -> "pa.Table":
        """The rows of a query as Arrow."""
        rows = self._answer(sql, values, purpose)
        return rows.to_arrow(**self._storage(rows))

    def batches(self, sql: str, *, purpose: str, expect: int) -> "Iterator[pa.RecordBatch]":
        """The rows of a query as Arrow, in bounded memory and in the order of the query.

        Args:
            expect: how many rows there will be, about.
        """
        if expect <= SMALL_ROWS:
            yield from self.table(sql, purpose=purpose).to_batches()
            return
        rows = self.run(sql, purpose=purpose)
        if self.clients.storage is None:
            yield from rows.to_arrow(create_bqstorage_client=False).to_batches()
        else:
            # Rows of a query that orders them come in one stream, which keeps their order.
            yield from rows.to_arrow_iterable(bqstorage_client=self.clients.storage)

    def _answer(self, sql: str, values: Values | None, purpose: str) -> "RowIterator":
        """The answer of a query in one call. The client gives it an id, and repeats it under this."""
        config = self.labelled(flywheel_purpose=purpose)._config(values or Values())
        client = self.clients.jobs
        try:
            return client.query_and_wait(sql, job_config=config, wait_timeout=self.timeout_s)
        except FutureTimeoutError as exc:  # the client has cancelled it
            raise JobTimeoutError(f"a query ({purpose}) did not end in {self.timeout_s:.0f} s") from exc

    def _storage(self, rows: "RowIterator") -> dict[str, Any]:
        if self.clients.storage is None or (rows.total_rows or 0) <= SMALL_ROWS:
            return {"create_bqstorage_client": False}
        return {"bqstorage_client": self.clients.storage}

    def _config(self, values: Values) -> "QueryJobConfig":
        from google.cloud.bigquery import QueryJobConfig

        config = QueryJobConfig(
            query_parameters=values.parameters(), labels=dict(self.labels), use_legacy_sql=False
        )
        if self.max_bytes is not None:
            config.maximum_bytes_billed = self.max_bytes
        return config

    def _upload(self, file: Path, table: str, config: "LoadJobConfig", job_id: str) -> Any:
        with file.open("rb") as opened:
            return self.clients.jobs.load_table_from_file(opened, table, job_config=config, job_id=job_id)

    def _finished(self, insert: Callable[[str], Any], purpose: str) -> Any:
        from google.api_core.exceptions import Conflict, GoogleAPICallError

        for attempt in range(1, ATTEMPTS + 1):
            job_id = f"flywheel-{purpose}-{uuid.uuid4().hex}"
            try:
                job = insert(job_id)
            except Conflict:
                # The answer to the first insert was lost: the job of this id is ours, and runs.
                job = self.clients.jobs.get_job(job_id)
            try:
                return job.result(timeout=self.timeout_s)
            except FutureTimeoutError as exc:
                job.cancel()
                raise JobTimeoutError(f"the job {job_id} did not end in {self.timeout_s:.0f} s") from exc
            except GoogleAPICallError as exc:
                # A job that failed never runs again under its id.
                if attempt == ATTEMPTS or reason_of(exc) not in PASSING_REASONS:
                    raise
        raise AssertionError("the last attempt returns or raises")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a dry run tells.

    Attributes:
        fields: columns of the result, as the API describes them.
    """

    bytes: int
    fields: Sequence[Mapping[str, Any]]


def refuse_over_budget(found: int, budget: int | None, *, what: str) -> None:
    """Stop before a query that reads too much.

    Args:
        found: bytes that it would read.
        budget: bytes that it may read; None: any number.

    >>> refuse_over_budget(3 * 2**40, 10**12, what="the data of m")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    lifecycle.errors.LifecycleError: the data of m would read 3,298.5 GB and may read 1,000.0 GB: ...
    """
    if budget is not None and found > budget:
        raise LifecycleError(
            f"{what} would read {found / 1e9:,.1f} GB and may read {budget / 1e9:,.1f} GB: read less, or "
            "raise data.source.max_bytes"
        )

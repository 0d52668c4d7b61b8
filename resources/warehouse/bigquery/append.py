"""Rows into a new table through the Storage Write API: each row once, and all of them at once.

A pending stream takes the rows in pieces, each at its offset, and shows none of them before it is committed.
So an answer that got lost is asked for again by the same offset. A stream that was lost is begun anew in
another table: nobody can tell whether the old one was committed, and so nobody asks.

The client has a manager of streams. It opens connections anew in a thread of its own and fails what waits;
here one piece follows the other, and who asks knows which of them arrived.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud.bigquery_storage_v1 import BigQueryWriteClient
    from google.cloud.bigquery_storage_v1.types import AppendRowsRequest, AppendRowsResponse

PIECE_BYTES = 4 * 2**20
"""A request may have 10 MB; rows of one table are not equally large."""
ATTEMPTS = 4
_FIRST_WAIT_S = 0.5
_Wait = Callable[[float], None]


class StreamLostError(Exception):
    """A stream does not hold what it took: another one has to take all rows."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some rows, and where they begin."""

    offset: int
    rows: "pa.RecordBatch"


def append(
    client: "BigQueryWriteClient",
    new_table: Callable[[], str],
    rows: "pa.Table",
    *,
    timeout_s: float,
    wait: _Wait = time.sleep,
) -> str:
    """The name of a new table that holds some rows: all of them, each once.

    Args:
        new_table: makes an empty table with the columns of the rows; `project.dataset.table` is its name.
        timeout_s: how long one connection may take.
        wait: sleeps so many seconds.

    Raises:
        LifecycleError: the service loses one stream after the other.
    """
    from google.api_core.exceptions import NotFound

    pieces = list(_pieces(rows))
    for attempt in range(1, ATTEMPTS + 1):
        table = new_table()
        try:
            if pieces:
                _append_once(client, table, pieces, timeout_s=timeout_s, wait=wait)
        except (StreamLostError, NotFound) as exc:
            if attempt == ATTEMPTS:
                raise LifecycleError(
                    f"{rows.num_rows:,} rows cannot be written to BigQuery: {ATTEMPTS} streams were lost, at "
                    f"last because {exc}; run again. What was published before is untouched"
                ) from exc
            wait(_FIRST_WAIT_S * 2**attempt)
        else:
            return table
    raise AssertionError("the last attempt returns or raises")


def _append_once(
    client: "BigQueryWriteClient", table: str, pieces: list[_Piece], *, timeout_s: float, wait: _Wait
) -> None:
    from google.cloud.bigquery_storage_v1.types import WriteStream

    project, dataset, name = table.split(".")
    parent = f"projects/{project}/datasets/{dataset}/tables/{name}"
    kind = WriteStream(type_=WriteStream.Type.PENDING)
    stream = client.create_write_stream(parent=parent, write_stream=kind).name
    _send(client, stream, pieces, timeout_s=timeout_s, wait=wait)
    expected = sum(piece.rows.num_rows for piece in pieces)
    held = client.finalize_write_stream(name=stream).row_count
    if held != expected:
        raise StreamLostError(f"a stream holds {held} rows of {expected}")
    done = client.batch_commit_write_streams({"parent": parent, "write_streams": [stream]})
    # The client asks again where an answer got lost, and hears then that the stream is committed already.
    if done.stream_errors and not client.get_write_stream(name=stream).commit_time:
        raise StreamLostError(f"a stream cannot be committed: {done.stream_errors[0].error_message}")


def _send(
    client: "BigQueryWriteClient", stream: str, pieces: list[_Piece], *, timeout_s: float, wait: _Wait
) -> None:
    """Send pieces one after the other; a new connection begins with the one whose answer is unknown."""
    from google.api_core.exceptions import GoogleAPICallError, OutOfRange

    arrived, failures, unsure = 0, 0, False
    while arrived < len(pieces):
        try:
            with _connection(client, stream, timeout_s) as ask:
                for piece in pieces[arrived:]:
                    _judge(ask(_request(stream, piece)), piece, unsure=unsure)
                    arrived, failures, unsure = arrived + 1, 0, False
        except OutOfRange as exc:
            # What was acknowledged is not there any more.
            raise StreamLostError(str(exc)) from exc
        except GoogleAPICallError as exc:
            failures += 1
            if not _passes(exc) or failures == ATTEMPTS:
                raise
            unsure = True
            wait(_FIRST_WAIT_S * 2**failures)


def _judge(answer: "AppendRowsResponse", piece: _Piece, *, unsure: bool) -> None:
    """Raise what an answer says went wrong.

    Args:
        unsure: whether the piece may have arrived before: then that its offset is taken is good news.
    """
    from google.api_core import exceptions

    if answer.error.code:
        read_error: Callable[[int, str], Exception] = exceptions.from_grpc_status
        error = read_error(answer.error.code, answer.error.message)
        if isinstance(error, exceptions.AlreadyExists) and unsure:
            return
        raise error
    told = answer.append_result.offset
    if told is not None and told != piece.offset:
        raise StreamLostError(f"rows for offset {piece.offset} are at {told}")


def _passes(error: Exception) -> bool:
    """Whether the same request may go well later."""
    from google.api_core import exceptions

    return isinstance(
        error,
        (
            exceptions.Aborted,
            exceptions.DeadlineExceeded,
            exceptions.InternalServerError,
            exceptions.ResourceExhausted,
            exceptions.ServiceUnavailable,
            exceptions.Unknown,
        ),
    )


@contextmanager
def _connection(
    client: "BigQueryWriteClient", stream: str, timeout_s: float
) -> Iterator[Callable[["AppendRowsRequest"], "AppendRowsResponse"]]:
    """One connection: what it yields sends a request and waits for the answer to it."""
    from google.api_core import exceptions

    requests: SimpleQueue[Any] = SimpleQueue()
    answers: Iterator[AppendRowsResponse] | None = None

    def ask(request: "AppendRowsRequest") -> "AppendRowsResponse":
        nonlocal answers
        requests.put(request)
        if answers is None:
            # Waits for the first answer, so the first request is there before. The client's own retry would
            # send the rest of the requests as if they were all.
            answers = iter(
                client.append_rows(
                    iter(requests.get, None),
                    retry=None,
                    timeout=timeout_s,
                    metadata=(("x-goog-request-params", f"write_stream={stream}"),),
                )
            )
        for answer in answers:
            return answer
        closed: Callable[[str], Exception] = exceptions.ServiceUnavailable
        raise closed("the connection was closed before the answer")

    try:
        yield ask
    finally:
        requests.put(None)


def _request(stream: str, piece: _Piece) -> "AppendRowsRequest":
    from google.cloud.bigquery_storage_v1.types import AppendRowsRequest, ArrowRecordBatch, ArrowSchema

    return AppendRowsRequest(
        write_stream=stream,
        offset=piece.offset,
        arrow_rows=AppendRowsRequest.ArrowData(
            writer_schema=ArrowSchema(serialized_schema=piece.rows.schema.serialize().to_pybytes()),
            rows=ArrowRecordBatch(serialized_record_batch=piece.rows.serialize().to_pybytes()),
        ),
    )


def _pieces(rows: "pa.Table") -> Iterator[_Piece]:
    """Rows in pieces that a request can carry."""
    each = max(1, int(rows.num_rows * PIECE_BYTES / max(rows.nbytes, 1)))
    offset = 0
    for batch in rows.combine_chunks().to_batches(max_chunksize=each):
        for part in _halved(batch):
            yield _Piece(offset, part)
            offset += part.num_rows


def _halved(batch: "pa.RecordBatch") -> "Iterator[pa.RecordBatch]":
    if batch.num_rows > 1 and batch.nbytes > 2 * PIECE_BYTES:
        half = batch.num_rows // 2
        yield from _halved(batch.slice(0, half))
        yield from _halved(batch.slice(half))
    else:
        yield batch

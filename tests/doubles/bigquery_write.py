"""The Storage Write API over gRPC on loopback, in memory, with faults; the real client talks to it.

It knows pending streams only. The emulator of BigQuery has this API, too: there the same calls are made
without a fault. What is said here of errors is what the API's manual says.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import grpc
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient
from google.cloud.bigquery_storage_v1 import types as api
from google.rpc.status_pb2 import Status

Fault = Literal[
    "lost answer", "lost request", "closed", "busy", "taken", "vanished", "shrunk", "wrong row", "misplaced"
]
SERVICE = "google.cloud.bigquery.storage.v1.BigQueryWrite"
_EXISTS, _OUT_OF_RANGE, _INVALID, _BUSY = (
    code.value[0]
    for code in (
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    )
)


@dataclass
class Stream:
    """One pending stream."""

    table: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    finalized: bool = False
    committed: bool = False


@dataclass
class WriteService:
    """What is held, and what goes wrong next."""

    faults: dict[int, Fault] = field(default_factory=dict)
    """Number of the append, from 1 over all streams -> what happens to it."""
    lose_commit: bool = False
    """The answer to the first commit is lost."""
    forget_finalized: int = 0
    """Rows that a stream loses when it is finalized."""
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    appends: list[tuple[str, int]] = field(default_factory=list)
    """Stream and offset of each append that came."""
    commits: int = 0

    def create(self, request: api.CreateWriteStreamRequest, context: grpc.ServicerContext) -> api.WriteStream:
        name = f"{request.parent}/streams/s{len(self.streams)}"
        self.streams[name] = Stream(request.parent)
        return api.WriteStream(name=name, type_=request.write_stream.type_)

    def get(self, request: api.GetWriteStreamRequest, context: grpc.ServicerContext) -> api.WriteStream:
        stream = self.streams[request.name]
        return api.WriteStream(name=request.name, commit_time={"seconds": 1} if stream.committed else None)

    def append(
        self, requests: Iterator[api.AppendRowsRequest], context: grpc.ServicerContext
    ) -> Iterator[api.AppendRowsResponse]:
        for request in requests:
            self.appends.append((request.write_stream, request.offset))
            fault = self.faults.get(len(self.appends))
            stream = self.streams.get(request.write_stream)
            if fault == "vanished":
                self.streams.pop(request.write_stream)
                context.abort(grpc.StatusCode.NOT_FOUND, "Requested entity was not found")
            if fault == "lost request":
                context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")
            assert stream is not None
            if fault == "shrunk":
                stream.rows.clear()
            if fault == "taken":
                stream.rows += [{}] * 1000
            answer = self._appended(stream, request, fault)
            if fault == "lost answer":
                context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")
            if fault == "closed":
                return
            yield answer

    def _appended(
        self, stream: Stream, request: api.AppendRowsRequest, fault: Fault | None
    ) -> api.AppendRowsResponse:
        if fault == "busy":
            return _refused(_BUSY, "throughput quota")
        if fault == "wrong row":
            return _refused(_INVALID, "row 3 is wrong")
        if request.offset < len(stream.rows):
            return _refused(_EXISTS, "offset exists")
        if request.offset > len(stream.rows):
            return _refused(_OUT_OF_RANGE, "offset is beyond the end")
        schema = pa.ipc.read_schema(pa.py_buffer(request.arrow_rows.writer_schema.serialized_schema))
        held = pa.py_buffer(request.arrow_rows.rows.serialized_record_batch)
        stream.rows += pa.ipc.read_record_batch(held, schema).to_pylist()
        offset = request.offset + (fault == "misplaced")
        return api.AppendRowsResponse(append_result={"offset": offset})

    def finalize(
        self, request: api.FinalizeWriteStreamRequest, context: grpc.ServicerContext
    ) -> api.FinalizeWriteStreamResponse:
        stream = self.streams[request.name]
        stream.finalized = True
        if self.forget_finalized:
            del stream.rows[-self.forget_finalized :]
            self.forget_finalized = 0
        return api.FinalizeWriteStreamResponse(row_count=len(stream.rows))

    def commit(
        self, request: api.BatchCommitWriteStreamsRequest, context: grpc.ServicerContext
    ) -> api.BatchCommitWriteStreamsResponse:
        self.commits += 1
        (name,) = request.write_streams
        stream = self.streams[name]
        assert stream.finalized
        if stream.committed:
            code = api.StorageError.StorageErrorCode.STREAM_ALREADY_COMMITTED
            return api.BatchCommitWriteStreamsResponse(stream_errors=[{"code": code, "entity": name}])
        stream.committed = True
        self.tables.setdefault(stream.table, []).extend(stream.rows)
        if self.lose_commit and self.commits == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")
        return api.BatchCommitWriteStreamsResponse(commit_time={"seconds": 1})


@contextmanager
def serving(service: WriteService) -> Iterator[BigQueryWriteClient]:
    """Google's client of a service that listens on loopback."""
    server = grpc.server(ThreadPoolExecutor(4))
    unary, both = grpc.unary_unary_rpc_method_handler, grpc.stream_stream_rpc_method_handler
    handlers = {
        "CreateWriteStream": _handler(unary, service.create, api.CreateWriteStreamRequest, api.WriteStream),
        "GetWriteStream": _handler(unary, service.get, api.GetWriteStreamRequest, api.WriteStream),
        "AppendRows": _handler(both, service.append, api.AppendRowsRequest, api.AppendRowsResponse),
        "FinalizeWriteStream": _handler(
            unary, service.finalize, api.FinalizeWriteStreamRequest, api.FinalizeWriteStreamResponse
        ),
        "BatchCommitWriteStreams": _handler(
            unary, service.commit, api.BatchCommitWriteStreamsRequest, api.BatchCommitWriteStreamsResponse
        ),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    try:
        transport = BigQueryWriteClient.get_transport_class("grpc")(channel=channel)
        yield BigQueryWriteClient(transport=transport)
    finally:
        channel.close()
        server.stop(None).wait()


def _handler(kind: Callable[..., Any], call: Callable[..., Any], asked: Any, told: Any) -> Any:
    return kind(call, request_deserializer=asked.deserialize, response_serializer=told.serialize)


def _refused(code: int, message: str) -> api.AppendRowsResponse:
    return api.AppendRowsResponse(error=Status(code=code, message=message))

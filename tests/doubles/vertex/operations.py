"""Long-running operations: work in a thread, an end that a client asks for."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

from tests.doubles.vertex.errors import RpcError


class Operations:
    """All operations of the double."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(7001)
        self._known: dict[str, Any] = {}
        self.hang = False
        """Operations that begin from now on never end, and do nothing."""
        self._threads: list[threading.Thread] = []

    def begin(self, parent: str, metadata: Any, work: Callable[[], Any]) -> Any:
        """Begin an operation; its work runs beside the answer, and its result is a message or an RpcError."""
        from google.longrunning import operations_pb2

        with self._lock:
            name = f"{parent}/operations/{next(self._numbers)}"
            operation = operations_pb2.Operation(name=name)
            operation.metadata.Pack(_plain(metadata))
            self._known[name] = operation
        if not self.hang:
            thread = threading.Thread(target=self._run, args=(name, work), daemon=True)
            self._threads.append(thread)
            thread.start()
        return operation

    def get(self, name: str) -> Any:
        """An operation as it is now."""
        with self._lock:
            if name not in self._known:
                raise RpcError("NOT_FOUND", f"Operation {name} is not found.")
            return self._known[name]

    def wait(self) -> None:
        """Wait for all work that began."""
        for thread in self._threads:
            thread.join(10)

    def _run(self, name: str, work: Callable[[], Any]) -> None:
        from google.longrunning import operations_pb2
        from google.rpc import code_pb2

        ended = operations_pb2.Operation(name=name, done=True)
        try:
            ended.response.Pack(_plain(work()))
        except RpcError as exc:
            ended.error.code = code_pb2.Code.Value(exc.code)
            ended.error.message = exc.message
        with self._lock:
            ended.metadata.CopyFrom(self._known[name].metadata)
            self._known[name] = ended


def _plain(message: Any) -> Any:
    return getattr(message, "_pb", message)

"""The endpoint: one raw ASGI application (docs/decisions/005-endpoint-asgi.md says why raw).

`POST /predict` scores rows, `GET /health/live` and `GET /health/ready` are for whoever runs it, `GET /` says
what a request may hold.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lifecycle.endpoint.readiness import Readiness
from lifecycle.endpoint.scorer import RowsError
from lifecycle.endpoint.served import Load, LoadTables, Served, Watcher, load_bundle, load_tables
from lifecycle.endpoint.wire import (
    MAX_BODY_BYTES,
    Disconnected,
    Receive,
    Refusal,
    Scope,
    Send,
    check_media_type,
    parse_rows,
    read_body,
    render_predictions,
    send_answer,
    to_json,
)

log = logging.getLogger(__name__)

# Up to these a request is done where it is, in a few milliseconds; a thread costs more than it saves.
INLINE_BYTES = 8 * 2**10
INLINE_ROWS = 16

Answer = tuple[int, bytes]
T = TypeVar("T")


class App:
    """The application of one endpoint: serves what its manifest asks for, and follows the manifest.

    Args:
        manifest: the file to follow; until it can be loaded, `/predict` and `/health/ready` answer 503.
        load: reads a bundle.
        load_tables: reads newer tables for a bundle that is loaded.
        poll_s: how often the manifest is looked at.
        max_body_bytes: longer requests are refused.
        body_s: a request whose body is not whole by then is refused.
    """

    def __init__(
        self,
        manifest: Path,
        *,
        load: Load = load_bundle,
        load_tables: LoadTables = load_tables,
        poll_s: float = 0.25,
        max_body_bytes: int = MAX_BODY_BYTES,
        body_s: float = 10.0,
    ) -> None:
        self._watcher = Watcher(manifest, load=load, load_tables=load_tables, poll_s=poll_s)
        self._max_body_bytes = max_body_bytes
        self._body_s = body_s
        # One thread: batches queue behind each other, and health and single rows go on between them.
        self._batches = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batch")
        self._routes: dict[str, tuple[str, Callable[[Scope, Receive], Awaitable[Answer]]]] = {
            "/": ("GET", self._describe),
            "/predict": ("POST", self._predict),
            "/health/live": ("GET", self._live),
            "/health/ready": ("GET", self._ready),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope: the process's life, or one request."""
        if scope["type"] == "lifespan":
            await self._live_through(receive, send)
            return
        try:
            status, body = await self._answer(scope, receive)
            await send_answer(send, status, body)
        except Refusal as refusal:
            await send_answer(send, refusal.status, refusal.body(), refusal.headers)
        except Disconnected:
            return
        except Exception:
            # The last frame before the server: the caller gets JSON and no inner workings, the log gets all.
            log.exception("%s %s failed", scope["method"], scope["path"])
            failure = Refusal(500, "the endpoint failed on this request; its log says why")
            await send_answer(send, failure.status, failure.body())

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        try:
            method, handle = self._routes[scope["path"]]
        except KeyError:
            paths = ", ".join(f"{method} {path}" for path, (method, _) in self._routes.items())
            raise Refusal(404, f"no such path; there are {paths}") from None
        allowed = (method, "HEAD") if method == "GET" else (method,)
        if scope["method"] not in allowed:
            raise Refusal(405, f"this path takes {method}", headers=[(b"allow", ", ".join(allowed).encode())])
        return await handle(scope, receive)

    async def _predict(self, scope: Scope, receive: Receive) -> Answer:
        check_media_type(scope["headers"])
        body = await read_body(receive, limit=self._max_body_bytes, seconds=self._body_s)
        served = self._served()
        max_rows = served.manifest.max_batch
        rows = await self._run(lambda: parse_rows(body, max_rows=max_rows), heavy=len(body) > INLINE_BYTES)

        def score() -> bytes:
            scores = served.loaded.scorer.score(rows)
            return render_predictions(served.manifest.model, served.champion.version, scores)

        try:
            return 200, await self._run(score, heavy=len(rows) > INLINE_ROWS)
        except RowsError as exc:
            raise Refusal(422, str(exc), problems=exc.problems) from exc

    async def _run(self, work: Callable[[], T], *, heavy: bool) -> T:
        if not heavy:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._batches, work)

    async def _live(self, scope: Scope, receive: Receive) -> Answer:
        return 200, b'{"live":true}'

    async def _ready(self, scope: Scope, receive: Receive) -> Answer:
        served, failure = self._watcher.served, self._watcher.failure
        if served is None:
            return 503, Readiness(ready=False, pid=os.getpid(), last_error=failure).model_dump_json().encode()
        readiness = Readiness(
            ready=True,
            pid=os.getpid(),
            model=served.manifest.model,
            version=served.champion.version,
            digest=served.champion.digest,
            generation=served.manifest.generation,
            plan=served.loaded.plan,
            tables=served.tables.digest if served.tables else None,
            known_by=served.loaded.known_by,
            last_error=failure,
        )
        return 200, readiness.model_dump_json().encode()

    async def _describe(self, scope: Scope, receive: Receive) -> Answer:
        served = self._served()
        return 200, to_json(
            {
                "model": served.manifest.model,
                "version": served.champion.version,
                "digest": served.champion.digest,
                "max_batch": served.manifest.max_batch,
                "known_by": served.loaded.known_by.isoformat(),
                **served.loaded.description,
            }
        )

    def _served(self) -> Served:
        if self._watcher.served is None:
            raise Refusal(
                503, "no version is loaded yet; /health/ready says why", headers=[(b"retry-after", b"1")]
            )
        return self._watcher.served

    async def _live_through(self, receive: Receive, send: Send) -> None:
        await receive()
        # Not awaited: the process is alive while its first bundle still loads.
        following = asyncio.create_task(self._watcher.follow())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        self._batches.shutdown()
        await send({"type": "lifespan.shutdown.complete"})

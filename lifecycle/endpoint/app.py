"""The endpoint: one raw ASGI application (docs/decisions/005-endpoint-asgi.md says why raw).

`routes` says which paths there are. This module is the life of the process and of one request: let in, read,
answer, refuse.
"""

import asyncio
import contextlib
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from lifecycle.clock import now_us
from lifecycle.endpoint.access import TOKEN_VARIABLE, Access
from lifecycle.endpoint.answering import Answerer
from lifecycle.endpoint.counting import Counts
from lifecycle.endpoint.loading import Load, LoadTables, load_bundle, load_tables
from lifecycle.endpoint.log.record import RequestEntry
from lifecycle.endpoint.log.segments import LogError
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.part_entry import part_entry
from lifecycle.endpoint.parts import Asked, Route, route_of
from lifecycle.endpoint.protocols.codec import Codec, Reply
from lifecycle.endpoint.protocols.tensors import check_outputs
from lifecycle.endpoint.routes import Answer, Handler, Target, vertex_routes
from lifecycle.endpoint.routes import routes as routes_of
from lifecycle.endpoint.scorer import RowsError
from lifecycle.endpoint.served import Served, Watcher
from lifecycle.endpoint.shadow import Seen, Shadows
from lifecycle.endpoint.wire import (
    Disconnected,
    Header,
    Receive,
    Refusal,
    Scope,
    Send,
    check_media_type,
    check_rows,
    decode,
    read_body,
    send_answer,
    to_json,
)
from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import LimitsSection

log = logging.getLogger(__name__)

INLINE_BYTES = 64 * 2**10
"""A body up to this is decoded where it is; a thread costs more than it saves."""
TIDY_S = 1.0
"""How often what has an age is looked at."""
LOG_FOLDER = "requests"
"""Folder of the request log, beside the manifest."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")

T = TypeVar("T")


class App:
    """The application of one endpoint: serves what its manifest asks for, and follows the manifest.

    Args:
        manifest: the file to follow; until it can be loaded, requests for scores and readiness get 503.
        load: reads a bundle.
        load_tables: reads newer tables for a bundle that is loaded.
        poll_s: how often the manifest is looked at.
        body_s: a request whose body is not whole by then is refused.
        access: who may ask; of the environment if not given.
        taken: called when what a manifest asks for is in memory.
    """

    def __init__(
        self,
        manifest: Path,
        *,
        load: Load = load_bundle,
        load_tables: LoadTables = load_tables,
        poll_s: float = 0.5,
        body_s: float = 10.0,
        access: Access | None = None,
        taken: Callable[[], object] = lambda: None,
    ) -> None:
        self._told_taken = taken
        self.counts = Counts()
        self.answerer = Answerer(self.counts)
        self.shadows = Shadows(self.counts, self._log_shadow)
        self.watcher = Watcher(manifest, load=load, load_tables=load_tables, poll_s=poll_s, taken=self._adopt)
        self.access = Access.from_environment() if access is None else access
        self._folder = manifest.parent
        self._body_s = body_s
        self._decoding = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode")
        self._route: Route | None = None
        self._fixed = vertex_routes(os.environ)
        self._handlers = routes_of(None, self._fixed)
        self._id_prefix = uuid4().hex[:16]
        self._ids = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope: the process's life, or one request."""
        if scope["type"] == "lifespan":
            await self._live_through(receive, send)
            return
        headers = dict(scope["headers"])
        target: Target | None = None
        try:
            target = self._target(scope["path"], scope["method"])
            if not target.is_open:
                self.access.check(headers)
            answer = await self._handled(target, headers, receive)
        except Disconnected:
            return
        except Refusal as refusal:
            answer = self._refused(target, refusal)
        except Exception:
            # The last frame before the server: the caller gets JSON and no inner workings, the log gets all.
            log.exception("%s %s failed", scope["method"], scope["path"])
            answer = self._refused(
                target, Refusal(500, "the endpoint failed on this request; its log says why")
            )
        if target is not None and target.codec is not None:
            self.counts.statuses[target.codec.name, answer.status] += 1
        await send_answer(send, answer.status, answer.body, answer.headers, media=answer.media)

    def served(self) -> Served:
        """What is served.

        Raises:
            Refusal: nothing is, yet (503).
        """
        return self._taken().served

    def _target(self, path: str, method: str) -> Target:
        try:
            target = self._handlers[path]
        except KeyError:
            paths = ", ".join(f"{target.method} {path}" for path, target in self._handlers.items())
            raise Refusal(404, f"no such path; there are {paths}") from None
        allowed = (target.method, "HEAD") if target.method == "GET" else (target.method,)
        if method not in allowed:
            told = [(b"allow", ", ".join(allowed).encode())]
            raise Refusal(405, f"this path takes {target.method}", headers=told)
        return target

    async def _handled(self, target: Target, headers: Mapping[bytes, bytes], receive: Receive) -> Answer:
        if target.codec is None:
            handler: Handler = target.handler
            return handler(self)
        counts, route = self.counts, self._route
        limits = route.settings.limits if route else LimitsSection()
        counts.in_flight += 1
        try:
            # One turn of the loop: all that came at the same time are counted before the first is scored.
            await asyncio.sleep(0)
            if counts.in_flight > limits.max_in_flight:
                counts.shed += 1
                told = f"{counts.in_flight} requests are under way; try again later"
                raise Refusal(503, told, headers=[(b"retry-after", b"1")])
            return await self._score(target.codec, target.variant, headers, receive, limits)
        finally:
            counts.in_flight -= 1

    async def _score(
        self,
        codec: Codec,
        pinned: str | None,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        limits: LimitsSection,
    ) -> Answer:
        check_media_type(headers)
        content = await read_body(receive, limit=limits.max_body_bytes, seconds=self._body_s)
        at_us, began_s = now_us(), time.perf_counter()
        route = self._taken()
        served = route.served

        def read() -> object:
            return decode(content, max_depth=limits.max_depth, shape=codec.shape)

        decoded = await self._run(read, heavy=len(content) > INLINE_BYTES)
        body = codec.parse(decoded, served.manifest.max_batch)
        rows = check_rows(body.rows)
        if body.outputs:
            check_outputs(body.outputs, served.champion.loaded.manifest)
        own_id = self._new_id()
        asked = Asked(
            id=_request_id(body.id or headers.get(b"x-request-id", b"").decode("latin-1")) or own_id,
            own_id=own_id,
            protocol=codec.name,
            rows=rows,
            override=pinned or _override(headers, allowed=route.settings.endpoint.header_override),
            at_us=at_us,
            began_s=began_s,
        )
        try:
            answered, outcomes = await self.answerer.answer(route, asked)
        except RowsError as exc:
            raise Refusal(422, str(exc), problems=exc.problems) from exc
        if route.shadows and asked.override is None:
            self.shadows.offer(route, asked, outcomes)
        bundle = served.champion.loaded.manifest
        reply = Reply(
            model=served.manifest.model, bundle=bundle, body=body, answered=answered, request=asked.id
        )
        told: list[Header] = [(b"x-request-id", asked.id.encode())]
        if answered.variant is not None:
            told.append((b"x-flywheel-variant", answered.variant.encode()))
        return Answer(status=200, body=to_json(codec.render(reply)), headers=told)

    async def _run(self, work: Callable[[], T], *, heavy: bool) -> T:
        if not heavy:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._decoding, work)

    def _refused(self, target: Target | None, refusal: Refusal) -> Answer:
        told = refusal.told() if target is None or target.codec is None else target.codec.refuse(refusal)
        return Answer(status=refusal.status, body=to_json(told), headers=refusal.headers)

    def _taken(self) -> Route:
        if self._route is None:
            told = "no version is loaded yet; /health/ready says why"
            raise Refusal(503, told, headers=[(b"retry-after", b"1")])
        return self._route

    def _adopt(self, served: Served) -> None:
        """Take what was loaded: the last step of a reload, between two requests.

        Raises:
            LifecycleError: a token must be asked for, and the process has none; or what hides sensitive keys
                cannot be read.
        """
        settings = served.manifest.settings
        if settings.endpoint.require_token and not self.access.has_token:
            raise LifecycleError(
                f"`deployment.endpoint.require_token` is set and {TOKEN_VARIABLE} is not: start the endpoint "
                "with a token in that environment variable"
            )
        route = route_of(served, self._folder)
        before = self._route.settings.request_log if self._route else None
        if settings.request_log != before:
            self._close_log()
            if settings.request_log.enabled:
                folder = self._folder / LOG_FOLDER
                self.answerer.log = RequestLog(folder, served.manifest.model, settings.request_log)
        self.answerer.adopt(served)
        self._handlers = routes_of(served, self._fixed)
        self._route = route
        self._told_taken()

    def _log_shadow(self, seen: Seen) -> None:
        look, name = seen.look, seen.look.shadow.variant.name
        scored = seen.outcome.scored is not None
        (self.counts.shadow_scored if scored else self.counts.shadow_failed)[name] += 1
        request_log = self.answerer.log
        if request_log is None:
            return
        try:
            request_log.begin()
            part = part_entry(request_log, look.route, look.asked.rows, seen.outcome)
            request_log.append(
                RequestEntry(
                    request=look.asked.id,
                    at_us=look.asked.at_us,
                    latency_us=seen.latency_us,
                    protocol=look.asked.protocol,
                    generation=look.route.served.manifest.generation,
                    status=200 if scored else 500,
                    parts=[part],
                )
            )
        except LogError:
            self.counts.unlogged += 1

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._id_prefix}-{self._ids:x}"

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            if self.answerer.log is not None:
                with contextlib.suppress(OSError):  # told when the next request cannot be logged
                    self.answerer.log.close_old()

    def _close_log(self) -> None:
        if self.answerer.log is not None:
            try:
                self.answerer.log.close()
            except OSError:
                log.exception("the request log could not be closed; its records are in place")
            self.answerer.log = None

    async def _live_through(self, receive: Receive, send: Send) -> None:
        await receive()
        # Not awaited: the process is alive while its first bundle still loads.
        tasks = [asyncio.create_task(self.watcher.follow()), asyncio.create_task(self._tidy())]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.shadows.close()
        self._decoding.shutdown()
        for lane in self.answerer.lanes.values():
            lane.close()
        await asyncio.sleep(0)  # what shadows still handed over
        self._close_log()
        await send({"type": "lifespan.shutdown.complete"})


def _request_id(sent: str) -> str | None:
    """The caller's id of a request; one that could break a header is as good as none."""
    return sent if _REQUEST_ID.fullmatch(sent) else None


def _override(headers: Mapping[bytes, bytes], *, allowed: bool) -> str | None:
    sent = headers.get(b"x-flywheel-variant") if allowed else None
    return sent.decode("latin-1") if sent else None

"""`python -m lifecycle.endpoint.asynchronous`: a worker of a queue, with an endpoint's health and metrics."""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from lifecycle.endpoint.__main__ import build_server
from lifecycle.endpoint.access import TOKEN_VARIABLE
from lifecycle.endpoint.app import App
from lifecycle.endpoint.asynchronous.opening import opened_queue, opened_results
from lifecycle.endpoint.asynchronous.port import Queue
from lifecycle.endpoint.asynchronous.worker import Worker
from lifecycle.endpoint.wire import Receive, Scope, Send, send_answer, to_json
from lifecycle.errors import LifecycleError

log = logging.getLogger(__name__)

QUEUE_PATH = "/queue"


class WorkerApp:
    """The endpoint with a worker beside it, which lives as long.

    `GET /queue` tells how many requests wait: what an autoscaler asks; null where the broker does not tell.

    Args:
        app: the endpoint.
        worker: that asks it.
        queue: of the worker.
        end: called when the worker came to its end by an error: probes that went on to answer would be a lie.
    """

    def __init__(
        self, app: App, worker: Worker, queue: Queue, *, end: Callable[[], object] = lambda: None
    ) -> None:
        self._app, self._worker, self._queue, self._end = app, worker, queue, end
        self.failed: BaseException | None = None
        """Why the worker came to its end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope."""
        if scope["type"] == "lifespan":
            await self._live_through(scope, receive, send)
        elif scope["path"] == QUEUE_PATH and scope["method"] == "GET":
            waiting = await asyncio.to_thread(self._queue.waiting)
            await send_answer(send, 200, to_json({"waiting": waiting}))
        else:
            await self._app(scope, receive, send)

    async def _live_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        working = asyncio.create_task(self._worker.run())
        working.add_done_callback(self._ended)

        async def received() -> object:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                # Before the endpoint closes its log: what is under way ends well.
                self._worker.stop()
                await asyncio.wait([working])
            return message

        await self._app(scope, received, send)  # type: ignore[arg-type]

    def _ended(self, working: "asyncio.Task[None]") -> None:
        if not working.cancelled() and (why := working.exception()) is not None:
            log.error("the worker cannot go on", exc_info=why)
            self.failed = why
            self._end()


def main() -> None:
    """Parse the command line and work."""
    parser = argparse.ArgumentParser(
        prog="python -m lifecycle.endpoint.asynchronous", description="Answer the requests of a queue."
    )
    parser.add_argument("--manifest", type=Path, required=True, help="manifest file to follow")
    for name, what in (
        ("queue", "a folder, redis://, kafka:// or pubsub://"),
        ("results", "a folder or redis://"),
    ):
        variable = f"FLYWHEEL_{name.upper()}"
        told = os.environ.get(variable)
        parser.add_argument(
            f"--{name}",
            default=told,
            required=not told,
            help=f"{what}; else {variable}, which may hold secrets",
        )
    parser.add_argument("--lease", type=float, default=60.0, help="seconds before a lost request comes again")
    parser.add_argument("--batch", type=int, default=64, help="requests taken at a time")
    parser.add_argument("--host", default="127.0.0.1", help="address of health and metrics")
    parser.add_argument("--port", type=int, default=8711, help="port of health and metrics")
    options = parser.parse_args()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, lambda *_: sys.exit(0))
    token = os.environ.get(TOKEN_VARIABLE)
    app = App(options.manifest, taken=gc.freeze)
    try:
        with (
            opened_queue(options.queue, lease_s=options.lease, results=options.results) as queue,
            opened_results(options.results) as kept,
        ):
            worker = Worker(app, queue, kept, manifest=options.manifest, token=token, batch=options.batch)

            def end() -> None:
                server.should_exit = True

            both = WorkerApp(app, worker, queue, end=end)
            server = build_server(both, host=options.host, port=options.port)  # type: ignore[arg-type]
            server.run()
            if both.failed is not None:
                sys.exit(f"the worker could not go on: {both.failed!r}")
    except LifecycleError as exc:
        sys.exit(str(exc))


if __name__ == "__main__":
    main()

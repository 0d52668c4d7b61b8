"""`python -m lifecycle.endpoint`: one endpoint in one process, until SIGTERM drains it."""

import argparse
import gc
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NoReturn

import uvicorn

from lifecycle.endpoint.app import App
from lifecycle.endpoint.routes import readiness

DRAIN_S = 20
"""Requests that are under way at SIGTERM get this long."""
IDLE_S = 75
"""Idle connections are kept this long: a client that reuses one as it closes loses its request."""


def build_server(app: App, *, host: str, port: int) -> uvicorn.Server:
    """A server for the application: one worker, no access log, no name of the software in its answers."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http="httptools",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=DRAIN_S,
        )
    )


def _end(*_: object) -> NoReturn:
    sys.exit(0)


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m lifecycle.endpoint", description="Serve what a manifest names."
    )
    parser.add_argument(
        "--manifest",
        required=True,
        help="manifest to follow: a file, or a URL (gs://...) in a staging folder",
    )
    parser.add_argument(
        "--follow-every", type=float, default=2.0, help="seconds between two looks at a manifest by its URL"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port",
        type=int,
        default=int(os.environ.get("AIP_HTTP_PORT", "8710")),
        help="port to listen on; of AIP_HTTP_PORT where Vertex AI names it",
    )
    options = parser.parse_args()
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # uvicorn drains, then sends itself the signal that it caught, for whoever handled it before: the default
    # (killed by it), or nobody, where a parent had it ignored. Drained is a clean end, whoever started us.
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, _end)
    # Libraries and models are some hundred thousand objects that stay: a collector that looked at them again
    # and again took a tenth of the time of a request.
    remote = "://" in options.manifest
    folder = Path(tempfile.mkdtemp(prefix="flywheel-")) if remote else Path(options.manifest).parent
    app = App(folder / "manifest.json" if remote else Path(options.manifest), taken=gc.freeze)
    with _following(app, options.manifest, folder, options.follow_every) if remote else nullcontext():
        build_server(app, host=options.host, port=options.port).run()


@contextmanager
def _following(app: App, url: str, folder: Path, every_s: float) -> Iterator[None]:
    """Keep a folder in step with the staging folder of a manifest; what the log holds at the end is sent."""
    # Who serves from files loads none of this.
    from lifecycle.endpoint.follow import Follower, end_process
    from lifecycle.endpoint.staging import Staging

    home, _, name = url.rpartition("/")
    follower = Follower(
        Staging(home), name, folder, readiness=lambda: readiness(app), every_s=every_s, unwanted=end_process
    )
    follower.start()
    try:
        yield
    finally:
        follower.end()


if __name__ == "__main__":
    main()

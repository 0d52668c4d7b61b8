"""`python -m lifecycle.endpoint.batch`: scores features with one bundle until it is ended."""

import argparse
import logging
import os
import sys
import tempfile
from pathlib import Path

import uvicorn

from lifecycle.endpoint.batch.scorer import FeatureScorer
from lifecycle.endpoint.batch.server import BatchApp
from lifecycle.endpoint.staging import Staging
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.signature import VERIFY_KEY, key_file


def main() -> None:
    """Parse the command line, bring the bundle, and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m lifecycle.endpoint.batch", description="Score features with one bundle."
    )
    parser.add_argument("--bundle", required=True, help="folder of the bundle: a URL (gs://...)")
    parser.add_argument("--digest", required=True, help="of the bundle: another one is refused")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=int(os.environ.get("AIP_HTTP_PORT", "8710")))
    options = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    with tempfile.TemporaryDirectory(prefix="flywheel-") as folder:
        path = Path(folder, "bundle")
        Staging(options.bundle).bring_folder(path)
        bundle = open_bundle(path, expect_digest=options.digest, verify_key=key_file(VERIFY_KEY))
        app = BatchApp(FeatureScorer(bundle), os.environ)
        config = uvicorn.Config(
            app,
            host=options.host,
            port=options.port,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
        )
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main()

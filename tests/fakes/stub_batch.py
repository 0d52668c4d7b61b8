"""A container that scores features with a constant in the place of a model: it starts at once."""

import argparse
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

VALUE = 0.25


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._reply(200, {})

    def do_POST(self) -> None:
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        if all(rows):
            self._reply(200, {"predictions": [{"value": True, "probability": VALUE} for _ in rows]})
        else:
            self._reply(422, {"error": "instance 0 has no distance"})

    def _reply(self, status: int, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in ("--bundle", "--digest", "--host"):
        parser.add_argument(option, required=True)
    parser.parse_args()
    HTTPServer(("127.0.0.1", int(os.environ["AIP_HTTP_PORT"])), Handler).serve_forever()

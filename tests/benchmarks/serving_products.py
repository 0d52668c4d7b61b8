"""Products that serve models, each in an environment of its own: their packages do not go together with ours.

They score as `serving_peers` do, on one worker, without access logs and metrics where these can be left out.
An environment is made when it is first asked for, and kept.
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.serving_peers import SCORE, WEIGHTS

ENVIRONMENTS = Path(os.environ.get("BENCH_ENVIRONMENTS", ".flywheel/bench")).absolute()
_COMMON = ("numpy==2.4.6", "xgboost==3.2.0", "uvicorn==0.54.0", "httptools==0.9.0", "setuptools<81")

_LITSERVE = """
import litserve
class API(litserve.LitAPI):
    def setup(self, device):
        pass
    def decode_request(self, request):
        return request["rows"]
    def predict(self, rows):
        return score(rows)
    def encode_response(self, scores):
        return {"predictions": scores}
if __name__ == "__main__":
    server = litserve.LitServer(API(), accelerator="cpu", workers_per_device=1)
    quiet = {"generate_client_file": False, "log_level": "error", "access_log": False}
    server.run(host="127.0.0.1", port=int(sys.argv[1]), **quiet)
"""
# No option of KServe leaves out its access log.
_KSERVE = """
import logging, kserve
logging.disable(logging.INFO)
class Model(kserve.Model):
    def __init__(self):
        super().__init__("m")
        self.ready = True
    async def predict(self, payload, headers=None, response_headers=None):
        return {"predictions": score(payload["instances"])}
plain = {"enable_grpc": False, "access_log_format": None, "workers": 1}
kserve.ModelServer(http_port=int(sys.argv[1]), **plain).start([Model()])
"""
_MLSERVER = """
import asyncio
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse
class Model(MLModel):
    async def load(self):
        return True
    async def predict(self, payload):
        columns = {tensor.name: list(tensor.data) for tensor in payload.inputs}
        scores = numpy.array(score([dict(zip(columns, values)) for values in zip(*columns.values())]))
        return InferenceResponse(model_name="m", outputs=[NumpyCodec.encode_output("predictions", scores)])
async def main():
    port = int(sys.argv[1])
    others = {"grpc_port": port + 1, "metrics_port": port + 2}
    server = MLServer(Settings(host="127.0.0.1", http_port=port, parallel_workers=0, debug=False, **others))
    await server.start(models_settings=[ModelSettings(name="m", implementation=Model)])
asyncio.run(main())
"""
_BENTOML = """
import bentoml
@bentoml.service(workers=1, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Model:
    @bentoml.api
    async def predict(self, rows: list[dict]) -> list[float]:
        return score(rows)
"""


def _open_inference(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows as tensors of one column each."""
    return {
        "inputs": [
            {
                "name": name,
                "shape": [len(rows)],
                "datatype": "BYTES" if name.startswith("c") else "FP64",
                "data": [row[name] for row in rows],
            }
            for name in rows[0]
            if name != "id"
        ]
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A server with packages of its own, and how it wants to be asked."""

    name: str
    package: str
    script: str
    path: str
    wrap: Callable[[list[dict[str, Any]]], dict[str, Any]]
    module: tuple[str, ...] = ()
    """Arguments of Python that start it; without them the script is run."""

    @property
    def place(self) -> Path:
        """Folder of its environment and script."""
        return ENVIRONMENTS / self.package.replace("==", "-")

    def body(self, body: bytes) -> bytes:
        """A body of ours as the product wants it."""
        asked = json.loads(body)
        return json.dumps(self.wrap(asked if isinstance(asked, list) else [asked])).encode()

    def command(self) -> list[str]:
        """Starts it; the port is still to be added. Makes the environment where there is none.

        Raises:
            subprocess.CalledProcessError: a package cannot be installed.
        """
        place = self.place
        python, done = place / "bin" / "python", place / "installed"
        if not done.exists():
            print(f"making an environment of {self.package}", file=sys.stderr, flush=True)
            venv.create(place, with_pip=True, clear=True)
            quiet = ("--quiet", "--disable-pip-version-check")
            subprocess.run([python, "-m", "pip", "install", *quiet, self.package, *_COMMON], check=True)
            done.touch()
        script = place / "served.py"
        script.write_text(SCORE + self.script)
        return [str(python), "-W", "ignore", *(self.module or (str(script),))]

    def environment(self, weights: Path) -> dict[str, str]:
        """What its process needs to know."""
        return {
            WEIGHTS: str(weights),
            "PYTHONPATH": str(self.place),
            "DO_NOT_TRACK": "1",
            "BENTOML_DO_NOT_TRACK": "1",
        }


PRODUCTS = (
    Product(
        name="LitServe",
        package="litserve==0.2.19",
        script=_LITSERVE,
        path="/predict",
        wrap=lambda rows: {"rows": rows},
    ),
    Product(
        name="KServe",
        package="kserve==0.21.0",
        script=_KSERVE,
        path="/v1/models/m:predict",
        wrap=lambda rows: {"instances": rows},
    ),
    Product(
        name="MLServer",
        package="mlserver==1.7.1",
        script=_MLSERVER,
        path="/v2/models/m/infer",
        wrap=_open_inference,
    ),
    Product(
        name="BentoML",
        package="bentoml==1.4.40",
        script=_BENTOML,
        path="/predict",
        wrap=lambda rows: {"rows": rows},
        module=("-m", "bentoml", "serve", "served:Model", "--host", "127.0.0.1", "--port"),
    ),
)

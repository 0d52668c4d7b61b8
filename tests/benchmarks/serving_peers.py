"""Servers that others would build or take for the same booster.

They score by `inplace_predict` on one thread and log nothing: what is left out favours them.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

WEIGHTS = "BENCH_WEIGHTS"
SCORE = """
import json, os, sys, numpy, xgboost
booster = xgboost.Booster({"nthread": 1}, model_file=os.environ["BENCH_WEIGHTS"])
NAMES = [f"x{i}" for i in range(18)] + [f"c{i}" for i in range(2)]
CODES = {f"c{i}": float(i) for i in range(12)}
def score(rows):
    values = [[CODES[row[n]] if n[0] == "c" else row[n] for n in NAMES] for row in rows]
    return booster.inplace_predict(numpy.array(values, dtype=numpy.float32)).tolist()
"""
"""What all of them score by, those of `serving_products` too."""
_SERVE = """
import uvicorn
def serve(app):
    uvicorn.run(app, port=int(sys.argv[1]), http="httptools", access_log=False, log_level="error")
"""
_STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def predict(request):
    body = json.loads(await request.body())
    return JSONResponse({"predictions": score(body if isinstance(body, list) else [body])})
serve(Starlette(routes=[Route("/predict", predict, methods=["POST"])]))
"""
_FASTAPI = """
from fastapi import FastAPI
from pydantic import create_model
fields = {n: (str if n[0] == "c" else float, ...) for n in NAMES}
Row = create_model("Row", id=(int, ...), **fields)
app = FastAPI()
@app.post("/predict")
async def predict(body: Row | list[Row]):
    rows = body if isinstance(body, list) else [body]
    return {"predictions": score([row.model_dump() for row in rows])}
serve(app)
"""
_MLFLOW = """
import tempfile, mlflow
from pathlib import Path
from mlflow.pyfunc.scoring_server import init
class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return score(model_input.to_dict("records"))
folder = Path(tempfile.mkdtemp()) / "model"
mlflow.pyfunc.save_model(folder, python_model=Model(), pip_requirements=[])
serve(init(mlflow.pyfunc.load_model(str(folder))))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server, and how it wants to be asked."""

    name: str
    script: str
    path: str = "/predict"
    wraps: bool = False
    """Whether rows come as `{"dataframe_records": [...]}`."""

    def command(self) -> list[str]:
        """Starts it; the port is still to be added."""
        return [sys.executable, "-W", "ignore", "-c", SCORE + _SERVE + self.script]

    def environment(self, weights: Path) -> dict[str, str]:
        """What its process needs to know."""
        return {WEIGHTS: str(weights)}

    def body(self, body: bytes) -> bytes:
        """A body of ours as the peer wants it."""
        if not self.wraps:
            return body
        return b'{"dataframe_records":' + (body if body.startswith(b"[") else b"[" + body + b"]") + b"}"


PEERS = (
    Peer(name="Starlette", script=_STARLETTE),
    Peer(name="FastAPI, typed", script=_FASTAPI),
    Peer(name="MLflow server", script=_MLFLOW, path="/invocations", wraps=True),
)

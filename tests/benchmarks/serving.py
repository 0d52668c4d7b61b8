"""Requests of one row and of a hundred over loopback: our endpoint with its log on, beside its peers
and a bare ASGI echo.

One xgboost classifier (20 features, two of them categories, 300 trees of depth 6), one worker each, the load
from this process over raw sockets. Read ratios and processor time: the machine is shared by both sides.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from lifecycle.endpoint.manifest import (
    EndpointManifest,
    Settings,
    Variant,
    write_manifest,
)
from lifecycle.features.build import build_plan
from lifecycle.features.encoding import EncodedFeature, Encoding, RowEncoder
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.request import RequestReader
from lifecycle.registry.bundle import (
    ENCODING_FILE,
    GOLDEN_FILE,
    PLAN_FILE,
    TWIN_FILE,
    WEIGHTS_FILE,
    Bundle,
    BundleManifest,
    seal_bundle,
)
from lifecycle.registry.onnx_twin import make_twin
from lifecycle.spec.deployment import RequestLogSection
from lifecycle.spec.parse import parse_spec
from tests.benchmarks.serving_peers import PEERS, Peer
from tests.benchmarks.serving_products import PRODUCTS, Product
from tests.fakes.ports import free_port

NUMBERS, CATEGORIES = 18, 2
SECONDS = 1.0
ROUNDS = 3
CONNECTIONS = (1, 8, 32)
VOCABULARY = tuple(f"c{i}" for i in range(12))

ECHO = """
import json, sys, uvicorn
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    answer = json.dumps({"rows": len(json.loads(body))}).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": answer})
uvicorn.run(app, port=int(sys.argv[1]), http="httptools", lifespan="off", access_log=False, log_level="error")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One load on one server."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Processor time of the server, a request."""


def make_model(folder: Path, *, twin: bool) -> tuple[Bundle, list[dict[str, Any]]]:
    """A bundle, with `model.onnx` or without, and rows to ask with."""
    import xgboost

    folder.mkdir(parents=True)
    columns = {"id": {"type": "int"}, "label": {"type": "bool", "null_share": 1.0}}
    columns |= {f"x{i}": {"type": "float"} for i in range(NUMBERS)}
    columns |= {f"c{i}": {"type": "string", "null_share": 1.0} for i in range(CATEGORIES)}
    names = [name for name in columns if name not in ("id", "label")]
    spec = {
        "model": {"name": "bench", "task": "binary"},
        "data": {
            "source": {"files": "none.parquet"},
            "entity": "id",
            "partition": {"every": "once"},
            "columns": columns,
            "label": {"column": "label"},
        },
        "features": {"columns": {name: name for name in names}},
        "evaluation": {"gates": [{"metric": "auc", "min": 0.5}]},
    }
    plan = build_plan(parse_spec(json.dumps(spec)))
    rng = np.random.default_rng(7)
    kinds = {name: "category" if name.startswith("c") else "number" for name in names}
    encoding = Encoding(
        features=tuple(
            EncodedFeature(
                name=name,
                kind=kinds[name],  # type: ignore[arg-type]  # one of the two
                categories=VOCABULARY if kinds[name] == "category" else (),
            )
            for name in names
        )
    )
    matrix = np.column_stack(
        [
            rng.integers(0, 12, 20_000) if kinds[name] == "category" else rng.normal(size=20_000)
            for name in names
        ]
    ).astype(np.float32)
    labels = matrix[:, 0] * matrix[:, 1] + rng.normal(size=20_000) > 0
    data = xgboost.DMatrix(matrix, labels, feature_types=encoding.types, enable_categorical=True)
    parameters = {"objective": "binary:logistic", "max_depth": 6, "nthread": 2}
    booster = xgboost.train(parameters, data, num_boost_round=300)
    booster.save_model(folder / WEIGHTS_FILE)
    rows = [
        {"id": i}
        | {
            name: VOCABULARY[int(value)] if kinds[name] == "category" else round(float(value), 4)
            for name, value in zip(names, matrix[i], strict=True)
        }
        for i in range(500)
    ]
    values, _ = RequestReader(plan).read(rows[0], now_us=0)
    features = OnlineFeatures(plan, {}).compute(values)
    asked = RowEncoder(encoding).encode([features])
    scores = booster.inplace_predict(asked).astype(float).tolist()
    if twin:
        content = make_twin("xgboost", (folder / WEIGHTS_FILE).read_bytes(), encoding, asked)
        (folder / TWIN_FILE).write_bytes(content)
    golden = [{"request": rows[0], "features": features, "scores": scores}]
    parts = [(PLAN_FILE, plan.to_json()), (ENCODING_FILE, encoding.to_json()), (GOLDEN_FILE, golden)]
    for name, content in parts:
        (folder / name).write_text(json.dumps(content))
    manifest = BundleManifest(
        model="bench",
        task="binary",
        trainer="xgboost",
        as_of="all",
        cut_off=datetime(2013, 4, 1, tzinfo=UTC),
        validation_start=None,
        holdout_start=None,
        classes=(False, True),
        threshold=0.5,
        entity="id",
        event_time=None,
        request=plan.request,
        required=plan.required,
        spec_fingerprint="",
        plan_fingerprint=plan.fingerprint,
        data_versions={},
        versions={},
    )
    return seal_bundle(folder, manifest), rows


def manifest_of(bundle: Bundle, *, logged: bool, canary: bool) -> EndpointManifest:
    """One variant, or two of the same bundle."""
    weights = {"champion": 70, "challenger": 30} if canary else {"champion": 100}
    variants = tuple(
        Variant(
            name=name,
            role=name,  # type: ignore[arg-type]  # variants bear the names of roles here
            version="1",
            bundle=str(bundle.path),
            digest=bundle.digest,
            weight=weight,
        )
        for name, weight in weights.items()
    )
    return EndpointManifest(
        model="bench",
        generation=1,
        variants=variants,
        max_batch=1000,
        settings=Settings(request_log=RequestLogSection(enabled=logged)),
    )


@contextmanager
def served(
    command: Sequence[str],
    body: bytes,
    *,
    path: str = "/predict",
    told: Mapping[str, str] | None = None,
) -> Iterator[tuple[int, psutil.Process]]:
    """A server in a process of its own, once it answers."""
    port = free_port()
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | (told or {})
    process = subprocess.Popen([*command, str(port)], env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                asyncio.run(load(port, [body], connections=1, seconds=0.01, path=path))
                break
            except OSError:
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        # Some products leave their workers behind.
        started = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.wait(30)
        for worker in started:
            with suppress(psutil.NoSuchProcess):
                worker.kill()


def request(body: bytes, *, path: str) -> bytes:
    """A whole HTTP request."""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def load(
    port: int, bodies: Sequence[bytes], *, connections: int, seconds: float, path: str
) -> list[float]:
    """Seconds of each request, over connections that each ask again as soon as they are answered."""
    times: list[float] = []
    requests = [request(body, path=path) for body in bodies]
    deadline = time.perf_counter() + seconds

    async def ask(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first
        while True:
            began = time.perf_counter()
            writer.write(requests[number % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 200"):
                raise OSError(f"answered {head[:12]!r}")
            times.append(time.perf_counter() - began)
            number += connections
            if time.perf_counter() >= deadline:
                break
        writer.close()

    await asyncio.gather(*(ask(i) for i in range(connections)))
    return times


def cpu_s(process: psutil.Process) -> float:
    """Processor time of a server and of what it started, so far."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def measure(
    port: int, process: psutil.Process, bodies: Sequence[bytes], connections: int, *, path: str
) -> Measured:
    """One load."""
    asyncio.run(load(port, bodies, connections=connections, seconds=0.3, path=path))
    before = cpu_s(process)
    times = sorted(asyncio.run(load(port, bodies, connections=connections, seconds=SECONDS, path=path)))
    cpu = cpu_s(process) - before
    return Measured(
        per_s=len(times) / SECONDS,
        p50_ms=1000 * statistics.median(times),
        p99_ms=1000 * times[int(0.99 * len(times))],
        cpu_us=1e6 * cpu / len(times),
    )


def main() -> None:
    """Print the table, medians of rounds in which the servers take turns."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        bundle, rows = make_model(home / "bundle", twin=True)
        native, _ = make_model(home / "native", twin=False)
        bodies = {
            "1 row": [json.dumps(row).encode() for row in rows],
            "100 rows": [json.dumps(rows[i : i + 100]).encode() for i in range(0, 500, 100)],
        }
        endpoints = {
            "endpoint, no log": (bundle, False, False),
            "endpoint": (bundle, True, False),
            "without twin": (native, True, False),
            "canary": (bundle, True, True),
        }
        commands: dict[str, list[str]] = {"echo": [sys.executable, "-c", ECHO]}
        for name, (served_by, logged, canary) in endpoints.items():
            folder = home / name.replace(" ", "-")
            folder.mkdir()
            path = folder / "manifest.json"
            write_manifest(path, manifest_of(served_by, logged=logged, canary=canary))
            commands[name] = [sys.executable, "-m", "lifecycle.endpoint", "--manifest", str(path), "--port"]
        weights = bundle.path / WEIGHTS_FILE
        peers: dict[str, Peer | Product] = {peer.name: peer for peer in (*PEERS, *PRODUCTS)}
        commands |= {name: peer.command() for name, peer in peers.items()}
        told = {name: peer.environment(weights) for name, peer in peers.items()}
        found: dict[tuple[str, str, int], list[Measured]] = {}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                peer = peers.get(name)
                path = peer.path if peer else "/predict"
                asked = {
                    what: [peer.body(body) if peer else body for body in some]
                    for what, some in bodies.items()
                }
                with served(command, asked["1 row"][0], path=path, told=told.get(name)) as (port, process):
                    for connections in CONNECTIONS:
                        one = measure(port, process, asked["1 row"], connections, path=path)
                        found.setdefault((name, "1 row", connections), []).append(one)
                    one = measure(port, process, asked["100 rows"], 1, path=path)
                    found.setdefault((name, "100 rows", 1), []).append(one)
    titles = ("req/s", "p50 ms", "p99 ms", "CPU us", "x echo")
    print(f"{'server':<18}{'asks':<10}{'conn.':>6}" + "".join(f"{title:>9}" for title in titles))
    for (name, what, connections), rounds in found.items():
        cpu = statistics.median(m.cpu_us for m in rounds)
        floor = statistics.median(m.cpu_us for m in found["echo", what, connections])
        print(
            f"{name:<18}{what:<10}{connections:>6}{statistics.median(m.per_s for m in rounds):>9.0f}"
            f"{statistics.median(m.p50_ms for m in rounds):>9.2f}"
            f"{statistics.median(m.p99_ms for m in rounds):>9.2f}{cpu:>9.0f}{cpu / floor:>9.1f}"
        )

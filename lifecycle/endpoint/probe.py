"""`python -m lifecycle.endpoint.probe BUNDLE`: time and memory of a bundle, measured where nothing else runs.

Run it in a fresh process: memory that was once touched is not given back, and another's imports would be
counted as the bundle's. It prints one JSON object.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import lifecycle
from lifecycle.endpoint.scorer import Scorer
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.onnx_runtime import load_onnxruntime

WARM_UP, SINGLE_CALLS, BATCH_CALLS, BATCH_ROWS = 50, 1000, 40, 100
MAX_S = 20.0
"""A slow model is called less often, not for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Raw measurements.

    Attributes:
        single_s: seconds of each call with one row; batch_s: with 100 rows.
        single_cpu_s: of which this thread computed: the rest is waiting for a machine that others use too.
        base_bytes: resident memory with the serving code and the libraries loaded, before the bundle.
        bytes: resident memory at the end.
    """

    single_s: Sequence[float]
    single_cpu_s: Sequence[float]
    batch_s: Sequence[float]
    base_bytes: int
    bytes: int


def probe(folder: Path) -> Probe:
    """Load a bundle and call it with its golden requests.

    Raises:
        BundleError: the folder holds no sound bundle.
    """
    _load_libraries()
    base = _resident()
    scorer = Scorer.load(open_bundle(folder))
    requests = [golden["request"] for golden in scorer.golden]
    calls = [[request] for request in requests]
    batch = [list(islice(cycle(requests), BATCH_ROWS))] if requests else []
    for rows in islice(cycle(calls), WARM_UP):
        scorer.score(rows)
    single_s, single_cpu_s = _timed(scorer, calls, SINGLE_CALLS)
    batch_s, _ = _timed(scorer, batch, BATCH_CALLS)
    return Probe(
        single_s=single_s,
        single_cpu_s=single_cpu_s,
        batch_s=batch_s,
        base_bytes=base,
        bytes=_resident(),
    )


def run_probe(folder: Path, *, time_limit_s: float = 120) -> Probe:
    """Probe a bundle in a fresh process with one thread, which sees nothing of our environment's secrets.

    Raises:
        LifecycleError: it did not end in time, or ended without an answer.
    """
    passed_on = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in passed_on if name in os.environ}
    environment |= {"PYTHONPATH": str(Path(lifecycle.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "lifecycle.endpoint.probe", str(folder)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=time_limit_s
        )
    except subprocess.TimeoutExpired as exc:
        raise LifecycleError(
            f"the bundle was not loaded and called within {time_limit_s:g} s: its footprint is not known"
        ) from exc
    if done.returncode != 0:
        told = next(reversed(done.stderr.strip().splitlines()), "nothing")
        raise LifecycleError(
            f"probing the bundle ended with code {done.returncode} and said {told!r:.300}: its footprint is "
            "not known"
        )
    try:
        return Probe(**json.loads(done.stdout))
    except (ValueError, TypeError) as exc:
        # A library that prints, or other code than ours behind the same name.
        raise LifecycleError(
            f"probing the bundle said {done.stdout!r:.300}, which is no measurement: its footprint is "
            "not known"
        ) from exc


def _timed(scorer: Scorer, calls: Sequence[Sequence[Any]], n: int) -> tuple[list[float], list[float]]:
    """Seconds by the clock, and by what this thread computed, of each call."""
    times: list[float] = []
    computed: list[float] = []
    deadline = time.perf_counter() + MAX_S
    for rows in islice(cycle(calls), n):
        began, cpu_began = time.perf_counter(), time.thread_time()
        scorer.score(rows)
        computed.append(time.thread_time() - cpu_began)
        ended = time.perf_counter()
        times.append(ended - began)
        if ended > deadline:
            break
    return times, computed


def _load_libraries() -> None:
    """What every bundle needs, so that it is not counted as this one's."""
    import pyarrow.parquet  # noqa: F401  # loaded for its memory
    import xgboost  # noqa: F401  # loaded for its memory

    with suppress(ImportError):  # a bundle is served without it, too
        load_onnxruntime()


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    print(json.dumps(asdict(probe(Path(sys.argv[1])))))

"""Trees and networks on the same real flights: the metric on the same holdout, the gate, the seconds.

The first half of 2013, trained by the real job, sealed and judged as the `evaluation` asset does; the trees
are the champion. Networks are tried as they come, by two processes, and with more of everything.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from lifecycle.registry.bundle import Bundle
from tests.benchmarks.gates import EXAMPLE, MONTHS, Bench, as_they_are

WINDOW = MONTHS[:6]
NETWORKS: Mapping[str, Mapping[str, object]] = {
    "network as it comes": {"parameters": {}},
    "network by two processes": {"parameters": {}, "compute": {"cpu": 2, "count": 2}},
    "wide network": {"parameters": {"width": 512, "depth": 3, "dropout": 0.3, "learning_rate": 0.0003}},
}
SHARED = {"trainer": "torch", "rounds": 60, "early_stopping_rounds": 8, "seed": 2013, "validation": 0.1}


def run(bench: Bench, networks: Mapping[str, Mapping[str, object]]) -> None:
    """Print a line for the trees and one for each network."""
    bench.make_tables(WINDOW)
    trees, rows = _trained(bench, "trees")
    _tell(bench, "trees", trees, rows, None)
    for name, changes in networks.items():
        spec = bench.spec
        training = spec.training.model_validate({**SHARED, **changes})
        other = replace(bench, spec=spec.model_copy(update={"training": training}).with_folder(EXAMPLE))
        network, rows = _trained(other, name)
        _tell(other, name, network, rows, trees)


def _trained(bench: Bench, name: str) -> tuple[Bundle, pa.Table]:
    began = time.perf_counter()
    made = bench.train(name, WINDOW, as_they_are)
    print(f"{name}: trained in {time.perf_counter() - began:.0f} s", flush=True)
    return made


def _tell(bench: Bench, name: str, bundle: Bundle, rows: pa.Table, champion: Bundle | None) -> None:
    report = bench.judged(bundle, rows, champion)
    told = ", ".join(f"{one.metric} {one.value:.4f}" for one in report.metrics if one.value is not None)
    print(f"  {report.n_rows:,} rows of the holdout: {told}")
    for gate in report.gates:
        if "champion" in gate.gate:
            print(f"  {gate.verdict:<16} {gate.gate:<36} {gate.reason}", flush=True)


def main() -> None:
    """Build the lake of flights, train and judge."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        script = [sys.executable, str(EXAMPLE / "lake.py"), str(home / "lake" / "flights")]
        subprocess.run(script, env=os.environ | {"PYTHONPATH": str(EXAMPLE.parents[1])}, check=True)
        run(Bench.at(home), NETWORKS)

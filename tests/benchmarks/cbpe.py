"""CBPE on real flights: a model as of March, its AUC of April to December before and after the labels.

Beside ours: the same with isotonic calibration, the mean of the holdout (nobody looks at the inputs), and
NannyML, where the variable FLYWHEEL_NANNYML names the Python of an environment that has it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.optimize import isotonic_regression

from assets.partitions import partitions_of, window_of
from assets.training import training_tables
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import Floats
from lifecycle.monitoring.cbpe import calibrate, estimate
from lifecycle.monitoring.estimate import Estimate, estimate_named
from lifecycle.monitoring.expected import BINARY, expected_binary
from lifecycle.monitoring.scored_rows import ScoredRows, score_window
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.champion import Contender
from lifecycle.registry.judging import holdout_of, period
from resources.warehouse.base import ALL_TIME
from tests.benchmarks.gates import EXAMPLE, MONTHS, Bench, as_they_are
from tests.lifecycle.monitoring.worlds import flips

NANNYML = "FLYWHEEL_NANNYML"
METRICS = ("auc", "f1", "log_loss")
WORLDS = {
    "calibrated": {"slope": 1.0, "spread": 0.0},
    "log odds twice too large": {"slope": 2.0, "spread": 0.0},
    "days differ by .4": {"slope": 1.0, "spread": 0.4},
}
N_RUNS = 200


def run(bench: Bench) -> None:
    """Print realised and estimated metrics by month, and how far the estimates were off on average."""
    bench.make_tables()
    bundle, _ = bench.train("as of March", MONTHS[:3], as_they_are)
    held_out = _held_out(bench, bundle)
    months = {month: _month(bench, bundle, month) for month in MONTHS[3:]}
    threshold, sample = bundle.manifest.threshold, held_out.labelled(bundle.manifest.threshold)
    began = time.perf_counter()
    calibration = calibrate(sample, seed=0)
    ours = {month: estimate(calibration, rows.scores, rows.blocks) for month, rows in months.items()}
    print(f"ours: {time.perf_counter() - began:.1f} s for {sample.n_rows:,} held-out rows and 9 months")
    theirs = _nannyml(bench.home, held_out, months, threshold)
    for name in METRICS:
        held = metric(name, "binary").value(sample) or float("nan")
        off: dict[str, list[float]] = {"ours": [], "isotonic": [], "holdout": [], "nannyml": []}
        inside = 0
        print(
            f"\n{name}, {held:.4f} on the holdout\n\n| month | realised | ours | 95 % | isotonic | NannyML |"
        )
        print("|---|---|---|---|---|---|")
        for month, rows in months.items():
            realised = metric(name, "binary").value(rows.labelled(threshold)) or float("nan")
            found = estimate_named(ours[month], name)
            assert found is not None and found.value is not None
            isotonic = _isotonic(held_out, rows, threshold, name)
            nanny = theirs.get(month, {}).get(name, float("nan"))
            inside += _holds(found, realised)
            for who, value in (
                ("ours", found.value),
                ("isotonic", isotonic),
                ("holdout", held),
                ("nannyml", nanny),
            ):
                off[who].append(abs(value - realised))
            print(
                f"| {month} | {realised:.4f} | {found.value:.4f} | {found.low:.4f} to {found.high:.4f} "
                f"| {isotonic:.4f} | {nanny:.4f} |"
            )
        print(f"mean absolute error: {', '.join(f'{who} {np.mean(v):.4f}' for who, v in off.items())}")
        print(f"realised inside our interval: {inside} of {len(months)} months", flush=True)


def simulate() -> None:
    """How often the realised value lies in the interval, where the truth is known: 200 runs a world.

    2,000 held-out rows of 20 days, then a window of 10 days whose inputs have moved.
    """
    rng = np.random.default_rng(0)
    print("| world | " + " | ".join(BINARY) + " |\n|---|" + "---|" * len(BINARY))
    for name, world in WORLDS.items():
        held = dict.fromkeys(BINARY, 0)
        for number in range(N_RUNS):
            before = flips(rng, days=20, rows=100, **world)
            after = flips(rng, days=10, rows=100, shift=0.3, **world)
            for found in estimate(calibrate(before, seed=number), after.scores, after.block):
                held[found.metric] += _holds(found, metric(found.metric, "binary").value(after) or 0.0)
        print(f"| {name} | " + " | ".join(f"{n / N_RUNS:.3f}" for n in held.values()) + " |", flush=True)


def _holds(found: Estimate, realised: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= realised <= found.high


def _held_out(bench: Bench, bundle: Bundle) -> ScoredRows:
    tables = training_tables(bench.spec, bench.warehouse, MONTHS[:3])
    part = holdout_of(bundle.manifest)
    batches = (batch for table in tables for batch in bench.warehouse.batches(table))
    return score_window(Contender.load(bundle), batches, part)


def _month(bench: Bench, bundle: Bundle, month: str) -> ScoredRows:
    (table,) = training_tables(bench.spec, bench.warehouse, [month])
    window = window_of(partitions_of(bench.spec), month)
    part = period(window.start, window.end, cut_off=ALL_TIME.end)
    rows = score_window(Contender.load(bundle), bench.warehouse.batches(table), part)
    # Flights that never landed have no truth to be compared with; in production they are estimated as well.
    known = rows.known
    return ScoredRows(
        task=rows.task,
        scores=rows.scores[known],
        labels=rows.labels[known],
        blocks=rows.blocks[known],
        features=None,
        amount=rows.amount[known],
    )


def _isotonic(held_out: ScoredRows, rows: ScoredRows, threshold: float | None, name: str) -> float:
    known = held_out.known
    order = np.argsort(held_out.scores[known])
    fitted: Floats = isotonic_regression(held_out.labels[known][order]).x
    p = np.interp(rows.scores, held_out.scores[known][order], fitted)
    return float(expected_binary(p[None, :], rows.scores, threshold=threshold)[name][0])


def _nannyml(
    home: Path, held_out: ScoredRows, months: dict[str, ScoredRows], threshold: float | None
) -> dict[str, dict[str, float]]:
    """NannyML's estimates by month and metric; empty where its environment is not named."""
    python = os.environ.get(NANNYML)
    if python is None:
        print(f"NannyML is left out: {NANNYML} names no Python that has it")
        return {}
    for name, parts in (("reference", {"held out": held_out}), ("analysis", months)):
        tables = []
        for month, rows in parts.items():
            known = rows.known
            said = rows.scores[known] >= (threshold or 0.5)
            columns = {"score": rows.scores[known], "said": said.astype(int), "late": rows.labels[known]}
            tables.append(pa.table({**columns, "month": [month] * int(known.sum())}))
        pq.write_table(pa.concat_tables(tables), home / f"{name}.parquet")
    script = Path(__file__).with_name("cbpe_nannyml.py")
    began = time.perf_counter()
    done = subprocess.run([python, str(script), str(home)], check=True, capture_output=True, text=True)
    print(f"NannyML: {time.perf_counter() - began:.1f} s with its import")
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Build the lake of flights in a folder that is thrown away, and run on it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        script = [sys.executable, str(EXAMPLE / "lake.py"), str(home / "lake" / "flights")]
        subprocess.run(script, env=os.environ | {"PYTHONPATH": str(EXAMPLE.parents[1])}, check=True)
        run(Bench.at(home))
    simulate()

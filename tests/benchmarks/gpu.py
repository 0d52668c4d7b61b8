"""Trees and networks fit on a GPU and on the processor: seconds, and what the models are worth.

The same job through `python -m lifecycle.training`, as a user runs it. Where there is no GPU it says so, and
measures the processor only.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.training.job import JOB_FILE, RESULT_FILE, TrainingJob, TrainingResult
from tests.fakes.bundles import CUT_OFF, INSTANT, START

ROWS, COLUMNS, TABLES = 1_000_000, 20, 4
TRAINERS: Mapping[str, Mapping[str, object]] = {
    "xgboost": {"parameters": {"max_depth": 8, "eta": 0.1}, "rounds": 200},
    "torch": {"parameters": {"width": 256, "batch_rows": 8192}, "rounds": 5},
}


def gpu() -> str | None:
    """Name of the first GPU that torch can use; None: there is none here."""
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else None


def write_tables(folder: Path, *, rows: int) -> tuple[str, ...]:
    """Feature tables whose label follows from some of their columns."""
    draw, paths = np.random.default_rng(2013), []
    for number in range(TABLES):
        n = rows // TABLES
        values = draw.normal(size=(n, COLUMNS)).astype(np.float32)
        told = values[:, 0] + values[:, 1] ** 2 + values[:, 2] * values[:, 3] + draw.normal(size=n)
        first = int(START.timestamp() * 1e6) + number * 10**12 // 2
        at = first + np.arange(n) * 1000
        columns = {f"c{i:02}": pa.array(values[:, i]) for i in range(COLUMNS)}
        columns |= {"entity": pa.array([f"{number}-{i}" for i in range(n)]), "label": pa.array(told > 1)}
        columns |= {"at": pa.array(at, INSTANT), "label_known_at": pa.array(at + 1, INSTANT)}
        paths.append(folder / f"features-{number}.parquet")
        pq.write_table(pa.table(columns), paths[-1])
    return tuple(map(str, paths))


def trained(folder: Path, tables: tuple[str, ...], trainer: str, accelerator: str | None) -> float:
    """Seconds of a whole job; its result lies in the folder."""
    folder.mkdir(parents=True)
    job = TrainingJob.model_validate(
        {
            "model": "bench",
            "task": "binary",
            "positive": True,
            "as_of": "2024-02",
            "cut_off": CUT_OFF,
            "tables": tables,
            "features": {f"c{i:02}": "float" for i in range(COLUMNS)},
            "entity": "entity",
            "event_time": "at",
            "label": "label",
            "label_known_at": "label_known_at",
            "trainer": trainer,
            "accelerator": accelerator,
            "early_stopping_rounds": 50,
            "seed": 7,
            "validation": 0.1,
            "holdout": 0.1,
            "max_categories": 10,
            "threads": 2,
            "time_limit_s": 3600,
            **TRAINERS[trainer],
        }
    )
    job.write(folder / JOB_FILE)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "lifecycle.training", str(folder)], check=True, capture_output=True)
    return time.perf_counter() - began


def main(rows: int = ROWS) -> None:
    """Fit each trainer on the processor and, where there is one, on a GPU."""
    found = gpu()
    if found is None:
        print("no GPU is here (torch.cuda sees none): only the processor is measured")
    places: Mapping[str, str | None] = {"processor": None, **({found: "gpu"} if found else {})}
    with tempfile.TemporaryDirectory() as folder:
        tables = write_tables(Path(folder), rows=rows)
        for trainer in TRAINERS:
            for place, accelerator in places.items():
                at = Path(folder) / f"{trainer}-{place.replace(' ', '-')}"
                took = trained(at, tables, trainer, accelerator)
                result = TrainingResult.read(at / RESULT_FILE)
                score = result.metrics["validation_logloss"]
                print(f"{trainer:<8} on {place}: {took:.1f} s whole, log loss {score:.4f}", flush=True)

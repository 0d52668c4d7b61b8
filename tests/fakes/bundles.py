"""A small model for tests of training and serving: parcels of two carriers, some of which arrive late.

Real records through the real trainer; only the warehouse is left out: features come from the online path.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.features.build import build_plan
from lifecycle.features.online import LookupTable, OnlineFeatures
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import from_python
from lifecycle.registry.assemble import assemble_bundle
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.made_from import MadeFrom
from lifecycle.spec.making import making_of
from lifecycle.spec.model import Task
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec
from lifecycle.training.job import JOB_FILE, TrainingJob
from lifecycle.training.run import run_job

SPEC = """
model: {{name: parcels, task: {task}}}
data:
  source: {{files: parcels.parquet}}
  entity: parcel
  event_time: sent_at
  partition: {{every: month, start: 2024-01-01}}
  columns:
    parcel: {{type: string}}
    sent_at: {{type: timestamp}}
    distance: {{type: float, min: 0, max: 1000}}
    carrier: {{type: string, null_share: 1, allowed: [swift, snail]}}
    outcome: {{type: {label}, null_share: 1}}
  label: {{column: outcome, delay: 1d}}
features:
  lookups:
    wind:
      table: wind.parquet
      key: {{carrier: carrier}}
      known_at: told_at
      columns: {{speed: float}}
  columns: {{distance: distance, carrier: carrier, hour: hour(sent_at), wind: wind.speed}}
evaluation: {{gates: [{{metric: {metric}, max: 1}}]}}
"""
LABELS: Mapping[Task, tuple[str, str, pa.DataType]] = {
    "binary": ("bool", "log_loss", pa.bool_()),
    "multiclass": ("string", "log_loss", pa.string()),
    "regression": ("float", "rmse", pa.float64()),
}
START = datetime(2024, 1, 1, tzinfo=UTC)
CUT_OFF = datetime(2024, 3, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")
WIND = pa.table(
    {
        "carrier": ["swift", "snail", "swift"],
        "told_at": pa.array([START, START, START + timedelta(days=20)], INSTANT),
        "speed": [1.0, 5.0, 9.0],
    }
)
N_ROWS = 400
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """The model's records, and rows of it whose labels came by the cut-off."""

    spec: ModelSpec
    plan: FeaturePlan
    rows: Sequence[Row]

    @property
    def features(self) -> pa.Table:
        """The feature table of all rows."""
        plan, label = self.plan, self.spec.data.label.column
        online = [{name: from_python(value) for name, value in row.items()} for row in WIND.to_pylist()]
        compute = OnlineFeatures(plan, {"wind": LookupTable.build(plan.lookups[0], online)}).compute
        features = [compute({name: from_python(value) for name, value in row.items()}) for row in self.rows]
        columns: dict[str, pa.Array] = {
            f.name: pa.array([row[f.name] for row in features]) for f in plan.features
        }
        columns["parcel"] = pa.array([row["parcel"] for row in self.rows])
        columns["sent_at"] = pa.array([row["sent_at"] for row in self.rows], INSTANT)
        columns[label] = pa.array([row["outcome"] for row in self.rows], LABELS[self.spec.model.task][2])
        columns["label_known_at"] = pa.array(
            [row["sent_at"] + timedelta(days=1) for row in self.rows], INSTANT
        )
        return pa.table(columns)


def parcels(task: Task = "binary", *, n_rows: int = N_ROWS) -> Parcels:
    """The model of a task, and rows of two months: far and snail is late; cases differ by the seed alone."""
    label, metric, _ = LABELS[task]
    spec = parse_spec(SPEC.format(task=task, label=label, metric=metric))
    rng = np.random.default_rng(7)
    rows = []
    for number in range(n_rows):
        distance, carrier = float(rng.uniform(0, 1000)), ["swift", "snail", None][rng.integers(3)]
        hours = distance / (20 if carrier == "swift" else 10) + float(rng.normal(0, 5))
        kinds = {
            "binary": hours > 40,
            "multiclass": ["fine", "late", "lost"][min(2, max(0, int(hours // 30)))],
        }
        rows.append(
            {
                "parcel": f"p{number:04}",
                "sent_at": START + (CUT_OFF - START) * number / n_rows,
                "distance": distance,
                "carrier": carrier,
                "outcome": kinds.get(task, hours),
            }
        )
    return Parcels(spec=spec, plan=build_plan(spec), rows=rows)


def write_job(folder: Path, made: Parcels, table: pa.Table | None = None, **changes: object) -> TrainingJob:
    """Write feature tables of two partitions and the job file that reads them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    table, paths = made.features if table is None else table, []
    for number, part in enumerate([table.slice(0, len(table) // 2), table.slice(len(table) // 2)]):
        paths.append(folder / f"features-{number}.parquet")
        pq.write_table(part, paths[-1])
    facts: dict[str, object] = {
        "model": "parcels",
        "task": made.spec.model.task,
        "positive": True,
        "as_of": "2024-02",
        "cut_off": CUT_OFF,
        "tables": tuple(map(str, paths)),
        "features": {feature.name: feature.kind for feature in made.plan.features},
        "entity": "parcel",
        "event_time": "sent_at",
        "label": "outcome",
        "label_known_at": "label_known_at",
        "trainer": "xgboost",
        "parameters": {"max_depth": 3, "eta": 0.3, "subsample": 0.8},
        "rounds": 15,
        "early_stopping_rounds": 5,
        "seed": 7,
        "validation": 0.15,
        "holdout": 0.2,
        "max_categories": 10,
        "threads": 1,
        "time_limit_s": 60,
        "golden_rows": 5,
    }
    job = TrainingJob.model_validate(facts | changes)
    job.write(folder / JOB_FILE)
    return job


def make_bundle(folder: Path, task: Task = "binary", *, threshold: float | None = 0.5) -> Bundle:
    """A trained and sealed bundle in `folder / "bundle"`."""
    made = parcels(task)
    job = write_job(folder, made)
    return assemble_bundle(
        folder / "bundle",
        job=job,
        result=run_job(folder, progress=lambda line: None),
        trained=folder,
        plan=made.plan,
        lookups={"wind": WIND},
        histories={},
        requests={row["parcel"]: row for row in made.rows},
        threshold=threshold if task == "binary" else None,
        spec_fingerprint="",
        data_versions={"2024-01": "a", "2024-02": "b"},
        made_from=MadeFrom(
            features={"2024-01": {"data/2024-01": "c"}, "2024-02": {"data/2024-02": "d"}},
            beside={"lookups/wind.parquet": "e"},
            spec=json.dumps(making_of(made.spec)),
        ),
    )

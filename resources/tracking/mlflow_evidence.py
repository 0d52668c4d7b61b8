"""What an MLflow run holds about a training and its evaluation: parameters, metrics, curves, inputs."""

import json
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from resources.tracking.base import DatasetFact, TrainingRecord
from resources.tracking.mlflow_store import insist

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run

SPEC_FILE = "spec.json"
# Limits of MLflow: entries of one kind and of all kinds in a batch, and the width of its digest column.
PARAMS_A_BATCH, ENTRIES_A_BATCH, DIGEST_LENGTH = 100, 1000, 36


def log_training_evidence(client: "MlflowClient", run: "Run", record: TrainingRecord) -> None:
    """Log parameters, metrics, curves, the spec and inputs; a second time adds nothing to the run."""
    from mlflow.entities import Metric, Param

    run_id, at = run.info.run_id, run.info.start_time
    params = [Param(name, value) for name, value in record.parameters.items()]
    # All at the run's start, because MLflow drops a point that it has already, time and all. A plain metric
    # may differ between attempts (a duration does): the first one stays.
    points = [(name, 0, value) for name, value in record.metrics.items() if name not in run.data.metrics]
    points += [
        (name, step, value) for name, curve in record.curves.items() for step, value in enumerate(curve)
    ]
    metrics = [Metric(name, value, at, step) for name, step, value in points]
    first = ENTRIES_A_BATCH - PARAMS_A_BATCH
    client.log_batch(run_id, metrics=metrics[:first], params=params[:PARAMS_A_BATCH])
    for start in range(first, len(metrics), ENTRIES_A_BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + ENTRIES_A_BATCH])
    for start in range(PARAMS_A_BATCH, len(params), PARAMS_A_BATCH):
        client.log_batch(run_id, params=params[start : start + PARAMS_A_BATCH])
    client.log_text(run_id, record.spec, SPEC_FILE)
    inputs = [_dataset_input(fact) for fact in record.datasets]
    insist(lambda: client.log_inputs(run_id, datasets=inputs))


def log_changed_metrics(client: "MlflowClient", run_id: str, metrics: Mapping[str, float]) -> None:
    """Log those metrics whose value is not the run's latest one, as of now: MLflow shows the newest point."""
    from mlflow.entities import Metric

    held, now_ms = client.get_run(run_id).data.metrics, int(time.time() * 1000)
    changed = [
        Metric(name, value, now_ms, 0)
        for name, value in metrics.items()
        if name not in held or not _same(value, held[name])
    ]
    for start in range(0, len(changed), ENTRIES_A_BATCH):
        client.log_batch(run_id, metrics=changed[start : start + ENTRIES_A_BATCH])


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _dataset_input(fact: DatasetFact) -> "DatasetInput":
    """A table as MLflow's dataset; the digest column is narrow, so the whole digest goes into the source."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    scheme = urlsplit(fact.uri).scheme
    dataset = Dataset(
        name=fact.name,
        digest=fact.digest[:DIGEST_LENGTH],
        source_type="local" if scheme in ("", "file") else scheme,
        source=json.dumps({"uri": fact.uri, "digest": fact.digest}),
        profile=json.dumps({"num_rows": fact.rows}),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", fact.role)])

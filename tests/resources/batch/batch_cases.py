"""Rows to score, and batches whose bodies for Vertex AI are kept.

`python -m tests.resources.batch.batch_cases` writes them anew; read the diff.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from lifecycle.endpoint.scorer import Scorer
from lifecycle.endpoint.staging import Staging
from lifecycle.registry.bundle import Bundle
from resources.batch.base import BatchJob
from resources.batch.vertex_job import Asked, batch_job
from resources.vertex.settings import VertexSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "vertex_batch"
HOME = Staging("gs://delays/flywheel/batch")
SMALL: Mapping[str, Any] = {
    "project": "project-1",
    "region": "europe-west4",
    "staging": "gs://delays/flywheel",
    "batch": {"image": "europe-docker.pkg.dev/project-1/flywheel/serving:1"},
}
LARGE: Mapping[str, Any] = {
    **SMALL,
    "service_account": "endpoint@project-1.iam.gserviceaccount.com",
    "kms_key": "projects/project-1/locations/europe-west4/keyRings/r/cryptoKeys/k",
    "labels": {"team": "delays"},
    "batch": {
        **SMALL["batch"],
        "machine": {
            "type": "g2-standard-8",
            "cpus": 8,
            "memory_gib": 32,
            "accelerator": "gpu",
            "accelerator_type": "NVIDIA_L4",
            "accelerators": 1,
        },
        "replicas": 2,
        "max_replicas": 40,
        "batch_rows": 2048,
        "env": {"FLYWHEEL_VERIFY_KEY": "/keys/public.pem"},
    },
}
CASES: Mapping[str, Mapping[str, Any]] = {"one_machine": SMALL, "many_with_accelerators": LARGE}


def rendered(name: str) -> dict[str, Any]:
    """The BatchPredictionJob of a case."""
    settings = VertexSettings.model_validate(CASES[name])
    assert settings.batch is not None
    asked = Asked(
        model="Flight_Delay",
        version="7",
        digest="d" * 64,
        name="features/2013-01",
        instances=HOME.below("instances", "a1.jsonl"),
        bundle=HOME.below("bundles", "d" * 64),
        answers=HOME.below("answers", "a1-dddddddddddd"),
    )
    return batch_job(asked, settings, settings.batch)


def as_text(body: Mapping[str, Any]) -> str:
    """What is kept of a case."""
    return yaml.safe_dump(dict(body), sort_keys=False, width=110)


def feature_table(bundle: Bundle, *, copies: int = 4) -> pa.Table:
    """Golden rows of a bundle as a feature table: as often as asked, each with a key of its own."""
    scorer = Scorer.load(bundle)
    rows = [
        {"parcel": f"p{n}-{i}", **g["features"]} for n in range(copies) for i, g in enumerate(scorer.golden)
    ]
    kinds = {"string": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    fields = [("parcel", pa.string()), *((f.name, kinds[f.kind]) for f in scorer.plan.features)]
    return pa.Table.from_pylist(rows, pa.schema(fields))


def batches(table: pa.Table, size: int = 9) -> Iterator[pa.RecordBatch]:
    """A table as a warehouse reads it."""
    return iter(table.to_batches(max_chunksize=size))


def job_of(bundle: Bundle, table: pa.Table) -> BatchJob:
    """The job that scores a table."""
    return BatchJob(model="parcels", version="3", bundle=bundle, name="features/2024-02", rows=table.num_rows)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        (GOLDEN / f"{case}.yaml").write_text(as_text(rendered(case)))

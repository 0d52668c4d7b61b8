"""Jobs and clusters whose manifests are kept.

`python -m tests.resources.compute.k8s_cases` writes them anew; read the diff.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from lifecycle.training.job import TrainingJob
from resources.cluster.settings import ClusterSettings
from resources.compute.k8s.manifest import manifest, service, submission

GOLDEN = Path(__file__).parents[2] / "golden" / "k8s"
SMALL: Mapping[str, Any] = {
    "namespace": "team",
    "image": "registry.example/flywheel-training:1",
    "volumes": [{"path": "/flywheel", "claim": "flywheel-home"}],
}
LARGE: Mapping[str, Any] = {
    **SMALL,
    "image_pull_policy": "IfNotPresent",
    "image_pull_secrets": ["registry"],
    "service_account": "trainer",
    "labels": {"team": "delays"},
    "annotations": {"example.com/owner": "delays & friends"},
    "env": {"NCCL_DEBUG": "WARN", "NOT_OURS": "$(TOKEN)"},
    "memory_gib": 16,
    "shared_memory": "8Gi",
    "accelerators": {
        "gpu": {
            "resource": "nvidia.com/gpu",
            "node_selector": {"accelerator": "a100"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        }
    },
    "placement": {"node_selector": {"pool": "training"}},
    "spot": {
        "node_selector": {"spot": "true"},
        "tolerations": [{"key": "spot", "value": "true", "effect": "NoSchedule"}],
    },
    "queue": "gpus",
    "fs_group": 2000,
}
SECRETS: Mapping[str, Any] = {"env_secrets": ["object-store"]}
GPUS: Mapping[str, Any] = {"accelerator": "gpu", "count": 2, "nodes": 3, "memory_gib": 64, "spot": True}
CASES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "job": ({}, SMALL),
    "job_one_gpu": ({"accelerator": "gpu"}, SMALL),
    "job_two_processes": (
        {"accelerator": "gpu", "count": 2, "spot": True},
        {**LARGE, **SECRETS, "priority_class": "batch"},
    ),
    "job_indexed": (GPUS, {**LARGE, **SECRETS}),
    "job_one_process_a_node": ({"nodes": 2}, SMALL),
    "pytorch_job_one_process_a_node": ({"nodes": 2}, {**SMALL, "kind": "pytorch_job"}),
    "train_job": (GPUS, {**LARGE, "kind": "train_job"}),
    "trees_by_two_processes": (
        {"trainer": "xgboost", "nodes": 2},
        {**SMALL, "kind": "train_job"},
    ),
    "train_job_of_one_process": ({}, {**SMALL, "kind": "train_job"}),
    "pytorch_job": (GPUS, {**LARGE, **SECRETS, "kind": "pytorch_job", "priority_class": "batch"}),
}


def training_job(**changes: Any) -> TrainingJob:
    """A job whose tables nobody looks at."""
    facts: dict[str, Any] = {
        "model": "parcels",
        "task": "binary",
        "positive": True,
        "as_of": "2024-02",
        "cut_off": datetime(2024, 3, 1, tzinfo=UTC),
        "tables": ("/flywheel/lake/parcels/features/2024-01/a.parquet",),
        "features": {"distance": "float"},
        "entity": "parcel",
        "event_time": "sent_at",
        "label": "outcome",
        "label_known_at": "label_known_at",
        "trainer": "torch",
        "parameters": {},
        "rounds": 15,
        "early_stopping_rounds": 5,
        "seed": 7,
        "validation": 0.15,
        "holdout": 0.2,
        "max_categories": 10,
        "threads": 4,
        "time_limit_s": 3600,
    }
    return TrainingJob.model_validate(facts | changes)


def rendered(name: str) -> list[dict[str, Any]]:
    """The objects of a case."""
    changes, settings = CASES[name]
    cluster = ClusterSettings.model_validate(settings)
    asked = submission(training_job(**changes), Path("/flywheel/jobs/parcels/one"), attempt=2)
    # Every new field of a job changes its digest, and no manifest.
    asked = replace(asked, digest="0" * 64)
    made = manifest(asked, cluster)
    owner = {"metadata": {"name": asked.name, "uid": "00000000-0000-0000-0000-000000000000"}}
    beside = service(asked, cluster, owner)
    return [made] if beside is None else [made, beside]


def as_text(objects: list[dict[str, Any]]) -> str:
    """What is kept of a case."""
    return yaml.safe_dump_all(objects, sort_keys=False, width=110)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        (GOLDEN / f"{case}.yaml").write_text(as_text(rendered(case)))

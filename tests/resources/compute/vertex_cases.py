"""Jobs and settings whose CustomJobs are kept.

`python -m tests.resources.compute.vertex_cases` writes them anew; read the diff.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from lifecycle.endpoint.staging import Staging
from resources.compute.vertex.job import custom_job, submission
from resources.vertex.settings import VertexSettings
from tests.resources.compute.k8s_cases import training_job

GOLDEN = Path(__file__).parents[2] / "golden" / "vertex"
SMALL: Mapping[str, Any] = {
    "project": "project-1",
    "region": "europe-west4",
    "staging": "gs://delays/flywheel",
    "training": {"image": "europe-docker.pkg.dev/project-1/flywheel/training:1"},
}
L4 = {
    "type": "g2-standard-24",
    "cpus": 24,
    "memory_gib": 96,
    "accelerator": "gpu",
    "accelerator_type": "NVIDIA_L4",
    "accelerators": 2,
}
LARGE: Mapping[str, Any] = {
    **SMALL,
    "service_account": "trainer@project-1.iam.gserviceaccount.com",
    "network": "projects/123456789/global/networks/training",
    "kms_key": "projects/project-1/locations/europe-west4/keyRings/r/cryptoKeys/k",
    "labels": {"team": "delays", "cost-centre": "42"},
    "training": {
        "image": "europe-docker.pkg.dev/project-1/flywheel/training:1",
        "machines": [{"type": "n2-standard-8", "cpus": 8, "memory_gib": 32}, L4],
        "disk_gib": 500,
        "shares": [{"server": "10.0.0.2", "path": "/home", "mount_point": "home"}],
        "env": {"NCCL_DEBUG": "WARN"},
    },
}
RESERVED = {
    **LARGE["training"],
    "reservation": {"name": "projects/project-1/zones/europe-west4-a/reservations/gpus"},
}
CASES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "one_machine": ({}, SMALL),
    "two_gpus_on_spot": ({"accelerator": "gpu", "count": 2, "spot": True}, LARGE),
    "three_nodes": (
        {"accelerator": "gpu", "count": 2, "nodes": 3, "memory_gib": 64},
        {**LARGE, "training": RESERVED},
    ),
    "larger_than_the_first": ({"threads": 16, "time_limit_s": 60}, SMALL),
}


def rendered(name: str) -> dict[str, Any]:
    """The CustomJob of a case."""
    changes, told = CASES[name]
    settings = VertexSettings.model_validate(told)
    folder = Staging("gs://delays/flywheel/jobs/a1/parcels/one")
    asked = submission(training_job(**changes), folder, attempt=2)
    assert settings.training is not None
    # Every new field of a job changes its digest, and nothing else.
    return custom_job(replace(asked, digest="0" * 32), settings, settings.training)


def as_text(body: Mapping[str, Any]) -> str:
    """What is kept of a case."""
    return yaml.safe_dump(dict(body), sort_keys=False, width=110)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        (GOLDEN / f"{case}.yaml").write_text(as_text(rendered(case)))

"""Endpoints whose bodies for Vertex AI are kept.

`python -m tests.resources.serving.vertex_cases` writes them anew; read the diff.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lifecycle.endpoint.staging import Staging
from resources.serving.k8s.units import units_of
from resources.serving.vertex.model import deployed_body, endpoint_body, model_body, render
from resources.vertex.settings import VertexSettings
from tests.resources.serving.k8s_cases import CANARY, HOME, endpoint

GOLDEN = Path(__file__).parents[2] / "golden" / "vertex_serving"
STAGING = Staging("gs://delays/flywheel/endpoints/fw-parcels")
SMALL: Mapping[str, Any] = {
    "project": "project-1",
    "region": "europe-west4",
    "staging": "gs://delays/flywheel",
    "serving": {"image": "europe-docker.pkg.dev/project-1/flywheel/serving:1"},
}
LARGE: Mapping[str, Any] = {
    **SMALL,
    "service_account": "endpoint@project-1.iam.gserviceaccount.com",
    "network": "projects/123456789/global/networks/serving",
    "kms_key": "projects/project-1/locations/europe-west4/keyRings/r/cryptoKeys/k",
    "labels": {"team": "delays"},
    "serving": {
        **SMALL["serving"],
        "routing": "gateway",
        "machine": {
            "type": "g2-standard-8",
            "cpus": 8,
            "memory_gib": 32,
            "accelerator": "gpu",
            "accelerator_type": "NVIDIA_L4",
            "accelerators": 1,
        },
        "replicas": 3,
        "max_replicas": 9,
        "dedicated": False,
        "env": {"FLYWHEEL_TOKEN_FILE": "/secrets/token"},
    },
}
CASES: Mapping[str, Mapping[str, Any]] = {"endpoint_routes": SMALL, "vertex_shares_out": LARGE}


def rendered(name: str) -> list[dict[str, Any]]:
    """The Endpoint, then Model and DeployedModel of each unit."""
    settings = VertexSettings.model_validate(CASES[name])
    assert settings.serving is not None
    made = [endpoint_body(HOME, settings)]
    for unit in units_of(HOME, endpoint(CANARY), settings.serving.routing, settled=True):
        how = render(HOME, unit.name, unit.file.name, STAGING, settings)
        made.append(model_body(HOME, unit, how, STAGING, settings))
        made.append(deployed_body(unit.name, how, "projects/p/locations/l/models/m@1", settings))
    return made


def as_text(bodies: list[dict[str, Any]]) -> str:
    """What is kept of a case."""
    return yaml.safe_dump_all(bodies, sort_keys=False, width=110)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        (GOLDEN / f"{case}.yaml").write_text(as_text(rendered(case)))

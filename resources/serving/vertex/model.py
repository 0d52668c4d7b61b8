"""What is rendered for Vertex AI: an Endpoint, and the Model whose container serves a unit."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.endpoint.staging import Staging
from resources.cluster.settings import Routing
from resources.serving.k8s.units import Home, Unit
from resources.vertex.settings import ServingSettings, VertexSettings

MANAGED = {"managed-by": "flywheel"}
MODEL_LABEL, UNIT_LABEL, RENDERED_LABEL = "flywheel-model", "flywheel-unit", "flywheel-rendered"
VERSION_LABEL, DIGEST_LABEL = "flywheel-version", "flywheel-digest"
GENERATION_LABEL, FENCE_LABEL = "flywheel-generation", "flywheel-fence"
PREDICT, HEALTH = "/vertex/predict", "/health/ready"
ENDPOINT_MODULE = "lifecycle.endpoint"
PORT = 8080


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What serves a unit, and the names that it is found by."""

    container: Mapping[str, Any]
    mark: str
    """Digest of all that cannot be changed once it is deployed."""
    deployed_id: str
    """Of the DeployedModel: ten digits that follow from the unit and the mark, so that none is made twice."""


def render(home: Home, unit: str, file: str, staging: Staging, settings: VertexSettings) -> Rendered:
    """What serves a unit.

    Args:
        home: of the endpoint.
        unit: its name.
        file: name of its manifest.
        staging: folder of the endpoint.
        settings: with those for serving.
    """
    serving = serving_of(settings)
    own = {"PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    container = {
        "imageUri": serving.image,
        "command": [serving.python, "-m", ENDPOINT_MODULE],
        "args": [
            *("--manifest", staging.below(file).url, "--follow-every", f"{serving.follow_every:g}"),
            *("--host", "0.0.0.0"),
        ],
        "env": [{"name": name, "value": value} for name, value in {**own, **serving.env}.items()],
        "ports": [{"containerPort": PORT}],
        "predictRoute": PREDICT,
        "healthRoute": HEALTH,
        "deploymentTimeout": f"{serving.ready}s",
    }
    fixed = [container, resources(serving), settings.service_account]
    mark = hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:16]
    number = int(hashlib.sha256(f"{home.key}\0{unit}\0{mark}".encode()).hexdigest(), 16)
    return Rendered(container=container, mark=mark, deployed_id=f"{1 + number % 9_999_999_999:010d}")


def model_body(
    home: Home, unit: Unit, rendered: Rendered, staging: Staging, settings: VertexSettings
) -> dict[str, Any]:
    """The Model to upload for a unit; one that holds a single version says which."""
    labels = {
        **settings.labels,
        **MANAGED,
        MODEL_LABEL: home.model[:63],
        UNIT_LABEL: unit.name,
        RENDERED_LABEL: rendered.mark,
    }
    body: dict[str, Any] = {
        "displayName": home.name,
        "description": f"flywheel: versions of {home.model} that are served",
        "containerSpec": dict(rendered.container),
        **_encryption(settings),
    }
    if len(unit.serves.variants) == 1 and unit.serves.assigned_by != "endpoint":
        (variant,) = unit.serves.variants
        labels |= {VERSION_LABEL: _value(variant.version), DIGEST_LABEL: variant.digest[:63]}
        body["versionAliases"] = [f"v-{_value(variant.version)}".replace("_", "-").strip("-")]
        body["artifactUri"] = staging.below(variant.bundle).url
    return {**body, "labels": labels}


def endpoint_body(home: Home, settings: VertexSettings) -> dict[str, Any]:
    """The Endpoint to create."""
    serving = serving_of(settings)
    network = {"network": settings.network} if settings.network is not None and not serving.dedicated else {}
    return {
        "displayName": home.name,
        "description": f"flywheel: {home.model}",
        "labels": {**settings.labels, **MANAGED, MODEL_LABEL: home.model[:63]},
        "dedicatedEndpointEnabled": serving.dedicated,
        **network,
        **_encryption(settings),
    }


def deployed_body(unit: str, rendered: Rendered, version: str, settings: VertexSettings) -> dict[str, Any]:
    """The DeployedModel of a unit.

    Args:
        unit: its name.
        rendered: what serves it.
        version: name and number of the Model.
        settings: with those for serving.
    """
    account = settings.service_account
    return {
        "id": rendered.deployed_id,
        "model": version,
        "displayName": unit,
        "dedicatedResources": resources(serving_of(settings)),
        **({"serviceAccount": account} if account is not None else {}),
    }


def resources(serving: ServingSettings) -> dict[str, Any]:
    """Machines of a deployed model."""
    machine = serving.machine
    spec: dict[str, Any] = {"machineType": machine.type}
    if machine.accelerator_type is not None:
        spec |= {"acceleratorType": machine.accelerator_type, "acceleratorCount": machine.accelerators}
    return {
        "machineSpec": spec,
        "minReplicaCount": serving.replicas,
        "maxReplicaCount": serving.max_replicas or serving.replicas,
    }


def serving_of(settings: VertexSettings) -> ServingSettings:
    """The part for serving."""
    assert settings.serving is not None, "whoever makes the adapter has looked"
    return settings.serving


def routing_of(settings: VertexSettings) -> Routing:
    """Who shares requests out."""
    return serving_of(settings).routing


def _value(text: str) -> str:
    return "".join(one if one.isalnum() and one.isascii() else "-" for one in text.lower())[:60]


def _encryption(settings: VertexSettings) -> dict[str, Any]:
    return {"encryptionSpec": {"kmsKeyName": settings.kms_key}} if settings.kms_key is not None else {}

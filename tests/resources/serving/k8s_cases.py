"""Endpoints and clusters whose manifests are kept.

`python -m tests.resources.serving.k8s_cases` writes them anew; read the diff.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from lifecycle.endpoint.manifest import EndpointManifest, Settings, Variant
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s.objects import objects_of
from resources.serving.k8s.route import route, url_of
from resources.serving.k8s.units import Home, units_of, weights_of
from resources.serving.kserve.service import facts_of, newest_service, predictor, service

GOLDEN = Path(__file__).parents[2] / "golden" / "k8s_serving"
HOME = Home(model="parcels", folder=Path("/flywheel/endpoints/parcels"))
SERVING: Mapping[str, Any] = {
    "image": "registry.example/flywheel-endpoint:1",
    "url": "https://{model}.models.example.com",
    "gateway": {"name": "public"},
}
SMALL: Mapping[str, Any] = {
    "namespace": "team",
    "image": "registry.example/flywheel-training:1",
    "volumes": [{"path": "/flywheel", "claim": "flywheel-home"}],
}
LARGE: Mapping[str, Any] = {
    **SMALL,
    "image_pull_policy": "IfNotPresent",
    "image_pull_secrets": ["registry"],
    "labels": {"team": "delays"},
    "annotations": {"example.com/owner": "delays & friends"},
    "env": {"NOT_FOR": "the endpoint"},
    "env_secrets": ["not-for-the-endpoint"],
    "placement": {"node_selector": {"zone": "a"}},
    "fs_group": 2000,
}
LARGE_SERVING: Mapping[str, Any] = {
    **SERVING,
    "gateway": {"name": "public", "namespace": "infra", "section": "https"},
    "replicas": 3,
    "max_replicas": 9,
    "latency": {"name": "endpoint_latency_p99_seconds", "average": "200m"},
    "cpu": "500m",
    "memory": "1Gi",
    "env": {"NOT_OURS": "$(TOKEN)"},
    "env_secrets": ["endpoint-token"],
    "service_account": "endpoint",
    "placement": {"tolerations": [{"key": "serving", "operator": "Exists"}]},
    "priority_class": "serving",
    "pre_stop_s": 10,
}
BY_LATENCY: Mapping[str, Any] = {
    "prometheus": "http://prometheus.monitoring.svc:9090",
    "seconds": 0.2,
    "authentication": "prometheus",
}
BESIDE: Mapping[str, Any] = {
    "transformer": {
        "image": "registry.example/parcels-transformer:1",
        "args": ["--currency", "EUR"],
        "env_secrets": ["exchange-rates"],
    },
    "explainer": {"image": "registry.example/parcels-explainer:1", "command": ["explain"], "memory": "4Gi"},
}
Share = tuple[str, int]
ALONE: Sequence[Share] = [("champion", 100)]
CANARY: Sequence[Share] = [("champion", 95), ("challenger", 5)]
CASES: Mapping[str, tuple[Sequence[Share], Mapping[str, Any], Mapping[str, Any]]] = {
    "one_version": (ALONE, SMALL, SERVING),
    "canary": (CANARY, LARGE, LARGE_SERVING),
    "shadow": ([("champion", 100), ("shadow", 0)], SMALL, SERVING),
    "kserve": (CANARY, SMALL, {**SERVING, "routing": "kserve"}),
    "kserve_knative": (CANARY, LARGE, {**LARGE_SERVING, "routing": "kserve", "kserve_mode": "knative"}),
    "kserve_components": (ALONE, SMALL, {**SERVING, "routing": "kserve", "kserve_mode": "knative", **BESIDE}),
    "keda": (ALONE, SMALL, {**SERVING, "max_replicas": 6, "keda": BY_LATENCY}),
    "endpoint_routes": (CANARY, SMALL, {**SERVING, "routing": "endpoint"}),
}


def endpoint(shares: Sequence[Share], **settings: Any) -> EndpointManifest:
    """A manifest of variants that are named by their roles."""
    variants = tuple(
        Variant.model_validate(
            {
                "name": name,
                "role": name,
                "version": str(3 + number),
                "bundle": f"bundles/{number}",
                "digest": f"{number}" * 64,
                "weight": weight,
            }
        )
        for number, (name, weight) in enumerate(shares)
    )
    return EndpointManifest(
        model="parcels",
        generation=7,
        variants=variants,
        salt="rollout-1",
        fence=12,
        max_batch=10,
        settings=Settings.model_validate({"endpoint": settings}),
    )


def rendered(name: str) -> list[dict[str, Any]]:
    """The objects of a case: the route, then unit by unit."""
    shares, settings, told = CASES[name]
    cluster, serving = ClusterSettings.model_validate(settings), ServingSettings.model_validate(told)
    manifest = endpoint(shares, header_override=name == "canary", shadow_share=0.25)
    units = units_of(HOME, manifest, serving.routing, settled=True)
    if serving.kserve_mode == "knative":
        return [newest_service(HOME, units, cluster, serving, url_of(HOME.model, serving))]
    if serving.routing == "kserve":
        predictors = {unit.name: predictor(HOME, unit, cluster, serving) for unit in units}
        facts = facts_of(HOME, units, cluster, url_of(HOME.model, serving))
        return [service(HOME, predictors, weights_of(units), units[0].name, facts)]
    assert serving.gateway is not None
    made = [route(HOME, units, cluster, serving, serving.gateway)]
    for unit in units:
        made += [obj for _, obj in objects_of(HOME, unit, cluster, serving)]
    return made


def as_text(objects: list[dict[str, Any]]) -> str:
    """What is kept of a case."""
    return yaml.safe_dump_all(objects, sort_keys=False, width=110)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for case in CASES:
        (GOLDEN / f"{case}.yaml").write_text(as_text(rendered(case)))

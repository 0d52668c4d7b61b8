"""The InferenceService of an endpoint: predictors of versions, and their shares, in either mode."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from resources.cluster.pod import (
    CONTAINER_SECURITY,
    Manifest,
    env_sources,
    environment,
    escaped,
    own_labels,
    pod_security,
)
from resources.cluster.settings import ClusterSettings, Component, ServingSettings
from resources.serving.k8s.objects import (
    ENDPOINT_LABEL,
    RENDERED_ANNOTATION,
    ApiKind,
    container,
    is_scaled,
    labels_of,
    pod_basics,
)
from resources.serving.k8s.route import FENCE, GENERATION
from resources.serving.k8s.units import Home, Unit
from resources.serving.kserve.mode import Mode

SERVICE = ApiKind("InferenceService", "serving.kserve.io/v1beta1", "inferenceservices")
MODE_ANNOTATION, URL_ANNOTATION = "serving.kserve.io/deploymentMode", "flywheel/url"
MODE_NAMES: Mapping[Mode, str] = {"standard": "Standard", "knative": "Serverless"}
"""As KServe is told them; it has called the second one Knative since v0.16, and still knows this name."""
CONTAINER, COMPONENT_LABEL = "kserve-container", "flywheel/component"
COMPONENTS = ("transformer", "explainer")
PROGRESS_S = 600
"""What Knative gives a revision to become ready, if nobody says."""


def predictor(home: Home, unit: Unit, cluster: ClusterSettings, serving: ServingSettings) -> Manifest:
    """The predictor of a unit; its annotation is a digest of the rest: who finds the same changes nothing."""
    made, mounted = container(unit.file, cluster, serving)
    made |= {"name": CONTAINER, "ports": [{"name": "http1", "containerPort": serving.port}]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        made[probe]["httpGet"]["port"] = serving.port
    spec = {
        "minReplicas": serving.replicas,
        **pod_basics(cluster, serving),
        "labels": labels_of(home, unit, cluster),
        "annotations": dict(cluster.annotations),
        "containers": [made],
        "volumes": mounted,
    }
    return _marked(spec)


def revision(home: Home, unit: Unit, cluster: ClusterSettings, serving: ServingSettings) -> Manifest:
    """The predictor of a unit under Knative, which refuses parts of a pod that it sees to itself."""
    spec = predictor(home, unit, cluster, serving)
    del spec["annotations"][RENDERED_ANNOTATION], spec["terminationGracePeriodSeconds"]
    made = spec["containers"][0]
    del made["lifecycle"], made["startupProbe"]
    made["livenessProbe"]["initialDelaySeconds"] = serving.ready
    # Of the pod only with a feature of Knative; of its only container that is ours it says the same.
    group = {part: value for part, value in spec.pop("securityContext").items() if part == "fsGroup"}
    made["securityContext"] |= _user(cluster)
    spec |= {"securityContext": group} if group else {}
    spec |= {"maxReplicas": serving.max_replicas} if is_scaled(serving) else {}
    spec["annotations"]["serving.knative.dev/progress-deadline"] = f"{max(PROGRESS_S, serving.ready)}s"
    return _marked(spec)


def _user(cluster: ClusterSettings) -> Manifest:
    """Who a container runs as, and behind what: as the pod says it elsewhere."""
    return {part: value for part, value in pod_security(cluster).items() if part != "fsGroup"}


def _marked(spec: Manifest) -> Manifest:
    rendered = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]
    spec["annotations"][RENDERED_ANNOTATION] = rendered
    return spec


def components(home: Home, cluster: ClusterSettings, serving: ServingSettings) -> dict[str, Manifest]:
    """The user's own containers beside the predictors: `transformer` and `explainer`, where asked for."""
    asked = {"transformer": serving.transformer, "explainer": serving.explainer}
    return {name: _component(home, name, one, cluster) for name, one in asked.items() if one is not None}


def _component(home: Home, name: str, asked: Component, cluster: ClusterSettings) -> Manifest:
    secrets = [{"name": secret} for secret in cluster.image_pull_secrets]
    sources = env_sources(asked.env_secrets)
    lists = {"command": asked.command, "args": asked.args}
    amounts = {"cpu": asked.cpu, "memory": asked.memory}
    spec: Manifest = {
        "minReplicas": asked.replicas,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **({"imagePullSecrets": secrets} if secrets else {}),
        # Not the endpoint's label: what these pods say of themselves is not asked.
        "labels": {**cluster.labels, **own_labels("serving", home.model), COMPONENT_LABEL: name},
        "annotations": dict(cluster.annotations),
        "containers": [
            {
                "name": CONTAINER,
                "image": asked.image,
                **{part: [escaped(word) for word in words] for part, words in lists.items() if words},
                "env": environment(asked.env),
                **({"envFrom": sources} if sources else {}),
                "ports": [{"name": "http1", "containerPort": asked.port}],
                "resources": {"requests": amounts, "limits": {"memory": asked.memory}},
                # Of the container, not of the pod, which Knative does not take.
                "securityContext": CONTAINER_SECURITY | _user(cluster),
            }
        ],
    }
    return _marked(spec)


def service(
    home: Home, predictors: Mapping[str, Manifest], shares: Mapping[str, int], stable: str, facts: Manifest
) -> Manifest:
    """The InferenceService, in Standard mode.

    Args:
        home: of the endpoint.
        predictors: by the name of the unit.
        shares: percent of each of them.
        stable: the one that gets what the others leave.
        facts: `namespace`, `labels` and `annotations` of the object.

    >>> from pathlib import Path
    >>> made = service(Home(model="m", folder=Path("/f")), {"a": {}, "b": {}}, {"a": 95, "b": 5}, "a", {})
    >>> made["spec"]
    {'predictor': {'name': 'a'}, 'canary': [{'trafficPercent': 5, 'predictor': {'name': 'b'}}]}
    """
    canary = [
        {"trafficPercent": shares.get(name, 0), "predictor": {"name": short(home, name), **one}}
        for name, one in predictors.items()
        if name != stable
    ]
    first = {"name": short(home, stable), **predictors[stable]}
    return {
        "apiVersion": SERVICE.group_version,
        "kind": SERVICE.kind,
        "metadata": {"name": home.name, **facts},
        "spec": {"predictor": first, **({"canary": canary} if canary else {})},
    }


def newest_service(
    home: Home, units: Sequence[Unit], cluster: ClusterSettings, serving: ServingSettings, url: str
) -> Manifest:
    """The InferenceService under Knative: of the newest version, which is no champion beside another.

    Args:
        home: of the endpoint.
        units: one, or the champion's and another.
        cluster: its settings.
        serving: settings of endpoints.
        url: where clients find it.
    """
    other = next((unit for unit in units if unit.serves.champion.role != "champion"), None)
    newest = revision(home, other or units[0], cluster, serving)
    share = {} if other is None else {"canaryTrafficPercent": other.weight}
    return {
        "apiVersion": SERVICE.group_version,
        "kind": SERVICE.kind,
        "metadata": {"name": home.name, **facts_of(home, units, cluster, url, "knative")},
        "spec": {"predictor": {**share, **newest}, **components(home, cluster, serving)},
    }


def facts_of(
    home: Home, units: Sequence[Unit], cluster: ClusterSettings, url: str, mode: Mode = "standard"
) -> Manifest:
    """What the object bears beside its spec."""
    serves = units[0].serves
    return {
        "namespace": cluster.namespace,
        "labels": {**cluster.labels, **own_labels("serving", home.model), ENDPOINT_LABEL: home.key},
        "annotations": {
            **cluster.annotations,
            MODE_ANNOTATION: MODE_NAMES[mode],
            URL_ANNOTATION: url,
            GENERATION: str(serves.generation),
            FENCE: str(serves.fence),
        },
    }


def short(home: Home, unit: str) -> str:
    """A unit's name within its InferenceService: KServe puts the service's before it."""
    return unit.removeprefix(f"{home.name}-")


def predictors_of(home: Home, obj: Mapping[str, Any]) -> dict[str, Manifest]:
    """Predictors of an InferenceService as it was read, by the name of the unit, the stable one first."""
    spec = obj["spec"]
    found = [spec["predictor"], *(one["predictor"] for one in spec.get("canary") or [])]
    return {
        f"{home.name}-{one.get('name', '')}": {key: part for key, part in one.items() if key != "name"}
        for one in found
    }


def shares_of(home: Home, obj: Mapping[str, Any]) -> dict[str, int]:
    """Percent that an InferenceService asks for, by the name of the unit."""
    spec = obj["spec"]
    canary = {
        f"{home.name}-{one['predictor'].get('name', '')}": one.get("trafficPercent") or 0
        for one in spec.get("canary") or []
    }
    return {f"{home.name}-{spec['predictor'].get('name', '')}": 100 - sum(canary.values()), **canary}

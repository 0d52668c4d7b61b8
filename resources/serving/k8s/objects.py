"""Objects of one unit of an endpoint, as plain dictionaries: its Deployment, and what stands around it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources.cluster.pod import (
    CONTAINER_SECURITY,
    Manifest,
    env_sources,
    environment,
    escaped,
    own_labels,
    pod_security,
    volumes,
)
from resources.cluster.settings import AskedLatency, ClusterSettings, Placement, ServingSettings
from resources.serving.k8s.units import Home, Unit

ENDPOINT_LABEL, UNIT_LABEL, VERSION_LABEL = "flywheel/endpoint", "flywheel/unit", "flywheel/version"
SCALER_ANNOTATION, KEDA = "flywheel/scaler", "keda"
DIGEST_ANNOTATION, RENDERED_ANNOTATION = "flywheel/bundle-digest", "flywheel/rendered"
ENDPOINT_MODULE = "lifecycle.endpoint"
SERVICE_PORT = 80
DRAIN_S = 20
"""What an endpoint gives requests under way at SIGTERM, as `lifecycle.endpoint.__main__` has it."""
LIVE, READY = "/health/live", "/health/ready"
SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class ApiKind:
    """Where objects of a kind lie in the API."""

    kind: str
    group_version: str
    plural: str


DEPLOYMENT = ApiKind("Deployment", "apps/v1", "deployments")
SERVICE = ApiKind("Service", "v1", "services")
AUTOSCALER = ApiKind("HorizontalPodAutoscaler", "autoscaling/v2", "horizontalpodautoscalers")
BUDGET = ApiKind("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets")
SCALED_OBJECT = ApiKind("ScaledObject", "keda.sh/v1alpha1", "scaledobjects")
UNIT_KINDS = (DEPLOYMENT, SERVICE, AUTOSCALER, BUDGET)
"""The Deployment first: who finds it finds the rest of its unit by its name. Its annotation tells of a
ScaledObject, which few clusters have, and few accounts may delete."""
LATENCY = "flywheel_endpoint_latency_seconds"
"""Histogram of the endpoint's own metrics."""


def objects_of(
    home: Home, unit: Unit, cluster: ClusterSettings, serving: ServingSettings
) -> list[tuple[ApiKind, Manifest]]:
    """All objects of a unit, the Deployment first; without an autoscaler where none is asked for."""
    made = [
        (DEPLOYMENT, deployment(home, unit, cluster, serving)),
        (SERVICE, service(home, unit, cluster)),
        (BUDGET, disruption_budget(home, unit, cluster)),
    ]
    if is_scaled(serving) and serving.keda is None:
        made.append((AUTOSCALER, autoscaler(home, unit, cluster, serving)))
    elif is_scaled(serving):
        made.append((SCALED_OBJECT, scaled_object(home, unit, cluster, serving)))
    return made


def is_kedas(deployment: Mapping[str, Any]) -> bool:
    """Whether a ScaledObject was made beside a Deployment."""
    return (deployment["metadata"].get("annotations") or {}).get(SCALER_ANNOTATION) == KEDA


def is_scaled(serving: ServingSettings) -> bool:
    """Whether an autoscaler decides how many pods there are."""
    return serving.max_replicas is not None and serving.max_replicas > serving.replicas


def labels_of(home: Home, unit: Unit, cluster: ClusterSettings) -> dict[str, str]:
    """What every object and pod of a unit bears."""
    champion = unit.serves.champion
    # A version is what the registry says: of any other character a label would be refused.
    version = re.sub("[^A-Za-z0-9_.-]", "-", champion.version)[:63].strip("_.-")
    alone = {VERSION_LABEL: version} if unit.serves.assigned_by != "endpoint" else {}
    return {
        **cluster.labels,
        **own_labels("serving", home.model),
        ENDPOINT_LABEL: home.key,
        UNIT_LABEL: unit.name,
        **alone,
    }


def deployment(home: Home, unit: Unit, cluster: ClusterSettings, serving: ServingSettings) -> Manifest:
    """Pods of a unit; without a number of them where an autoscaler decides it.

    Its annotation `flywheel/rendered` is a digest of the rest: who finds the same changes nothing.
    """
    spec: Manifest = {
        **({} if is_scaled(serving) else {"replicas": serving.replicas}),
        "selector": {"matchLabels": {UNIT_LABEL: unit.name}},
        # The old pod stays until the new one is ready: a new image or setting loses no request.
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "revisionHistoryLimit": 1,
        "template": {
            "metadata": {
                "labels": labels_of(home, unit, cluster),
                "annotations": {**cluster.annotations, **_digest(unit)},
            },
            "spec": _pod(unit, cluster, serving),
        },
    }
    rendered = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]
    made = _object(DEPLOYMENT, home, unit, cluster, spec)
    scaler = "nobody" if not is_scaled(serving) else "autoscaler" if serving.keda is None else KEDA
    made["metadata"]["annotations"] |= {
        **_digest(unit),
        SCALER_ANNOTATION: scaler,
        RENDERED_ANNOTATION: rendered,
    }
    return made


def service(home: Home, unit: Unit, cluster: ClusterSettings) -> Manifest:
    """What the route sends a unit's requests to."""
    port = {"name": "http", "port": SERVICE_PORT, "targetPort": "http", "appProtocol": "http"}
    return _object(SERVICE, home, unit, cluster, {"selector": {UNIT_LABEL: unit.name}, "ports": [port]})


def disruption_budget(home: Home, unit: Unit, cluster: ClusterSettings) -> Manifest:
    """Drained nodes take a unit's pods one by one. Not `minAvailable`: a single pod could never be moved."""
    selector = {"matchLabels": {UNIT_LABEL: unit.name}}
    return _object(BUDGET, home, unit, cluster, {"maxUnavailable": 1, "selector": selector})


def autoscaler(home: Home, unit: Unit, cluster: ClusterSettings, serving: ServingSettings) -> Manifest:
    """More pods by processor time, and by a latency where the cluster measures one."""
    used = {"type": "Utilization", "averageUtilization": serving.cpu_percent}
    metrics: list[Manifest] = [{"type": "Resource", "resource": {"name": "cpu", "target": used}}]
    if serving.latency is not None:
        average = {"type": "AverageValue", "averageValue": serving.latency.average}
        metrics.append(
            {"type": "Pods", "pods": {"metric": {"name": serving.latency.name}, "target": average}}
        )
    spec = {
        "scaleTargetRef": _scaled(unit),
        "minReplicas": serving.replicas,
        "maxReplicas": serving.max_replicas,
        "metrics": metrics,
    }
    return _object(AUTOSCALER, home, unit, cluster, spec)


def scaled_object(home: Home, unit: Unit, cluster: ClusterSettings, serving: ServingSettings) -> Manifest:
    """KEDA's autoscaler: more pods by processor time, and by a latency that Prometheus is asked for.

    Never without pods: a canary that sleeps gets no samples.
    """
    assert serving.keda is not None, "asked for by the settings"
    asked = serving.keda
    prometheus: Manifest = {
        "type": "prometheus",
        # Not the average of the pods: a latency is one for all of them.
        "metricType": "Value",
        "metadata": {
            "serverAddress": asked.prometheus,
            "query": latency_query(unit.name, cluster.namespace, asked),
            "threshold": f"{asked.seconds:g}",
            # A latency that nobody tells is not a low one: without an answer no pod is taken away.
            "ignoreNullValues": "false",
        },
    }
    if asked.authentication is not None:
        prometheus["metadata"]["authModes"] = "bearer"
        prometheus["authenticationRef"] = {"name": asked.authentication}
    used = {"value": str(serving.cpu_percent)}
    spec = {
        "scaleTargetRef": _scaled(unit),
        "minReplicaCount": serving.replicas,
        "maxReplicaCount": serving.max_replicas,
        "pollingInterval": 15,
        "triggers": [{"type": "cpu", "metricType": "Utilization", "metadata": used}, prometheus],
    }
    return _object(SCALED_OBJECT, home, unit, cluster, spec)


def latency_query(unit: str, namespace: str, asked: AskedLatency) -> str:
    """PromQL of a unit's latency in seconds: 0 without requests, no value where nobody measures.

    A Service of the unit's name is scraped, as the chart's ServiceMonitor does.
    """
    of = f'namespace="{namespace}",service="{unit}"'
    rate = f"sum by (le) (rate({LATENCY}_bucket{{{of}}}[{asked.window}s]))"
    return f"histogram_quantile({asked.quantile:g}, {rate}) >= 0 or 0 * sum({LATENCY}_count{{{of}}})"


def container(
    manifest: Path, cluster: ClusterSettings, serving: ServingSettings
) -> tuple[Manifest, list[Manifest]]:
    """The container that follows a manifest, and the volumes that it mounts."""
    made, mounts = volumes(cluster.volumes)
    made.append({"name": SCRATCH, "emptyDir": {}})
    mounts.append({"name": SCRATCH, "mountPath": "/tmp"})
    sources = env_sources(serving.env_secrets)
    policy = cluster.image_pull_policy
    told = [cluster.python, "-P", "-m", ENDPOINT_MODULE, "--manifest", escaped(str(manifest))]
    return {
        "name": "endpoint",
        "image": serving.image,
        **({"imagePullPolicy": policy} if policy is not None else {}),
        "command": [*told, "--host", "0.0.0.0", "--port", str(serving.port)],
        # One thread a request: more make small requests slower, and their tail far worse.
        "env": environment({"OMP_NUM_THREADS": "1", **serving.env}),
        **({"envFrom": sources} if sources else {}),
        "ports": [{"name": "http", "containerPort": serving.port}],
        # Processor time is no limit: a throttled pod answers late. Memory is: a leak ends its own pod.
        "resources": {
            "requests": {"cpu": serving.cpu, "memory": serving.memory},
            "limits": {"memory": serving.memory},
        },
        # Libraries load for seconds on a busy node; a bundle that cannot be loaded is told by readiness.
        "startupProbe": {**_probe(LIVE), "periodSeconds": 1, "failureThreshold": serving.ready},
        "livenessProbe": {**_probe(LIVE), "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},
        "readinessProbe": {**_probe(READY), "periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": 2},
        "lifecycle": {"preStop": {"sleep": {"seconds": serving.pre_stop_s}}},
        "securityContext": {**CONTAINER_SECURITY, "readOnlyRootFilesystem": True},
        "volumeMounts": mounts,
    }, made


def pod_basics(cluster: ClusterSettings, serving: ServingSettings) -> Manifest:
    """Parts of the endpoint's pod beside its container: whose it is, and where it goes."""
    secrets = [{"name": name} for name in cluster.image_pull_secrets]
    placed: Placement
    selector: dict[str, str] = {}
    tolerations: list[Manifest] = []
    for placed in (cluster.placement, serving.placement):
        selector |= placed.node_selector
        tolerations += [t.model_dump(exclude_none=True) for t in placed.tolerations]
    optional: Mapping[str, object] = {
        "serviceAccountName": serving.service_account,
        "priorityClassName": serving.priority_class,
        "imagePullSecrets": secrets,
        "nodeSelector": selector,
        "tolerations": tolerations,
    }
    return {
        # A little more than the pause before SIGTERM and the endpoint's own drain.
        "terminationGracePeriodSeconds": serving.pre_stop_s + DRAIN_S + 10,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **{name: value for name, value in optional.items() if value},
        "securityContext": pod_security(cluster),
    }


def _pod(unit: Unit, cluster: ClusterSettings, serving: ServingSettings) -> Manifest:
    made, mounted = container(unit.file, cluster, serving)
    return {
        **pod_basics(cluster, serving),
        # One lost node should not be all of a version's pods; a small cluster has to do without.
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {UNIT_LABEL: unit.name}},
            }
        ],
        "containers": [made],
        "volumes": mounted,
    }


def _scaled(unit: Unit) -> Manifest:
    return {"apiVersion": DEPLOYMENT.group_version, "kind": DEPLOYMENT.kind, "name": unit.name}


def _probe(path: str) -> Manifest:
    return {"httpGet": {"path": path, "port": "http"}}


def _digest(unit: Unit) -> dict[str, str]:
    return {DIGEST_ANNOTATION: unit.serves.champion.digest} if unit.serves.assigned_by != "endpoint" else {}


def _object(kind: ApiKind, home: Home, unit: Unit, cluster: ClusterSettings, spec: Manifest) -> Manifest:
    return {
        "apiVersion": kind.group_version,
        "kind": kind.kind,
        "metadata": {
            "name": unit.name,
            "namespace": cluster.namespace,
            "labels": labels_of(home, unit, cluster),
            "annotations": dict(cluster.annotations),
        },
        "spec": spec,
    }

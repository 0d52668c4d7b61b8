"""Workers of a queue on a cluster, as plain dictionaries: pods, and KEDA's rule of how many there are.

They follow the manifest of the whole endpoint, beside its pods, and ask nobody: a queue needs no route.
"""

from dataclasses import dataclass

from lifecycle.endpoint.asynchronous.opening import is_pubsub, subscription_of
from lifecycle.errors import LifecycleError
from resources.cluster.pod import Manifest, escaped, own_labels
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s.objects import SERVICE_PORT, container, pod_basics
from resources.serving.k8s.units import WHOLE_FILE, Home

MODULE, QUEUE_PATH = "lifecycle.endpoint.asynchronous", "/queue"
WORKER_LABEL = "flywheel/worker"
KEDA_API = "keda.sh/v1alpha1"
MONITORING = "https://monitoring.googleapis.com/v1/projects/{project}/location/global/prometheus"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFacts:
    """How the workers of one endpoint run."""

    queue: str | None
    """A folder, which pods see at the same path, or the URL of a broker; None: a secret's FLYWHEEL_QUEUE."""
    results: str | None
    """The same, of results: FLYWHEEL_RESULTS."""
    waiting_per_pod: int = 100
    """Requests that may wait for each worker before there are more of them."""
    max_replicas: int = 10


def worker_objects(
    home: Home, facts: WorkerFacts, cluster: ClusterSettings, serving: ServingSettings
) -> list[Manifest]:
    """Deployment, Service and ScaledObject of the workers; of Pub/Sub, how KEDA's operator logs in, too.

    Args:
        home: of the endpoint.
        facts: of the workers.
        cluster: its settings.
        serving: settings of the endpoint, which the workers share.

    Raises:
        LifecycleError: each version has a manifest of its own, or a URL names no subscription.
    """
    if serving.routing != "endpoint":
        raise LifecycleError(
            "workers share requests out by the manifest of the whole endpoint, and the routing "
            f"{serving.routing!r} gives each version its own: set `routing: endpoint` in the cluster's "
            "settings"
        )
    manifest = home.folder / WHOLE_FILE
    name = f"{home.name}-worker"
    labels = {**cluster.labels, **own_labels("serving", home.model), WORKER_LABEL: home.key}
    meta: Manifest = {
        "name": name,
        "namespace": cluster.namespace,
        "labels": labels,
        "annotations": dict(cluster.annotations),
    }
    told, volumes = container(manifest, cluster, serving)
    told_where = {"--queue": facts.queue, "--results": facts.results}
    folders = [word for option, at in told_where.items() if at is not None for word in (option, escaped(at))]
    command = [cluster.python, "-P", "-m", MODULE, "--manifest", escaped(str(manifest)), *folders]
    told |= {
        "name": "worker",
        "command": [*command, "--host", "0.0.0.0", "--port", str(serving.port)],
    }
    # Nobody sends it requests: it need not wait for proxies to hear that it goes.
    told.pop("lifecycle")
    selector = {WORKER_LABEL: home.key}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    if facts.queue is not None and is_pubsub(facts.queue):
        trigger = told_by_monitoring(subscription_of(facts.queue), name, facts.waiting_per_pod)
        log_in: list[Manifest] = [
            {
                "apiVersion": KEDA_API,
                "kind": "TriggerAuthentication",
                "metadata": meta,
                "spec": {"podIdentity": {"provider": "gcp"}},
            }
        ]
    else:
        url = f"http://{name}.{cluster.namespace}.svc:{SERVICE_PORT}{QUEUE_PATH}"
        trigger, log_in = told_by_workers(url, facts.waiting_per_pod), []
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta,
            # Without a number of pods, which KEDA decides.
            "spec": {
                "selector": {"matchLabels": selector},
                "revisionHistoryLimit": 1,
                "template": {
                    "metadata": {"labels": dict(labels), "annotations": dict(cluster.annotations)},
                    "spec": {**pod_basics(cluster, serving), "containers": [told], "volumes": volumes},
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {
                "selector": selector,
                "ports": [{"name": "http", "port": SERVICE_PORT, "targetPort": "http"}],
            },
        },
        {
            "apiVersion": KEDA_API,
            "kind": "ScaledObject",
            "metadata": meta,
            "spec": {
                "scaleTargetRef": target,
                # Not none: the workers themselves tell how many requests wait.
                "minReplicaCount": 1,
                "maxReplicaCount": facts.max_replicas,
                "pollingInterval": 15,
                # Where nobody tells, the number of pods stays what it was.
                "fallback": {"failureThreshold": 3, "replicas": 1, "behavior": "currentReplicas"},
                "triggers": [trigger],
            },
        },
        *log_in,
    ]


def told_by_workers(url: str, waiting_per_pod: int) -> Manifest:
    """KEDA's trigger that asks the workers how many requests wait."""
    return {
        "type": "metrics-api",
        "metricType": "AverageValue",
        "metadata": {"url": url, "valueLocation": "waiting", "targetValue": str(waiting_per_pod)},
    }


def told_by_monitoring(subscription: str, log_in: str, waiting_per_pod: int) -> Manifest:
    """KEDA's trigger that asks Cloud Monitoring, since no data call of Pub/Sub tells what waits.

    By PromQL: KEDA's own trigger of Pub/Sub asks in a language that Google takes out of service.
    """
    _, project, _, name = subscription.split("/")
    of = f'monitored_resource="pubsub_subscription",subscription_id="{name}"'
    return {
        "type": "prometheus",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": MONITORING.format(project=project),
            "query": f"sum(pubsub_googleapis_com:subscription_num_undelivered_messages{{{of}}})",
            "threshold": str(waiting_per_pod),
            # What nobody tells is not an empty queue: the number of pods stays what it was.
            "ignoreNullValues": "false",
        },
        "authenticationRef": {"name": log_in},
    }

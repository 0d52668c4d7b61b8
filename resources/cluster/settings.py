"""What a cluster is like, and how this environment uses it: one YAML file, read once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import Duration, Record
from lifecycle.spec.settings_file import read_settings
from lifecycle.spec.training import Accelerator

JobKind = Literal["job", "train_job", "pytorch_job"]
DnsLabel = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")]
LabelKey = Annotated[
    str,
    Field(pattern=r"^([a-z0-9][-a-z0-9.]{0,250}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"),
]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")]
Labels = Mapping[LabelKey, LabelValue]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")]
Image = Annotated[str, Field(pattern=r"^[A-Za-z0-9][-A-Za-z0-9_./:@]{0,499}$")]
AbsolutePath = Annotated[str, Field(pattern=r"^/[^\x00]*$")]


class Toleration(Record):
    """A taint of nodes that pods may pass over, in the words of Kubernetes."""

    key: LabelKey | None = None
    operator: Literal["Equal", "Exists"] = "Equal"
    value: LabelValue | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None


class Placement(Record):
    """Which nodes pods go to."""

    node_selector: Labels = Field({})
    tolerations: tuple[Toleration, ...] = Field((), strict=False)


class AcceleratorNodes(Placement):
    """Nodes with accelerators, and the name that the cluster counts these by."""

    resource: Annotated[str, Field(pattern=r"^[a-z0-9.-]+/[A-Za-z0-9_.-]+$")] = "nvidia.com/gpu"


class Mount(Record):
    """A volume of the pods: exactly one of `claim`, `secret` and `config_map`."""

    path: AbsolutePath
    claim: ObjectName | None = None
    secret: ObjectName | None = None
    config_map: ObjectName | None = None
    sub_path: str | None = None
    read_only: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.claim, self.secret, self.config_map)) != 1:
            raise ValueError("exactly one of `claim`, `secret` and `config_map`")
        return self


class Patience(Record):
    """Seconds that each thing may take before it is a failure; the time limit of the job is the spec's."""

    queue: Duration = 21_600
    """Until a queue admits the job."""
    schedule: Duration = 900
    """Until every pod has a node: as long as the cluster needs to add one."""
    start: Duration = 1800
    """From a node to a running container: large images are pulled meanwhile."""
    image: Duration = 180
    """For an image or a setting of the container that is refused: registries hiccup."""
    ending: Duration = 120
    """For a pod that is to go, and for files to become visible on the shared volume."""
    server: Duration = 600
    """For an API server that does not answer."""


class StepPods(Record):
    """Each step of a run in a pod of its own: none takes the memory of another."""

    max_concurrent: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Pods of one run at a time; None: as many as can go on."""
    cpu: Annotated[float, Field(gt=0, le=1024)] = 1.0
    """Processors that a step asks for, where the spec does not say."""
    memory_gib: Annotated[int, Field(ge=1, le=24_576)] = 4
    """Of a step, where the spec does not say."""


class GatewayListener(Record):
    """Where requests come into the cluster: a Gateway of the Gateway API."""

    name: ObjectName
    namespace: DnsLabel | None = None
    """None: the same as that of the endpoints."""
    section: ObjectName | None = None
    """One of its listeners; None: all that take the route."""


class PodsMetric(Record):
    """A metric of pods that endpoints are scaled by, as an adapter of custom metrics gives it."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_:][A-Za-z0-9_:./-]{0,249}$")]
    """A latency, say: one of the endpoint's own, or of a mesh."""
    average: Quantity
    """What a pod may have on the average before there are more."""


class Component(Record):
    """A container of yours that KServe runs beside the predictor, and tells by arguments where that is."""

    image: Image
    command: tuple[str, ...] = Field((), strict=False)
    args: tuple[str, ...] = Field((), strict=False)
    """KServe appends `--model_name`, `--predictor_host` and `--http_port`."""
    env: Mapping[Variable, str] = {}
    env_secrets: tuple[ObjectName, ...] = Field((), strict=False)
    port: Annotated[int, Field(ge=1024, le=65535)] = 8080
    replicas: Annotated[int, Field(ge=1, le=1000)] = 1
    cpu: Quantity = "1"
    memory: Quantity = "1Gi"


class AskedLatency(Record):
    """A latency of the endpoint's own histogram, which KEDA asks Prometheus for."""

    prometheus: Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.\[\]:/_-]+$")]
    """URL of the server, as KEDA's operator reaches it."""
    seconds: Annotated[float, Field(gt=0, le=60)]
    """What requests may take before there are more pods."""
    quantile: Annotated[float, Field(gt=0, lt=1)] = 0.99
    window: Duration = 120
    """Of the requests that are looked at: a few scrapes at least."""
    authentication: ObjectName | None = None
    """TriggerAuthentication with a bearer token, where the server asks for one."""


Routing = Literal["gateway", "endpoint", "kserve"]
"""Who shares the requests out: an HTTPRoute over pods of each version, by chance; or every pod holds all
versions and shares them out by key, as on one machine; or an InferenceService of KServe, by chance."""


class ServingSettings(Record):
    """How endpoints run on a cluster."""

    image: Image
    """Of the endpoint: it has `lifecycle` and what scores, and nothing of Dagster."""
    url: Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.{}\[\]:-]+$")]
    """Where clients find an endpoint; `{model}` stands for the model's part of the host's name."""
    routing: Routing = "gateway"
    gateway: GatewayListener | None = None
    """Of the routes; `kserve` needs none."""
    mirror: bool = True
    """The gateway copies requests for shadows (RequestMirror); else shadows are replayed from the log."""
    kserve_mode: Literal["standard", "knative"] | None = None
    """`kserve` only: Deployments, or revisions of Knative; None: as the cluster's KServe is configured."""
    replicas: Annotated[int, Field(ge=1, le=1000)] = 2
    """Pods of a version: as many must be ready before a request goes there."""
    max_replicas: Annotated[int, Field(ge=1, le=1000)] | None = None
    """With a HorizontalPodAutoscaler; None: always `replicas`."""
    cpu_percent: Annotated[int, Field(ge=1, le=100)] = 70
    """Of what is asked for, before there are more pods."""
    latency: PodsMetric | None = None
    """With the HorizontalPodAutoscaler, where the cluster has an adapter of custom metrics."""
    keda: AskedLatency | None = None
    """A ScaledObject of KEDA in the autoscaler's place: on processor time, and on this latency."""
    transformer: Component | None = None
    """`kserve` with Knative only: all requests go to it first, and it asks the predictor."""
    explainer: Component | None = None
    """`kserve` only: requests for explanations (`:explain`) go to it."""
    cpu: Quantity = "1"
    memory: Quantity = "2Gi"
    port: Annotated[int, Field(ge=1024, le=65535)] = 8080
    """Of the pods."""
    env: Mapping[Variable, str] = {}
    env_secrets: tuple[ObjectName, ...] = Field((), strict=False)
    """Secrets whose keys become variables of the endpoint: its token, say."""
    service_account: ObjectName | None = None
    placement: Placement = Placement()
    priority_class: ObjectName | None = None
    ready: Duration = 300
    """How long a version may take from running pods to ready ones."""
    settle_s: Annotated[float, Field(ge=0, le=60)] = 2.0
    """How long the gateway's proxies may take for what its controller has accepted."""
    pre_stop_s: Annotated[int, Field(ge=0, le=300)] = 5
    """How long a pod that is to go still takes requests: proxies hear of it later than it does."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.routing != "kserve" and self.gateway is None:
            raise ValueError(f"routing {self.routing!r} needs a `gateway` for its routes")
        if self.routing != "kserve" and self.kserve_mode is not None:
            raise ValueError(f"`kserve_mode` says nothing to routing {self.routing!r}")
        if self.routing != "kserve" and (self.transformer or self.explainer):
            raise ValueError(f"`transformer` and `explainer` are KServe's, not of routing {self.routing!r}")
        if self.max_replicas is not None and self.max_replicas < self.replicas:
            raise ValueError(f"`max_replicas` {self.max_replicas} is below `replicas` {self.replicas}")
        if self.latency is not None and self.max_replicas is None:
            raise ValueError("`latency` scales nothing without `max_replicas`")
        if self.keda is not None and self.max_replicas is None:
            raise ValueError("`keda` scales nothing without `max_replicas`")
        if self.keda is not None and self.latency is not None:
            raise ValueError("`keda` and `latency` are two autoscalers of the same pods: leave one out")
        if self.keda is not None and self.routing == "kserve":
            raise ValueError("`keda` and routing 'kserve': KServe scales the pods that it makes by itself")
        if "{" in self.url.replace("{model}", ""):
            raise ValueError("in `url` only `{model}` stands for something")
        return self


class ClusterSettings(Record):
    """How trainings and endpoints run on a cluster."""

    namespace: DnsLabel
    image: Image
    """Of the training: it has `lifecycle` and what the trainer needs."""
    kind: JobKind = "job"
    """`job`: Job, indexed for several nodes; `train_job`: Kubeflow Trainer v2.2 or later; `pytorch_job`: the
    older Training Operator. Both only take part where a job has more than one process."""
    runtime: ObjectName = "torch-distributed"
    """`train_job` only: name of the ClusterTrainingRuntime."""
    context: str | None = None
    """Of the kubeconfig; None: the pod's own account where there is one, else the current context."""
    python: str = "python"
    """Interpreter in the image."""
    service_account: ObjectName | None = None
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None
    image_pull_secrets: tuple[ObjectName, ...] = Field((), strict=False)
    labels: Labels = Field({})
    annotations: Mapping[LabelKey, str] = {}
    env: Mapping[Variable, str] = {}
    env_secrets: tuple[ObjectName, ...] = Field((), strict=False)
    """Secrets whose keys become variables of the training."""
    volumes: tuple[Mount, ...] = Field((), strict=False)
    """One of them holds FLYWHEEL_HOME at the same path as in the run."""
    memory_gib: Annotated[int, Field(ge=1, le=24_576)] = 4
    """Of each node, where the spec does not say."""
    shared_memory: Quantity | None = "1Gi"
    """Size of /dev/shm: processes of one node exchange batches there. It counts as memory. None: 64 MiB."""
    accelerators: Mapping[Accelerator, AcceleratorNodes] = {
        "gpu": AcceleratorNodes(
            tolerations=(Toleration(key="nvidia.com/gpu", operator="Exists", effect="NoSchedule"),)
        )
    }
    placement: Placement = Placement()
    """Of all pods."""
    spot: Placement | None = None
    """Of pods whose spec says `spot: true`; None: the cluster has no such nodes."""
    priority_class: ObjectName | None = None
    queue: DnsLabel | None = None
    """LocalQueue of Kueue."""
    run_as_user: Annotated[int, Field(ge=1)] | None = 1000
    """None: as the image says."""
    fs_group: Annotated[int, Field(ge=1)] | None = None
    master_port: Annotated[int, Field(ge=1024, le=65535)] = 29500
    """Where the processes of several nodes find each other."""
    grace_s: Annotated[int, Field(ge=1, le=3600)] = 60
    """For a training that is to end: to write its checkpoint."""
    keep: Duration = 3600
    """How long a finished Job can be looked at with kubectl."""
    poll_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    patience: Patience = Patience()
    steps: StepPods | None = None
    """None: the steps of a run share its pod, which is quicker."""

    serving: ServingSettings | None = None
    """None: endpoints run where the runs do."""

    @model_validator(mode="after")
    def _told_where_it_is_heard(self) -> Self:
        if self.kind == "train_job" and self.priority_class is not None:
            raise ValueError("a TrainJob takes no `priority_class`: set it in the runtime, or give a `queue`")
        if self.kind == "train_job" and self.env_secrets:
            raise ValueError(
                "a TrainJob takes no `env_secrets`: set them in the runtime, or mount the secret"
            )
        return self

    def holds(self, folder: Path) -> bool:
        """Whether a folder is on a volume that pods can write to."""
        roots = [
            Path(mount.path) for mount in self.volumes if mount.claim is not None and not mount.read_only
        ]
        return any(folder.is_relative_to(root) for root in roots)


def load_settings(path: Path) -> ClusterSettings:
    """Read the settings of a cluster.

    Raises:
        LifecycleError: the file cannot be read, or all that is wrong with it.
    """
    return read_settings(path, ClusterSettings, what="the cluster's settings")

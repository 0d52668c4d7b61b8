"""How this environment uses Vertex AI in a project of Google Cloud: one YAML file, read once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import Duration, Record
from lifecycle.spec.settings_file import read_settings
from lifecycle.spec.training import Accelerator

Project = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$|^[0-9]{6,20}$")]
Region = Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+[0-9]+$")]
LabelKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
LabelValue = Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,63}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Image = Annotated[str, Field(pattern=r"^[A-Za-z0-9][-A-Za-z0-9_./:@]{0,499}$")]
Account = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
Staging = Annotated[str, Field(pattern=r"^(gs://[a-z0-9][a-z0-9._-]{1,220}|file:///[^\x00]+)[^\x00]*$")]
MachineType = Annotated[str, Field(pattern=r"^[a-z0-9]+-[a-z0-9-]+$")]
Network = Annotated[str, Field(pattern=r"^projects/[0-9]+/global/networks/[a-z0-9-]+$")]


class Machine(Record):
    """A machine type, and what it has; nothing of this is asked of the service."""

    type: MachineType
    cpus: Annotated[int, Field(ge=1, le=1024)]
    memory_gib: Annotated[int, Field(ge=1, le=24_576)]
    accelerator: Accelerator | None = None
    """What the spec calls its accelerators (`training.compute.accelerator`); None: it has none."""
    accelerator_type: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")] | None = None
    """What Vertex AI calls them: `NVIDIA_L4`, say."""
    accelerators: Annotated[int, Field(ge=0, le=16)] = 0

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        told = (self.accelerator is not None, self.accelerator_type is not None, self.accelerators > 0)
        if len(set(told)) > 1:
            raise ValueError("`accelerator`, `accelerator_type` and `accelerators` go together")
        return self


class Share(Record):
    """A file system that training containers mount: Filestore, say."""

    server: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")]
    path: Annotated[str, Field(pattern=r"^/[^\x00]*$")]
    mount_point: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    """It is found below `/mnt/nfs/`."""


class Reservation(Record):
    """A reservation of Compute Engine that machines are taken from."""

    name: Annotated[
        str, Field(pattern=r"^projects/[^/]+/zones/[^/]+/reservations/[a-z]([-a-z0-9]*[a-z0-9])?$")
    ]


class Patience(Record):
    """Seconds that each thing may take before it is a failure; the time limit of the job is the spec's."""

    queue: Duration = 21_600
    """Until a job has quota and machines."""
    ending: Duration = 300
    """For a job that was cancelled, and for files and lists to show what was written."""
    operation: Duration = 3600
    """For an operation: a deployment takes ten minutes, and more with accelerators."""
    settle: Duration = 300
    """For a traffic split to be read back as it was written."""
    server: Duration = 600
    """For a service that is busy, over its quota of requests, or away."""


class TuningSettings(Record):
    """How searches for parameters are led by the service, each trial a container of its own."""

    parallel: Annotated[int, Field(ge=1, le=100)] = 2
    """Trials at a time. The fewer, the more each knows of those before it."""
    max_failed: Annotated[int, Field(ge=0, le=1000)] = 0
    """So many failed trials end the search; 0: the service decides."""


class TrainingSettings(Record):
    """How trainings run."""

    image: Image
    """It has `lifecycle` and what the trainer needs."""
    python: str = "python"
    """Interpreter in the image."""
    machines: tuple[Machine, ...] = Field(
        (
            Machine(type="n2-standard-8", cpus=8, memory_gib=32),
            Machine(type="n2-standard-32", cpus=32, memory_gib=128),
            Machine(type="n2-highmem-96", cpus=96, memory_gib=768),
        ),
        strict=False,
        min_length=1,
    )
    """The first that has what the job asks for is taken."""
    disk_gib: Annotated[int, Field(ge=100, le=64_000)] = 100
    reservation: Reservation | None = None
    shares: tuple[Share, ...] = Field((), strict=False)
    env: Mapping[Variable, str] = {}
    tuning: TuningSettings | None = None
    """Let Vertex AI lead the search of a spec. None: it runs inside the training, and can be repeated."""
    log_every: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds between two looks at the log: Cloud Logging answers sixty of them a minute and project."""


Routing = Literal["endpoint", "gateway"]
"""Who shares the requests out. `endpoint`: one deployed model holds all versions and shares them out by key,
as on one machine. `gateway`: each version is a deployed model, and Vertex AI shares them out by chance."""


class ServingSettings(Record):
    """How endpoints run."""

    image: Image
    """It has `lifecycle`, what scores, and what reads the staging folder; nothing of Dagster."""
    python: str = "python"
    routing: Routing = "endpoint"
    machine: Machine = Machine(type="n2-standard-4", cpus=4, memory_gib=16)
    replicas: Annotated[int, Field(ge=1, le=1000)] = 2
    """Of a deployed model; as many must be ready before a request goes there."""
    max_replicas: Annotated[int, Field(ge=1, le=1000)] | None = None
    """None: always `replicas`."""
    dedicated: bool = True
    """An endpoint with a host name of its own: apart from others' traffic, and with larger requests."""
    env: Mapping[Variable, str] = {}
    ready: Duration = 900
    """How long a container may take until it serves."""
    follow_every: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds between two looks of a container at the staging folder."""
    stale: Duration = 60
    """A container that has not told how it is for so long is gone."""
    settle_s: Annotated[float, Field(ge=0, le=300)] = 10.0
    """How long a split takes from being read back to being in force everywhere."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.max_replicas is not None and self.max_replicas < self.replicas:
            raise ValueError(f"`max_replicas` {self.max_replicas} is below `replicas` {self.replicas}")
        return self


class BatchSettings(Record):
    """How whole tables are scored."""

    image: Image
    """That of endpoints."""
    python: str = "python"
    machine: Machine = Machine(type="n2-standard-4", cpus=4, memory_gib=16)
    replicas: Annotated[int, Field(ge=1, le=1000)] = 1
    """To begin with."""
    max_replicas: Annotated[int, Field(ge=1, le=1000)] = 10
    batch_rows: Annotated[int, Field(ge=1, le=10_000)] = 512
    """Rows of one request to a container."""
    time_limit: Duration = 86_400
    """For a job; the service has no limit of its own."""
    env: Mapping[Variable, str] = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.max_replicas < self.replicas:
            raise ValueError(f"`max_replicas` {self.max_replicas} is below `replicas` {self.replicas}")
        return self


class VertexSettings(Record):
    """How trainings, endpoints and batches run on Vertex AI."""

    project: Project
    region: Region
    staging: Staging
    """Folder for job files, tables, results, bundles and logs: `gs://BUCKET/FOLDER`, or `file://` and one
    that this process and all containers see at the same path."""
    installation: Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")] | None = None
    """Tells endpoints and jobs from those of another installation whose FLYWHEEL_HOME is the same path, where
    both use one project and staging folder. Another name is another endpoint: the old one stays."""
    service_account: Account | None = None
    """That containers run as; None: Vertex AI's own."""
    network: Network | None = None
    """That containers are peered with."""
    kms_key: str | None = None
    """Key that jobs, models and endpoints are encrypted with."""
    labels: Mapping[LabelKey, LabelValue] = {}
    """Of everything that is made: bills are split by them."""
    training: TrainingSettings | None = None
    """None: trainings run where the runs do."""
    serving: ServingSettings | None = None
    """None: endpoints run where the runs do."""
    batch: BatchSettings | None = None
    """None: tables are scored where the runs are."""
    poll_s: Annotated[float, Field(gt=0, le=300)] = 10.0
    patience: Patience = Patience()

    @property
    def location(self) -> str:
        """Name of the project's part in the region."""
        return f"projects/{self.project}/locations/{self.region}"

    @model_validator(mode="after")
    def _staging_is_a_folder(self) -> Self:
        if ".." in self.staging.split("/") or "?" in self.staging or "#" in self.staging:
            raise ValueError("`staging` is a plain folder, without `..`, `?` and `#`")
        return self


def load_settings(path: Path) -> VertexSettings:
    """Read the settings of Vertex AI.

    Raises:
        LifecycleError: the file cannot be read, or all that is wrong with it.
    """
    return read_settings(path, VertexSettings, what="the settings of Vertex AI")

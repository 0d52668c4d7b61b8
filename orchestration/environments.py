"""Which adapters stand behind the ports: the one thing that changes from a laptop to a cluster."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from lifecycle.errors import LifecycleError
from resources.alerts.apprise import AppriseAlerts
from resources.alerts.base import Alerts
from resources.batch.base import Batch
from resources.batch.local import LocalBatch
from resources.compute.base import Compute
from resources.compute.local import LocalCompute
from resources.rollouts.base import RolloutStore
from resources.rollouts.local import LocalRollouts
from resources.serving.base import Serving
from resources.serving.local import LocalServing
from resources.tracking.base import Tracking
from resources.tracking.mlflow import MlflowTracking
from resources.traffic.base import Traffic
from resources.traffic.local import LocalTraffic
from resources.warehouse.base import Warehouse
from resources.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from resources.cluster.settings import StepPods

MLFLOW_URL = "FLYWHEEL_MLFLOW_URL"
CLUSTER = "FLYWHEEL_CLUSTER"
HOME, ENVIRONMENT, MODELS, PORT = "FLYWHEEL_HOME", "FLYWHEEL_ENV", "FLYWHEEL_MODELS", "FLYWHEEL_ENDPOINT_PORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The adapters of one environment, and how its runs execute."""

    name: str
    home: Path
    models: Path
    warehouse: Warehouse
    compute: Compute
    tracking: Tracking
    serving: Serving
    traffic: Traffic
    rollouts: RolloutStore
    executor: dg.ExecutorDefinition
    alerts: Alerts = field(default_factory=AppriseAlerts)
    batch: Batch = field(default_factory=LocalBatch)
    steps: "StepPods | None" = None
    """Pods of single steps, which take the executor's place."""

    @property
    def resources(self) -> Mapping[str, object]:
        """The adapters under the names that assets ask for."""
        return {
            "warehouse": self.warehouse,
            "compute": self.compute,
            "tracking": self.tracking,
            "serving": self.serving,
            "traffic": self.traffic,
            "rollouts": self.rollouts,
            "alerts": self.alerts,
            "batch": self.batch,
        }


def local(variables: Mapping[str, str]) -> Environment:
    """Everything on this machine: no account, no server to install."""
    home = Path(variables.get(HOME, ".flywheel")).absolute()
    tracking_uri = variables.get("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}")
    return Environment(
        name="local",
        home=home,
        models=Path(variables.get(MODELS, "models")).absolute(),
        warehouse=DuckDBWarehouse(root=str(home / "lake"), home=str(home)),
        compute=LocalCompute(root=str(home / "jobs")),
        tracking=MlflowTracking(
            tracking_uri=tracking_uri,
            # A server keeps its files itself: a folder of this machine would be out of reach for all others.
            artifact_root=str(home / "artifacts") if tracking_uri.startswith("sqlite:") else None,
            ui_url=variables.get(MLFLOW_URL),
        ),
        serving=LocalServing(root=str(home / "endpoints"), port_override=_port(variables.get(PORT))),
        traffic=LocalTraffic(endpoints=str(home / "endpoints"), lake=str(home / "lake")),
        rollouts=LocalRollouts(root=str(home / "rollouts")),
        # One process for a life: the multiprocess executor costs 2.7 s a step, and training is a job anyway.
        executor=dg.in_process_executor,
    )


def k8s(variables: Mapping[str, str]) -> Environment:
    """Trainings in pods of a cluster, and endpoints where its settings say how; the home is a shared volume.

    Raises:
        LifecycleError: no settings of the cluster, or something is wrong with them.
    """
    # Who stays on a laptop loads none of this.
    from resources.cluster.settings import load_settings
    from resources.compute.k8s.compute import K8sCompute
    from resources.serving.k8s.serving import K8sServing

    if not (file := variables.get(CLUSTER)):
        raise LifecycleError(
            f"{ENVIRONMENT} is 'k8s': let {CLUSTER} name the file with the cluster's settings"
        )
    here = local(variables)
    settings = load_settings(Path(file))
    serving = here.serving
    if settings.serving is not None:
        serving = K8sServing(root=here.home / "endpoints", settings=settings, serving=settings.serving)
    compute = K8sCompute(root=here.home / "jobs", settings=settings)
    return replace(here, name="k8s", compute=compute, serving=serving, steps=settings.steps)


def gcp(variables: Mapping[str, str]) -> Environment:
    """Data in BigQuery, trainings and endpoints on Vertex AI; what is not named runs on this machine.

    Raises:
        LifecycleError: neither is named, or something is wrong with what is told of it.
    """
    # Who stays on a laptop loads none of this.
    from orchestration.google import PROJECT, SETTINGS, in_bigquery, on_vertex

    environment = replace(local(variables), name="gcp")
    if not variables.get(PROJECT) and not variables.get(SETTINGS):
        raise LifecycleError(
            f"{ENVIRONMENT} is 'gcp': let {PROJECT} name the project that holds the data in BigQuery, or "
            f"{SETTINGS} the file with the settings of Vertex AI, or both"
        )
    if variables.get(PROJECT):
        environment = in_bigquery(environment, variables)
    if variables.get(SETTINGS):
        environment = on_vertex(environment, variables)
    return environment


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    port = int(text) if text.isdecimal() else 0
    if not 1024 <= port <= 65535:
        raise LifecycleError(f"{PORT} is {text!r}; allowed: a port from 1024 to 65535")
    return port


ENVIRONMENTS: Mapping[str, Callable[[Mapping[str, str]], Environment]] = {
    "local": local,
    "k8s": k8s,
    "gcp": gcp,
}


def load_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """The environment that `FLYWHEEL_ENV` names (default `local`).

    Raises:
        LifecycleError: it names none that is known.
    """
    told = os.environ if variables is None else variables
    name = told.get(ENVIRONMENT, "local")
    if name not in ENVIRONMENTS:
        raise LifecycleError(f"{ENVIRONMENT} is {name!r}; allowed: {', '.join(ENVIRONMENTS)}")
    return ENVIRONMENTS[name](told)

"""Which adapters stand behind the ports."""

from pathlib import Path

import pytest
import yaml

from lifecycle.errors import LifecycleError
from orchestration.environments import CLUSTER, ENVIRONMENT, HOME, MLFLOW_URL, MODELS, PORT, load_environment
from orchestration.google import FILES, LOCATION, MAX_BYTES, PRICE, PROJECT
from orchestration.google import SETTINGS as VERTEX
from resources.alerts.apprise import AppriseAlerts
from resources.batch.local import LocalBatch
from resources.batch.vertex import VertexBatch
from resources.cluster.settings import ClusterSettings
from resources.compute.k8s.compute import K8sCompute
from resources.compute.local import LocalCompute
from resources.compute.vertex.compute import VertexCompute
from resources.rollouts.local import LocalRollouts
from resources.serving.k8s.serving import K8sServing
from resources.serving.local import LocalServing
from resources.serving.vertex.serving import VertexServing
from resources.tracking.mlflow import MlflowTracking
from resources.traffic.local import LocalTraffic
from resources.traffic.vertex import VertexTraffic
from resources.vertex.settings import VertexSettings
from resources.warehouse.bigquery.warehouse import BigQueryWarehouse
from resources.warehouse.duckdb import DuckDBWarehouse


def test_a_laptop_needs_no_variable() -> None:
    environment = load_environment({})
    assert (environment.name, environment.home) == ("local", Path(".flywheel").absolute())
    assert environment.models == Path("models").absolute()


def test_everything_of_a_home_lies_below_it(tmp_path: Path) -> None:
    home, models = tmp_path / "home", tmp_path / "specs"
    environment = load_environment({HOME: str(home), MODELS: str(models), PORT: "9001"})
    assert environment.models == models
    assert environment.resources == {
        "warehouse": DuckDBWarehouse(root=str(home / "lake"), home=str(home)),
        "compute": LocalCompute(root=str(home / "jobs")),
        "tracking": MlflowTracking(
            tracking_uri=f"sqlite:///{home}/mlflow.db", artifact_root=str(home / "artifacts")
        ),
        "serving": LocalServing(root=str(home / "endpoints"), port_override=9001),
        "traffic": LocalTraffic(endpoints=str(home / "endpoints"), lake=str(home / "lake")),
        "rollouts": LocalRollouts(root=str(home / "rollouts")),
        "alerts": AppriseAlerts(),
        "batch": LocalBatch(),
    }
    assert not home.exists()


def test_a_tracking_server_takes_the_place_of_the_file() -> None:
    environment = load_environment({"MLFLOW_TRACKING_URI": "http://mlflow:5000"})
    assert environment.tracking == MlflowTracking(tracking_uri="http://mlflow:5000"), (
        "it keeps the files, too"
    )


def test_the_pages_of_mlflow_may_be_named() -> None:
    environment = load_environment({MLFLOW_URL: "https://mlflow.example"})
    assert isinstance(environment.tracking, MlflowTracking)
    assert environment.tracking.ui_url == "https://mlflow.example"


def test_a_cluster_trains_and_everything_else_stays(tmp_path: Path) -> None:
    settings = {"namespace": "team", "image": "trainer"}
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(settings))
    told = {HOME: str(tmp_path), CLUSTER: str(tmp_path / "cluster.yaml")}
    environment = load_environment({**told, ENVIRONMENT: "k8s"})
    compute = K8sCompute(root=tmp_path / "jobs", settings=ClusterSettings.model_validate(settings))
    assert environment.name == "k8s"
    assert environment.resources == {**load_environment(told).resources, "compute": compute}


def test_a_cluster_whose_settings_say_how_runs_endpoints_too(tmp_path: Path) -> None:
    serving = {"image": "endpoint", "url": "http://{model}.example.com", "gateway": {"name": "public"}}
    (tmp_path / "cluster.yaml").write_text(
        yaml.safe_dump({"namespace": "team", "image": "trainer", "serving": serving})
    )
    told = {HOME: str(tmp_path), CLUSTER: str(tmp_path / "cluster.yaml"), ENVIRONMENT: "k8s"}
    settings = ClusterSettings.model_validate({"namespace": "team", "image": "trainer", "serving": serving})
    assert settings.serving is not None
    expected = K8sServing(root=tmp_path / "endpoints", settings=settings, serving=settings.serving)
    assert load_environment(told).serving == expected


def test_data_moves_to_bigquery_and_everything_else_stays(tmp_path: Path) -> None:
    told = {HOME: str(tmp_path)}
    google = {ENVIRONMENT: "gcp", PROJECT: "p", LOCATION: "EU", FILES: "gs://b/f", MAX_BYTES: "1000"}
    google |= {PRICE: "6.25"}
    environment = load_environment({**told, **google})
    warehouse = BigQueryWarehouse(
        project="p", location="EU", files="gs://b/f", home=str(tmp_path), max_bytes=1000, price_per_tib=6.25
    )
    assert environment.name == "gcp"
    assert environment.resources == {**load_environment(told).resources, "warehouse": warehouse}


def test_vertex_ai_does_what_its_settings_name_and_everything_else_stays(tmp_path: Path) -> None:
    where = {"project": "project-1", "region": "europe-west4", "staging": "gs://bucket/flywheel"}
    file = tmp_path / "vertex.yaml"
    told = {HOME: str(tmp_path), ENVIRONMENT: "gcp", VERTEX: str(file)}
    here = load_environment({HOME: str(tmp_path)}).resources
    file.write_text(yaml.safe_dump({**where, "training": {"image": "trainer"}}))
    settings = VertexSettings.model_validate({**where, "training": {"image": "trainer"}})
    assert settings.training is not None
    compute = VertexCompute(root=tmp_path / "jobs", settings=settings, training=settings.training)
    assert load_environment(told).resources == {**here, "compute": compute}
    file.write_text(yaml.safe_dump({**where, "serving": {"image": "endpoint"}}))
    settings = VertexSettings.model_validate({**where, "serving": {"image": "endpoint"}})
    found = load_environment(told)
    assert found.name == "gcp"
    assert found.serving == VertexServing(root=tmp_path / "endpoints", settings=settings)
    assert isinstance(found.traffic, VertexTraffic)
    assert found.compute == here["compute"]
    file.write_text(yaml.safe_dump({**where, "batch": {"image": "endpoint"}}))
    settings = VertexSettings.model_validate({**where, "batch": {"image": "endpoint"}})
    assert settings.batch is not None
    moved = {"batch": VertexBatch(settings=settings, batch=settings.batch)}
    assert load_environment(told).resources == {**here, **moved}


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        pytest.param(
            {ENVIRONMENT: "gcp"},
            "FLYWHEEL_ENV is 'gcp': let FLYWHEEL_GCP_PROJECT name the project that holds",
            id="neither BigQuery nor Vertex AI",
        ),
        pytest.param(
            {ENVIRONMENT: "gcp", PROJECT: "p", MAX_BYTES: "1 GB"},
            "FLYWHEEL_BIGQUERY_MAX_BYTES is '1 GB'; allowed: a number of bytes",
            id="a size with a unit",
        ),
        pytest.param(
            {ENVIRONMENT: "gcp", PROJECT: "p", PRICE: "nan"},
            "FLYWHEEL_BIGQUERY_PRICE_PER_TIB is 'nan'; allowed: a number",
            id="a price that is none",
        ),
        pytest.param(
            {ENVIRONMENT: "k8s"}, "FLYWHEEL_ENV is 'k8s': let FLYWHEEL_CLUSTER name", id="no cluster"
        ),
        pytest.param(
            {ENVIRONMENT: "k8s", CLUSTER: "/gone.yaml"},
            "the cluster's settings /gone.yaml cannot be read: No such file",
            id="no such settings",
        ),
        pytest.param(
            {ENVIRONMENT: "moon"}, "FLYWHEEL_ENV is 'moon'; allowed: local, k8s, gcp", id="no such place"
        ),
        pytest.param({ENVIRONMENT: ""}, "FLYWHEEL_ENV is ''; allowed: local, k8s, gcp", id="an empty name"),
        pytest.param({PORT: "http"}, "FLYWHEEL_ENDPOINT_PORT is 'http'; allowed: a port", id="no number"),
        pytest.param({PORT: "-1"}, "FLYWHEEL_ENDPOINT_PORT is '-1'; allowed: a port", id="a negative number"),
        pytest.param({PORT: "70000"}, "FLYWHEEL_ENDPOINT_PORT is '70000'; allowed: a port", id="no port"),
        pytest.param({PORT: ""}, "FLYWHEEL_ENDPOINT_PORT is ''; allowed: a port", id="nothing"),
        pytest.param({PORT: "²"}, "FLYWHEEL_ENDPOINT_PORT is '²'; allowed: a port", id="a digit, no number"),
    ],
)
def test_a_variable_that_means_nothing_is_refused(variables: dict[str, str], why: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        load_environment(variables)
    assert str(caught.value).startswith(why)

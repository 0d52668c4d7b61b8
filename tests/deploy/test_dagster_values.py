"""Our values of the Dagster chart: its keys, a `dagster.yaml` that Dagster takes, pods that fit our chart."""

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes_validate
import pytest
from dagster._config import process_config, resolve_to_config_type
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.instance.config import dagster_instance_config_schema
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.test_utils import instance_for_test

from tests.deploy.chart import NAMESPACE, named, objects
from tests.deploy.dagster_chart import KEYS, chart_values, instance_config, launcher_config, unknown_keys

KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
current-context: none
users: [{name: none, user: {}}]
"""
IMAGE = "registry.example/flywheel@sha256:" + "0" * 64


def test_the_chart_knows_every_key() -> None:
    assert list(unknown_keys(chart_values(), KEYS)) == []


def test_a_misspelt_key_is_found() -> None:
    values = copy.deepcopy(chart_values())
    values["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]["podSpec"] = {}
    values["dagster-user-deployments"]["deployments"][0]["volume"] = []
    assert list(unknown_keys(values, KEYS)) == [
        "dagster-user-deployments.deployments[0].volume",
        "runLauncher.config.k8sRunLauncher.runK8sConfig.podSpec",
    ]


def test_dagster_takes_the_instance_that_the_chart_writes() -> None:
    instance = instance_config(chart_values(), namespace=NAMESPACE)
    checked = process_config(resolve_to_config_type(dagster_instance_config_schema()), instance)
    assert checked.errors is None or checked.errors == []


@pytest.mark.parametrize("part", ["run_launcher", "run_coordinator", "compute_logs"])
def test_dagster_takes_the_settings_of_each_part(part: str) -> None:
    told = instance_config(chart_values(), namespace=NAMESPACE)[part]
    module = __import__(told["module"], fromlist=[told["class"]])
    schema = getattr(module, told["class"]).config_type()
    checked = process_config(resolve_to_config_type(schema), told["config"])
    assert checked.errors is None or checked.errors == []


@pytest.fixture(name="pod", scope="module")
def run_pod(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The Job that the real run launcher creates for a run, as the API server gets it."""
    from dagster_k8s import K8sRunLauncher
    from kubernetes.client import ApiClient

    kubeconfig = tmp_path_factory.mktemp("launcher") / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG)
    created: list[Any] = []
    batch = SimpleNamespace(
        api_client=SimpleNamespace(configuration=SimpleNamespace()),
        create_namespaced_job=lambda body, namespace, **_: created.append((namespace, body)),
    )
    config = launcher_config(chart_values(), namespace=NAMESPACE)
    config |= {"load_incluster_config": False, "kubeconfig_file": str(kubeconfig)}
    launcher = K8sRunLauncher(**config, k8s_client_batch_api=batch)
    origin = JobPythonOrigin(
        "__ASSET_JOB",
        RepositoryPythonOrigin("python", ModuleCodePointer("orchestration.definitions", "defs", None), IMAGE),
    )
    with instance_for_test() as instance:
        launcher.register_instance(instance)
        run = instance.add_run(DagsterRun("__ASSET_JOB", job_code_origin=origin))
        launcher.launch_run(SimpleNamespace(dagster_run=run))  # type: ignore[arg-type]
    ((namespace, body),) = created
    assert namespace == NAMESPACE
    job: dict[str, Any] = ApiClient().sanitize_for_serialization(body)
    kubernetes_validate.validate(job, "1.36", strict=True)
    spec: dict[str, Any] = job["spec"]["template"]
    return spec


def test_a_run_finds_what_the_other_chart_brings(pod: dict[str, Any]) -> None:
    ours = {(made["kind"], made["metadata"]["name"]) for made in objects({})}
    spec, (container,) = pod["spec"], pod["spec"]["containers"]
    assert ("ServiceAccount", spec["serviceAccountName"]) in ours
    for volume in spec["volumes"]:
        if (claim := volume.get("persistentVolumeClaim")) is not None:
            assert ("PersistentVolumeClaim", claim["claimName"]) in ours
        elif (volume["configMap"]["name"]) != "dagster-instance":
            assert ("ConfigMap", volume["configMap"]["name"]) in ours
    assert [("ConfigMap", one["configMapRef"]["name"]) for one in container["envFrom"]] == [
        ("ConfigMap", "flywheel-environment")
    ]
    variables = named({}, "ConfigMap", "flywheel-environment")["data"]
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert {variables["FLYWHEEL_HOME"], str(Path(variables["FLYWHEEL_CLUSTER"]).parent)} <= mounted


def test_a_run_is_let_in_by_mlflow(pod: dict[str, Any]) -> None:
    (rule,) = named({}, "NetworkPolicy", "flywheel-mlflow")["spec"]["ingress"]
    (source,) = rule["from"]
    assert source["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


def test_a_run_has_its_own_resources_and_the_image_of_its_code(pod: dict[str, Any]) -> None:
    (container,) = pod["spec"]["containers"]
    assert container["image"] == IMAGE
    assert container["resources"] == {
        "requests": {"cpu": "1", "memory": "4Gi"},
        "limits": {"memory": "8Gi"},
    }
    assert pod["metadata"]["annotations"] == {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}


def test_a_run_is_not_root(pod: dict[str, Any]) -> None:
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_code_location_sees_what_a_run_sees() -> None:
    values = chart_values()
    (code,) = values["dagster-user-deployments"]["deployments"]
    run = values["runLauncher"]["config"]["k8sRunLauncher"]
    for shared in ("envConfigMaps", "volumes", "volumeMounts", "labels", "securityContext"):
        assert code[shared] == run[shared], shared
    account = values["dagster-user-deployments"]["serviceAccount"]["name"]
    assert account == run["runK8sConfig"]["podSpecConfig"]["serviceAccountName"]


def test_lines_of_runs_lie_where_the_web_ui_finds_them() -> None:
    values = chart_values()
    folder = values["computeLogManager"]["config"]["customComputeLogManager"]["config"]["base_dir"]
    for pod in (values["dagsterWebserver"], values["runLauncher"]["config"]["k8sRunLauncher"]):
        assert any(folder.startswith(f"{mount['mountPath']}/") for mount in pod["volumeMounts"])


def test_the_web_ui_is_asked_where_it_listens() -> None:
    web = chart_values()["dagsterWebserver"]
    assert web["readinessProbe"]["httpGet"]["port"] == web["service"]["port"] > 1024


def test_code_is_loaded_from_the_module_that_holds_it() -> None:
    (code,) = chart_values()["dagster-user-deployments"]["deployments"]
    assert code["dagsterApiGrpcArgs"] == ["-m", "orchestration.definitions"]


def test_the_notes_name_the_version_that_is_locked() -> None:
    from importlib.metadata import version

    folder = Path(__file__).parents[2] / "deploy" / "helm"
    told = (folder / "flywheel" / "templates" / "NOTES.txt").read_text()
    assert f"--version {version('dagster')} " in told
    assert f"--version {version('dagster')} " in (folder / "dagster-values.yaml").read_text()

"""Our own chart: what it renders is what was read, is known to Kubernetes, and refuses misspelt values."""

import importlib.util
import json
import runpy
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml

from orchestration.environments import load_environment
from resources.cluster.settings import load_settings
from tests.deploy.chart import (
    CASES,
    CHART,
    EVERYTHING,
    GOLDEN,
    NAMESPACE,
    SCHEMA,
    golden_text,
    named,
    objects,
    schema_text,
)
from tests.resources.serving.k8s_cases import BY_LATENCY

KUBERNETES = "1.36"
SERVING = EVERYTHING["cluster"]["serving"]
ENDPOINTS = {"deployments", "pods/proxy", "horizontalpodautoscalers", "poddisruptionbudgets"}
KSERVE = {"inferenceservices", "httproutes", "revisions", "pods/proxy"}
OPERATORS = {"ServiceMonitor", "PrometheusRule"}
"""Kinds that an operator defines: Kubernetes has no schema of them."""


@pytest.mark.parametrize("name", CASES)
def test_the_chart_renders_what_was_read_and_kept(name: str) -> None:
    assert golden_text(CASES[name]) == (GOLDEN / f"{name}.yaml").read_text()


def test_nothing_is_kept_that_no_case_renders() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


def test_helm_lint_finds_nothing() -> None:
    report = helm_python.lint(
        CHART, dict(EVERYTHING), strict=True, namespace=NAMESPACE, kube_version="v1.36.0"
    )
    found = [one["error"] for one in report["messages"] if one["severity"] > 1]
    assert (report["errors"], found) == ([], [])


@pytest.mark.parametrize("name", CASES)
def test_kubernetes_knows_every_field(name: str) -> None:
    for made in objects(CASES[name]):
        if made["kind"] not in OPERATORS:
            kubernetes_validate.validate(made, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param({"homes": {}}, "homes", id="a key of the chart"),
        pytest.param({"mlflow": {"replica": 2}}, "replica", id="a key below"),
        pytest.param({"mlflow": {"replicas": 0}}, "replicas", id="a number that makes no sense"),
        pytest.param({"cluster": {"image": "a", "queu": "gpus"}}, "queu", id="a setting of trainings"),
        pytest.param({"cluster": {"image": "a", "kind": "jobs"}}, "kind", id="a value of a setting"),
        pytest.param({"cluster": {"image": "a", "patience": {"start": 5}}}, "start", id="no unit"),
        pytest.param({"environment": {"FLYWHEEL_HOME": "/x"}}, "FLYWHEEL_HOME", id="what the chart sets"),
        pytest.param({"networkPolicies": {"clients": [{}]}}, "clients", id="a selector of everybody"),
    ],
)
def test_misspelt_values_are_refused(values: dict[str, Any], told: str) -> None:
    with helm_python.Chart.load(CHART) as chart, pytest.raises(helm_python.HelmError, match=told):
        chart.validate_schema(values)


def test_the_schema_knows_todays_settings_of_trainings() -> None:
    assert json.loads(SCHEMA.read_text()) == json.loads(schema_text()), "run python -m tests.deploy.chart"


@pytest.mark.parametrize("name", CASES)
def test_the_settings_are_read_by_the_environment_that_they_are_for(name: str, tmp_path: Path) -> None:
    values = CASES[name]
    file = tmp_path / "cluster.yaml"
    file.write_text(named(values, "ConfigMap", "flywheel-cluster")["data"]["cluster.yaml"])
    variables = named(values, "ConfigMap", "flywheel-environment")["data"]
    settings = load_settings(file)
    assert settings.namespace == NAMESPACE
    assert settings.holds(Path(variables["FLYWHEEL_HOME"]) / "jobs")
    environment = load_environment({**variables, "FLYWHEEL_CLUSTER": str(file)})
    assert (environment.name, environment.home) == ("k8s", Path("/flywheel"))


def test_an_endpoint_has_an_account_without_rights() -> None:
    told = yaml.safe_load(named(EVERYTHING, "ConfigMap", "flywheel-cluster")["data"]["cluster.yaml"])
    assert told["serving"] == {**SERVING, "service_account": "flywheel-endpoint"}


def test_no_rights_beyond_those_of_a_training() -> None:
    role = named({}, "Role", "flywheel")
    allowed = {
        (group, resource): set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert allowed == {
        ("batch", "jobs"): {"get", "list", "create", "delete"},
        ("batch", "jobs/status"): {"get"},
        ("", "pods"): {"get", "list", "delete"},
        ("", "pods/log"): {"get"},
        ("", "events"): {"list"},
        ("", "services"): {"get", "list", "create", "delete"},
    }


@pytest.mark.parametrize(
    ("cluster", "more"),
    [
        pytest.param({}, set(), id="trainings as Jobs"),
        pytest.param({"kind": "train_job"}, {"trainjobs"}, id="trainings as TrainJobs"),
        pytest.param({"kind": "pytorch_job"}, {"pytorchjobs"}, id="trainings as PyTorchJobs"),
        pytest.param({"serving": SERVING}, {*ENDPOINTS, "httproutes"}, id="endpoints behind a route"),
        pytest.param(
            {"serving": {**SERVING, "routing": "endpoint"}}, {*ENDPOINTS, "httproutes"}, id="by key"
        ),
        pytest.param({"serving": {**SERVING, "routing": "kserve"}}, KSERVE, id="by KServe"),
        pytest.param(
            {"serving": {**SERVING, "max_replicas": 9, "keda": BY_LATENCY}},
            {*ENDPOINTS, "httproutes", "scaledobjects"},
            id="scaled by KEDA",
        ),
    ],
)
def test_rights_follow_the_settings(cluster: dict[str, Any], more: set[str]) -> None:
    def resources(values: dict[str, Any]) -> set[str]:
        rules = named(values, "Role", "flywheel")["rules"]
        return {resource for rule in rules for resource in rule["resources"]}

    assert resources({"cluster": {"image": "trainer", **cluster}}) - resources({}) == more


@pytest.mark.parametrize("name", CASES)
def test_no_rule_has_a_wildcard_or_reads_secrets(name: str) -> None:
    for role in (made for made in objects(CASES[name]) if made["kind"] == "Role"):
        for rule in role["rules"]:
            assert not {"*", "secrets", "pods/exec"} & {
                *rule["apiGroups"],
                *rule["resources"],
                *rule["verbs"],
            }


def test_only_runs_have_a_token() -> None:
    accounts = [made for made in objects({}) if made["kind"] == "ServiceAccount"]
    told = {made["metadata"]["name"]: made["automountServiceAccountToken"] for made in accounts}
    assert told == {
        "flywheel": True,
        "flywheel-training": False,
        "flywheel-endpoint": False,
        "flywheel-mlflow": False,
        "flywheel-exporter": False,
    }


def test_mlflow_knows_its_options_and_answers_under_the_name_that_runs_know_it_by() -> None:
    # Not imported: the server's packages take eight seconds, and warn.
    folder = Path(importlib.util.find_spec("mlflow").submodule_search_locations[0])  # type: ignore[union-attr,index]
    known = (folder / "cli" / "__init__.py").read_text() + (folder / "utils" / "cli_args.py").read_text()
    (container,) = named({}, "Deployment", "flywheel-mlflow")["spec"]["template"]["spec"]["containers"]
    options = dict(arg.split("=") if "=" in arg else (arg, "") for arg in container["args"])
    assert [option for option in options if f'"{option}' not in known] == []

    security = runpy.run_path(str(folder / "server" / "security_utils.py"))
    allowed, hosts = security["is_allowed_host_header"], options["--allowed-hosts"].split(",")
    uri = named({}, "ConfigMap", "flywheel-environment")["data"]["MLFLOW_TRACKING_URI"]
    assert allowed(hosts, uri.removeprefix("http://"))
    assert not allowed(hosts, "evil.example:5000")


def test_the_homes_of_chart_and_claim_outlive_the_release() -> None:
    claim = named({}, "PersistentVolumeClaim", "flywheel-home")
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_pods_satisfy_the_restricted_standard() -> None:
    for made in objects(EVERYTHING):
        if made["kind"] != "Deployment":
            continue
        pod = made["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_the_chart_says_which_version_it_deploys() -> None:
    import tomllib

    project = tomllib.loads((CHART.parents[2] / "pyproject.toml").read_text())["project"]
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == project["version"]

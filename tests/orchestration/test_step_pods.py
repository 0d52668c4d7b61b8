"""Each step of a run in a pod of its own."""

from pathlib import Path
from typing import Any

import dagster as dg
import kubernetes_validate
import pytest
import yaml

from assets.keys import DRIFT, EVALUATION, MODEL, PERFORMANCE, stage_key
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec
from orchestration.build import build_definitions, build_model
from orchestration.environments import CLUSTER, ENVIRONMENT, HOME, MODELS, load_environment
from orchestration.step_pods import SCORING, op_name, step_config, step_executor
from resources.cluster.settings import StepPods
from tests.fakes.flowers import FLOWERS
from tests.orchestration.conftest import AddModel


def spec_with(compute: str) -> ModelSpec:
    return parse_spec(FLOWERS.replace("training: {", f"training: {{compute: {compute}, ", 1))


def asked(cpu: str, memory: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}
    return {"container_config": {"resources": resources}}


@pytest.mark.parametrize(
    ("compute", "steps", "scoring", "others"),
    [
        pytest.param("{}", StepPods(), asked("2", "4Gi"), asked("1", "4Gi"), id="nothing is said"),
        pytest.param(
            "{cpu: 8, memory_gib: 32}", StepPods(), asked("8", "32Gi"), asked("1", "4Gi"), id="by the spec"
        ),
        pytest.param(
            "{cpu: 8}", StepPods(cpu=0.5, memory_gib=2), asked("8", "2Gi"), asked("0.5", "2Gi"),
            id="by the cluster where the spec is silent",
        ),
    ],
)  # fmt: skip  # one case a line or two
def test_steps_that_score_ask_for_what_the_spec_says(
    compute: str, steps: StepPods, scoring: dict[str, Any], others: dict[str, Any]
) -> None:
    spec = spec_with(compute)
    scored = {op_name(spec.name, stage): scoring for stage in SCORING}
    assert step_config([spec], steps) == {"step_k8s_config": others, "per_step_k8s_config": scored}


def op_of(spec: ModelSpec, stage: str) -> dg.OpDefinition:
    """The step of a stage's asset."""
    found = [made for made in build_model(spec).assets or () if isinstance(made, dg.AssetsDefinition)]
    (asset,) = [made for made in found if made.key == stage_key(spec.name, stage)]
    return asset.op


def test_the_pods_of_a_run_may_be_limited() -> None:
    assert step_config([], StepPods(max_concurrent=3))["max_concurrent"] == 3


def test_steps_are_called_what_dagster_calls_them() -> None:
    spec = spec_with("{}")
    for stage in (EVALUATION, PERFORMANCE, DRIFT):
        assert op_of(spec, stage).name == op_name(spec.name, stage)


def test_dagster_takes_the_settings() -> None:
    executor = step_executor([spec_with("{cpu: 8}")], StepPods(max_concurrent=2))
    job = dg.JobDefinition(graph_def=dg.GraphDefinition("nothing"), executor_def=executor)
    assert job.executor_def is executor


def test_the_containers_are_known_to_kubernetes() -> None:
    (config,) = step_config([], StepPods())["step_k8s_config"].values()
    container = {"name": "step", "image": "image", **config}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    kubernetes_validate.validate(pod, "1.36", strict=True)


def test_a_cluster_may_ask_for_them(tmp_path: Path, add_model: AddModel) -> None:
    folder = add_model("apples").parent
    settings = {"namespace": "team", "image": "trainer", "steps": {"max_concurrent": 2}}
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(settings))
    told = {HOME: str(tmp_path), CLUSTER: str(tmp_path / "cluster.yaml"), MODELS: str(folder)}
    environment = load_environment({**told, ENVIRONMENT: "k8s"})
    executor = build_definitions(environment).executor
    assert isinstance(executor, dg.ExecutorDefinition)
    assert executor.name == "k8s"


def test_a_model_that_wants_an_accelerator_trains_in_its_pool() -> None:
    for compute, pool in (("{accelerator: gpu}", "gpu"), ("{}", None)):
        assert op_of(spec_with(compute), MODEL).pool == pool

"""Pipelines of Kubeflow: what was read and kept, and a form that its services take."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from assets.keys import STAGES
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from orchestration.compile_cli import pipeline_text
from orchestration.kfp_pipeline import made_by, may_be_cached, pipeline_name, pipeline_spec
from tests.fakes.orders import orders_spec
from tests.orchestration.kfp_cases import CASES, CLOSED, GOLDEN, LOOKUP, ON_A_CLUSTER, ON_GOOGLE, PINNED


@pytest.mark.parametrize("name", CASES)
def test_pipelines_are_what_was_read_and_kept(name: str) -> None:
    assert pipeline_text(*CASES[name]) == (GOLDEN / f"{name}.yaml").read_text()


def test_nothing_is_kept_that_no_case_renders() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_pipelines_hold_no_field_that_kubeflow_does_not_know(name: str) -> None:
    kept, *platforms = yaml.safe_load_all((GOLDEN / f"{name}.yaml").read_text())
    read = json_format.ParseDict(kept, pipeline_spec_pb2.PipelineSpec())
    assert json_format.MessageToDict(read)["schemaVersion"] == "2.1.0"
    for platform in platforms:
        json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())


@pytest.mark.parametrize("through", STAGES)
def test_every_reference_of_a_pipeline_leads_somewhere(through: str) -> None:
    made = pipeline_spec(orders_spec(), replace(ON_A_CLUSTER, through=through))
    tasks, components = made["root"]["dag"]["tasks"], made["components"]
    assert list(tasks) == list(STAGES[: STAGES.index(through) + 1])
    for task in tasks.values():
        component = components[task["componentRef"]["name"]]
        assert component["executorLabel"] in made["deploymentSpec"]["executors"]
        asked = task["inputs"]["parameters"]
        assert set(asked) == set(component["inputDefinitions"]["parameters"])
        for source in asked.values():
            if told := source.get("taskOutputParameter"):
                before = components[tasks[told["producerTask"]]["componentRef"]["name"]]
                assert told["outputParameterKey"] in before["outputDefinitions"]["parameters"]
                assert told["producerTask"] in task["dependentTasks"]


@pytest.mark.parametrize(
    ("stage", "spec", "image", "expected"),
    [
        pytest.param("data", CLOSED, PINNED, False, id="the source may have changed"),
        pytest.param("features", CLOSED, PINNED, True, id="all that is read has a version"),
        pytest.param("model", CLOSED, PINNED, True, id="the window has a version"),
        pytest.param("evaluation", CLOSED, PINNED, False, id="the champion may be another one"),
        pytest.param("endpoint", CLOSED, PINNED, False, id="an action is no result"),
        pytest.param("features", orders_spec(), PINNED, False, id="a lookup has no version"),
        pytest.param("model", orders_spec(), PINNED, False, id="a lookup goes into the bundle"),
        pytest.param("model", CLOSED, "registry.example/flywheel:1", False, id="a tag may be moved"),
    ],
)
def test_a_step_is_cached_only_where_its_inputs_tell_all(
    stage: str, spec: Any, image: str, expected: bool
) -> None:
    assert may_be_cached(stage, build_plan(spec), image) is expected


def test_without_a_cache_every_step_runs() -> None:
    made = pipeline_spec(CLOSED, replace(ON_GOOGLE, cache=False))
    assert [task["cachingOptions"] for task in made["root"]["dag"]["tasks"].values()] == [{}] * 4


def test_a_step_is_run_again_when_what_makes_it_was_edited_and_not_when_something_else_was() -> None:
    def digests(spec: Any, settings: Any = ON_GOOGLE) -> list[str]:
        return [made_by(spec, settings, stage) for stage in ("features", "model")]

    before = digests(CLOSED)
    regate = ("min: 0.6", "min: 0.7")
    refit = ("evaluation:\n", "training: {rounds: 7}\nevaluation:\n")
    lookups = ("    stock_level: stock.level\n", ""), (LOOKUP, "")
    assert digests(orders_spec(*lookups, regate)) == before
    features, model = digests(orders_spec(*lookups, refit))
    assert (features == before[0], model == before[1]) == (True, False)
    told = replace(ON_GOOGLE, variables={**ON_GOOGLE.variables, "FLYWHEEL_FILES": "gs://other/files"})
    assert not set(digests(CLOSED, told)) & set(before)


def test_evaluation_has_what_the_training_asks_for() -> None:
    spec = orders_spec(("evaluation:\n", "training: {compute: {cpu: 6, memory_gib: 24}}\nevaluation:\n"))
    executors = pipeline_spec(spec, ON_GOOGLE)["deploymentSpec"]["executors"]
    asked = {name: one["container"]["resources"]["resourceMemoryLimit"] for name, one in executors.items()}
    assert asked == {
        "exec-data": "8Gi",
        "exec-features": "8Gi",
        "exec-model": "8Gi",
        "exec-evaluation": "24Gi",
    }
    assert executors["exec-evaluation"]["container"]["resources"]["cpuLimit"] == 6.0


def test_a_stage_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(LifecycleError, match="unknown stage 'serving'; allowed: data, features, model"):
        pipeline_spec(CLOSED, replace(ON_GOOGLE, through="serving"))


@pytest.mark.parametrize(
    ("model", "name"),
    [("a", "a"), ("Flight Delay", "flight-delay"), ("a__b_", "a-b"), ("m" * 200, "m" * 100)],
)
def test_any_name_of_a_model_gives_a_name_of_a_pipeline(model: str, name: str) -> None:
    assert pipeline_name(model) == name

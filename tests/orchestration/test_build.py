"""From a folder of specs to Definitions."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import (
    DRIFT,
    LABELS,
    ONLINE,
    PERFORMANCE,
    PREDICTIONS,
    STAGES,
    TRAFFIC,
    WALK_FORWARD,
    stage_key,
)
from lifecycle.errors import LifecycleError
from lifecycle.spec.parse import SpecError, parse_spec
from orchestration.build import VALIDATING, build_definitions, check_spec, load_model
from orchestration.environments import Environment
from resources.rollouts.base import Stored
from sensors.rollout import NAME
from tests.fakes.flowers import FLOWERS
from tests.fakes.rollout_world import MODEL, MemoryRollouts, World, plan_with, rolled_back
from tests.orchestration.conftest import AddModel

BROKEN = ("amount: amount\n", "amount: amont\n")


def keys(definitions: dg.Definitions) -> set[str]:
    return {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}


def life_of(*models: str) -> set[str]:
    stages = (*STAGES, ONLINE, DRIFT, PERFORMANCE, WALK_FORWARD, PREDICTIONS, TRAFFIC, LABELS)
    return {stage_key(model, stage).to_user_string() for model in models for stage in stages}


def test_each_folder_is_a_model_with_its_whole_life(environment: Environment, add_model: AddModel) -> None:
    add_model("apples")
    add_model("pears")
    definitions = build_definitions(environment)
    assert keys(definitions) == life_of("apples", "pears")
    dg.Definitions.validate_loadable(definitions)


class Unreadable(MemoryRollouts):
    """A store whose records were damaged."""

    def read(self, model: str) -> Stored | None:
        raise LifecycleError(f"the record of {model} cannot be read")


def test_a_rollout_is_carried_to_its_end_though_its_section_left_the_spec(
    environment: Environment, add_model: AddModel
) -> None:
    add_model(MODEL)
    begun = World(plan=plan_with())
    begun.open()
    stores = {
        "open": begun.store,
        "over": rolled_back(World(plan=plan_with())).store,
        "unknown": Unreadable(),
        "never": MemoryRollouts(),
    }
    watched = set()
    for name, store in stores.items():
        sensors = build_definitions(replace(environment, rollouts=store)).sensors or ()
        if any(sensor.name == NAME for sensor in sensors):
            watched.add(name)
    assert watched == {"open", "unknown"}


def test_no_folder_of_models_is_no_model(environment: Environment) -> None:
    environment.models.rmdir()
    assert keys(build_definitions(environment)) == set()


def test_a_folder_without_a_spec_is_no_model(environment: Environment, add_model: AddModel) -> None:
    add_model("apples")
    (environment.models / "notes").mkdir()
    assert keys(build_definitions(environment)) == life_of("apples")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(BROKEN, "features.columns.amount: found the column 'amont'", id="an unknown column"),
        pytest.param(("metric: auc", "metric: auk"), "evaluation.gates.0.metric: found 'auk'; allowed: ",
                     id="an unknown metric"),
        pytest.param(("metric: auc", "metric: rmse"), "evaluation.gates.0.metric: found 'rmse'; allowed: ",
                     id="a metric of another task"),
        pytest.param(("name: bad", "name: good"), "model.name: found 'good'; allowed: 'bad', the",
                     id="another model's name"),
        pytest.param(("task: binary", "task: binary, colour: red"), "model.colour: found", id="a key"),
        pytest.param(("model:", "model"), "1 problem", id="no YAML"),
    ],
)  # fmt: skip  # one case a line or two
def test_a_broken_spec_says_why_and_leaves_the_others_running(
    environment: Environment, add_model: AddModel, change: tuple[str, str], why: str
) -> None:
    add_model("good")
    add_model("bad", change)
    definitions = build_definitions(environment)
    assert keys(definitions) == life_of("good") | {"bad/broken_spec"}
    (broken,) = (spec for spec in definitions.resolve_all_asset_specs() if spec.key.path[-1] == "broken_spec")
    assert why in (broken.description or "")
    assert broken.group_name == "bad"
    dg.Definitions.validate_loadable(definitions)


def test_all_problems_are_told_at_once(add_model: AddModel) -> None:
    path = add_model(
        "bad", BROKEN, ("metric: auc", "metric: auk"), ("level: int}", "level: int}\n      x: 1")
    )
    with pytest.raises(SpecError) as caught:
        load_model(path)
    assert [problem.path for problem in caught.value.problems] == ["features.lookups.stock.x"]
    path.write_text(path.read_text().replace("\n      x: 1", ""))
    with pytest.raises(SpecError) as caught:
        load_model(path)
    assert {problem.path for problem in caught.value.problems} == {
        "evaluation.gates.0.metric",
        "features.columns.amount",
    }


def test_a_split_by_time_needs_a_time() -> None:
    text = FLOWERS.replace("training: {", "training: {split: time, ")
    with pytest.raises(SpecError) as caught:
        check_spec(parse_spec(text), where="flowers")
    assert [str(problem) for problem in caught.value.problems] == [
        "training.split: found 'time'; allowed: `random`, or a table with a `data.event_time`"
    ]


def test_a_gate_on_days_needs_a_time() -> None:
    text = FLOWERS.replace("gates: [", "gates: [{data: holdout_days, min: 7}, ")
    with pytest.raises(SpecError) as caught:
        check_spec(parse_spec(text), where="flowers")
    assert [str(problem) for problem in caught.value.problems] == [
        "evaluation.gates.0.data: found 'holdout_days'; allowed: `holdout_rows`, or a table with a "
        "`data.event_time`"
    ]


def test_rules_and_gates_that_nothing_can_keep_are_told_with_their_place(add_model: AddModel) -> None:
    gates = "gates: [{metric: auc, min: 0.6}"
    path = add_model(
        "bad",
        (
            f"{gates}]",
            f"{gates}, {{data: fit_rows, min: 1}}, {{metric: auk, min: 1}}]\n"
            "  behaviour: [{name: rule, invariance: {column: shp, values: [x]}}]",
        ),
    )
    with pytest.raises(SpecError) as caught:
        load_model(path)
    assert [problem.path for problem in caught.value.problems] == [
        "evaluation.gates.2.metric",
        "evaluation.behaviour.0.invariance.column",
    ]


def test_a_validation_fails_on_what_a_running_location_tolerates(
    environment: Environment, add_model: AddModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model("good")
    path = add_model("bad", BROKEN)
    monkeypatch.setenv(VALIDATING, "1")
    with pytest.raises(SpecError, match=r"features\.columns\.amount") as caught:
        build_definitions(environment)
    assert str(path) in str(caught.value)


def test_a_folder_with_an_odd_name_can_be_shown(environment: Environment, add_model: AddModel) -> None:
    path = add_model("plain")
    path.parent.rename(environment.models / "an odd-name (copy)")
    assert keys(build_definitions(environment)) == {"an_odd_name__copy_/broken_spec"}


# Dagster finds range runs beside runs of one partition odd; `orchestration.definitions` says why.
@pytest.mark.filterwarnings("ignore:(?s).*varying BackfillPolicies.*:UserWarning")
@pytest.mark.parametrize("asked", [False, True])
def test_a_job_and_a_schedule_are_there_only_where_asked_for(
    environment: Environment, add_model: AddModel, asked: bool
) -> None:
    more = ("evaluation:", "job: true\nretrain: {schedule: '0 6 * * *'}\nevaluation:")
    add_model("apples", *([more] if asked else []))
    repository = build_definitions(environment).get_repository_def()
    # One job each for all models: tables beside endpoints, what people say, request logs.
    shared = {"refresh_online", "decide_on_version", "command_rollout", "compact_request_log"}
    jobs = {name for name in repository.job_names if not name.startswith("__")} - shared
    assert (jobs, {schedule.name for schedule in repository.schedule_defs}) == (
        ({"apples"}, {"apples_schedule"}) if asked else (set(), set())
    )
    if asked:
        job = repository.get_job("apples")
        assert {key.path[-1] for key in job.asset_layer.executable_asset_keys} == {"model", "evaluation"}
        assert isinstance(job.partitions_def, dg.TimeWindowPartitionsDefinition)
        whole = repository.get_job(repository.get_schedule_def("apples_schedule").job_name)
        assert {key.path[-1] for key in whole.asset_layer.executable_asset_keys} == set(STAGES)


def test_the_example_of_this_repository_loads() -> None:
    spec = load_model(Path(__file__).parents[2] / "models" / "flight_delay" / "spec.yaml")
    assert (spec.name, spec.job) == ("flight_delay", True)

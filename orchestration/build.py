"""From specs to Definitions: each model in its own guard, so that a broken one harms no other."""

import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import dagster as dg

from assets.data import data_asset
from assets.drift import drift_asset
from assets.endpoint import endpoint_asset
from assets.evaluation import evaluation_asset
from assets.features import features_asset
from assets.keys import EVALUATION, MODEL, stage_key
from assets.labels import labels_asset
from assets.model import model_asset
from assets.online import needs_online, online_asset
from assets.performance import performance_asset
from assets.predictions import predictions_asset
from assets.rollout_asset import rolled_out_endpoint_asset
from assets.traffic import traffic_asset
from assets.walk_forward import walk_forward_asset
from lifecycle.endpoint.deployment_problems import deployment_problems
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.behaviour_problems import behaviour_problems
from lifecycle.evaluation.spec_problems import column_problems, metric_problems
from lifecycle.features.build import build_plan
from lifecycle.monitoring.performance_problems import performance_problems
from lifecycle.rollout.spec_problems import rollout_problems
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem, SpecError, load_spec
from lifecycle.training.problems import training_problems
from lifecycle.training.search.problems import search_problems
from orchestration.approval import approval_job
from orchestration.environments import Environment
from orchestration.rollout_job import rollout_job
from orchestration.schedules import model_schedule
from orchestration.step_pods import step_executor
from resources.rollouts.base import RolloutStore
from sensors.alerts import alert_sensor
from sensors.online import refresh_sensor
from sensors.retrain import retrain_sensor
from sensors.rollout import rollout_sensor
from sensors.traffic import traffic_sensors

SPEC_FILE = "spec.yaml"
VALIDATING = "DAGSTER_IS_DEFS_VALIDATION_CLI"
"""Set by `dg check defs`, which must fail on what a running location tolerates."""


def build_definitions(environment: Environment) -> dg.Definitions:
    """Everything that Dagster loads: all models of a folder and the adapters of an environment.

    A model whose spec is broken becomes one asset that tells why.

    Raises:
        LifecycleError: while definitions are being validated, the first broken spec.
    """
    loaded = [_guarded(path, environment.rollouts) for path in spec_files(environment.models)]
    specs = [model.spec for model in loaded if model.spec]
    still_open = [model.spec.name for model in loaded if model.spec and model.still_open]
    steps = environment.steps
    common = dg.Definitions(
        jobs=[approval_job, rollout_job],
        resources=environment.resources,
        executor=environment.executor if steps is None else step_executor(specs, steps),
    )
    sensors = [
        refresh_sensor(specs),
        rollout_sensor(specs, left_open=still_open),
        traffic_sensors(specs),
        retrain_sensor(specs),
        alert_sensor(specs),
    ]
    return dg.Definitions.merge(common, *sensors, *(model.definitions for model in loaded))


def spec_files(models: Path) -> list[Path]:
    """The specs of a folder of models, by name."""
    return sorted(models.glob(f"*/{SPEC_FILE}"))


def left_open(spec: ModelSpec, rollouts: RolloutStore) -> bool:
    """Whether a rollout is open though its section left the spec: it is watched until it has ended.

    A record that cannot be read counts as open: whoever looks at it is told why.
    """
    if spec.deployment.rollout is not None:
        return False
    try:
        stored = rollouts.read(spec.name)
    except LifecycleError:
        return True
    return stored is not None and not stored.record.state.closed


def build_model(spec: ModelSpec, *, still_open: bool = False) -> dg.Definitions:
    """Assets, checks, job and schedule of a model whose spec was checked.

    Args:
        still_open: whether a rollout is, though the spec has none; see `left_open`.
    """
    factories = [
        data_asset,
        features_asset,
        model_asset,
        evaluation_asset,
        rolled_out_endpoint_asset if spec.deployment.rollout or still_open else endpoint_asset,
        walk_forward_asset,
        predictions_asset,
        drift_asset,
        traffic_asset,
        labels_asset,
        performance_asset,
    ]
    if needs_online(spec):
        factories.append(online_asset)
    with warnings.catch_warnings():
        # Range runs and look-back over missing partitions are beta in Dagster; ours are covered by tests.
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets = [factory(spec) for factory in factories]
    retrained = dg.AssetSelection.assets(stage_key(spec.name, MODEL), stage_key(spec.name, EVALUATION))
    jobs = [
        dg.define_asset_job(
            spec.name, retrained, description=f"Train and evaluate {spec.name} as of a partition."
        )
    ]
    cron = spec.retrain.schedule
    return dg.Definitions(
        assets=assets,
        jobs=jobs if spec.job else [],
        schedules=[model_schedule(spec, cron)] if cron else [],
    )


def load_model(path: Path) -> ModelSpec:
    """Read a spec and check it with every stage that reads it.

    Raises:
        SpecError: with every problem found.
    """
    spec = load_spec(path)
    if spec.name != path.parent.name:
        allowed = f"{path.parent.name!r}, the name of its folder"
        raise SpecError(str(path), [Problem(path="model.name", found=repr(spec.name), allowed=allowed)])
    check_spec(spec, where=str(path))
    return spec


def check_spec(spec: ModelSpec, *, where: str) -> None:
    """Check what the parser cannot know: expressions, metrics and trainers belong to later stages.

    Raises:
        SpecError: with every problem found.
    """
    problems = [
        *metric_problems(spec),
        *_split_problems(spec),
        *training_problems(spec),
        *search_problems(spec),
        *rollout_problems(spec),
        *performance_problems(spec),
    ]
    try:
        plan = build_plan(spec)
        problems += [*column_problems(spec, plan), *behaviour_problems(spec, plan)]
        problems += deployment_problems(spec, plan)
    except SpecError as exc:
        problems += exc.problems
    if problems:
        raise SpecError(where, problems)


def _split_problems(spec: ModelSpec) -> Iterator[Problem]:
    if spec.training.split == "time" and spec.data.event_time is None:
        allowed = "`random`, or a table with a `data.event_time`"
        yield Problem(path="training.split", found="'time'", allowed=allowed)


class _Loaded(NamedTuple):
    """A model of the folder. `spec` is None where it is broken."""

    definitions: dg.Definitions
    spec: ModelSpec | None = None
    still_open: bool = False


def _guarded(path: Path, rollouts: RolloutStore) -> _Loaded:
    """A model and its spec; where that is broken, the asset that tells why."""
    try:
        spec = load_model(path)
        still_open = left_open(spec, rollouts)
        return _Loaded(build_model(spec, still_open=still_open), spec, still_open)
    except LifecycleError as exc:
        if os.environ.get(VALIDATING):
            raise
        logging.getLogger("flywheel").error("%s", exc)
        return _Loaded(dg.Definitions(assets=[_broken_model(path.parent.name, str(exc))]))


def _broken_model(folder: str, why: str) -> dg.AssetSpec:
    """An asset that cannot be materialized and says what is wrong with the model of a folder."""
    name = "".join(c if c.isalnum() or c == "_" else "_" for c in folder)
    return dg.AssetSpec(
        key=dg.AssetKey([name, "broken_spec"]),
        group_name=name,
        description=f"This model is not loaded.\n```\n{why}\n```",
        tags={"flywheel/broken": "true"},
    )

"""A code location of 10, 100 and 1,000 models: how long it loads, and what ticks of its sensors cost.

All in seconds of CPU, which a loaded machine does not stretch as it does the clock's.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.gates import gates_of
from assets.keys import (
    DECAY_CHECK,
    DRIFT,
    EVALUATION,
    FEATURES,
    FLOOR_CHECK,
    MODEL,
    PERFORMANCE,
    gate_check,
    stage_key,
)
from assets.metadata import CODE_VERSION_TAG, DATA_VERSION_TAG
from assets.provenance import code_version
from assets.rollout_ports import RolloutPorts
from lifecycle.clock import now
from lifecycle.rollout.power_plan import plan_power
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import build_definitions
from orchestration.environments import HOME, MODELS, local
from resources.alerts.base import Message
from resources.rollouts.local import LocalRollouts
from resources.serving.local import LocalServing
from resources.tracking.mlflow import MlflowTracking
from sensors.alerts import alert_sensor
from sensors.retrain import Cursor, code_of, look_at
from sensors.rollout import Cursor as RolloutCursor
from sensors.rollout import look_at as look_at_rollouts
from sensors.rollout import turn_of
from tests.fakes.orders import ORDERS, orders_spec

COUNTS = (10, 100, 1000)
RETRAIN = "retrain: {drift: {windows: 1, of: 2}, code: true}\n"
ALERTS = "alerts: {to: [PAGER]}\n"


def main() -> None:
    """Print CPU seconds by number of models."""
    print("models   load  ms a model  retrain: first  quiet  1 drifted  alerts  rollouts: idle a tick")
    for count in COUNTS:
        with TemporaryDirectory() as folder:
            load_s = loaded(Path(folder), count)
        specs = {f"m{n:04}": model(f"m{n:04}") for n in range(count)}
        first_s, quiet_s, news_s, alerts_s = ticks(specs)
        rollouts_s, looked = rollout_tick(specs)
        print(
            f"{count:>6}  {load_s:>5.1f}  {1000 * load_s / count:>10.1f}  {first_s:>14.2f}  {quiet_s:>5.2f}"
            f"  {news_s:>9.2f}  {alerts_s:>6.2f}  {rollouts_s:>8.2f} {looked:>13}",
            flush=True,
        )


def loaded(folder: Path, count: int) -> float:
    """CPU seconds from specs on disk to a repository that Dagster can show."""
    for n in range(count):
        model = folder / "models" / f"m{n:04}"
        model.mkdir(parents=True)
        text = ORDERS.replace("name: orders", f"name: m{n:04}") + RETRAIN
        (model / "spec.yaml").write_text(text, encoding="utf-8")
    environment = local({HOME: str(folder / "home"), MODELS: str(folder / "models")})
    return seconds(lambda: build_definitions(environment).get_repository_def())


def ticks(specs: Mapping[str, ModelSpec]) -> tuple[float, float, float, float]:
    """Of `retrain` the first tick, one without news, one with news of one model; and one of `alerts`."""
    code = code_of(specs)
    with dg.instance_for_test() as instance, TemporaryDirectory() as folder:
        rollouts, cursor = LocalRollouts(root=f"{folder}/rollouts"), Cursor()
        for spec in specs.values():
            live(instance, spec)

        def tick() -> None:
            nonlocal cursor
            cursor = look_at(specs, instance, rollouts, cursor, code=code, now=now()).cursor

        first_s = seconds(tick)
        # The others come in the next ticks, each of which takes as long as the first.
        cursor = replace(cursor, due=())
        quiet_s = seconds(tick)
        drifted(instance, "m0000", drifted=True)
        news_s = seconds(tick)
        (sensor,) = alert_sensor([*specs.values()]).sensors or ()
        assert isinstance(sensor, dg.SensorDefinition)
        serving = LocalServing(root=f"{folder}/endpoints")
        resources = {"alerts": Nobody(), "rollouts": rollouts, "serving": serving}
        context = dg.build_sensor_context(instance=instance, resources=resources)
        return first_s, quiet_s, news_s, seconds(lambda: sensor(context))


class Nobody:
    """Takes all messages."""

    def send(self, message: Message, *, to: str) -> None: ...


def rollout_tick(specs: Mapping[str, ModelSpec]) -> tuple[float, int]:
    """A tick of `rollouts` over idle models with MLflow on SQLite, and how many of them it looked at."""
    with TemporaryDirectory() as folder:
        tracking = MlflowTracking(tracking_uri=f"sqlite:///{folder}/mlflow.db", artifact_root=folder)
        ports = RolloutPorts(
            store=LocalRollouts(root=f"{folder}/rollouts"),
            serving=LocalServing(root=f"{folder}/endpoints"),
            tracking=tracking,
            measure=lambda record, questions, now: (),
            replay=lambda record, now: None,
            plan_power=lambda plan, now: plan_power(plan, ""),
        )
        tracking.holder("m0000", "challenger")  # MLflow makes its tables once
        looked = 0

        def tick() -> None:
            nonlocal looked
            turn = turn_of(specs, RolloutCursor())
            looked = len(look_at_rollouts(((specs[name], ports) for name in turn), {}).looked)

        return seconds(tick), looked


def model(name: str) -> ModelSpec:
    """A small model with rules."""
    return orders_spec(
        ("name: orders", f"name: {name}"), ("evaluation:\n", f"{RETRAIN}{ALERTS}evaluation:\n")
    )


def live(instance: dg.DagsterInstance, spec: ModelSpec) -> None:
    """Results of a model of which nothing speaks for a retraining."""
    day = "2024-03-03"
    for stage, tags in (
        (FEATURES, {DATA_VERSION_TAG: "d"}),
        (MODEL, {CODE_VERSION_TAG: code_version(spec, MODEL)}),
    ):
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key=stage_key(spec.name, stage), partition=day, tags=tags)
        )
    drifted(instance, spec.name, drifted=False)
    checks = [(PERFORMANCE, FLOOR_CHECK), (PERFORMANCE, DECAY_CHECK)]
    for stage, check in [*checks, *((EVALUATION, gate_check(gate)) for gate in gates_of(spec))]:
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=stage_key(spec.name, stage),
                check_name=check,
                passed=True,
                metadata={day: "pass: as it was"},
            )
        )


def drifted(instance: dg.DagsterInstance, name: str, *, drifted: bool) -> None:
    """A report of drift, or of none."""
    metadata = {"partition": "2024-03-03", "drifted": drifted, "drift_score": 0.1}
    instance.report_runless_asset_event(
        dg.AssetMaterialization(asset_key=stage_key(name, DRIFT), partition="2024-03-03", metadata=metadata)
    )


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of something."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()

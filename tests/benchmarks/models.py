"""A code location of 10, 100 and 1,000 models: how long it loads, and what a tick of `retrain` costs."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.keys import DRIFT, FEATURES, MODEL, stage_key
from assets.metadata import CODE_VERSION_TAG, DATA_VERSION_TAG
from assets.provenance import code_version
from lifecycle.clock import now
from lifecycle.spec.records import ModelSpec
from orchestration.build import build_definitions
from orchestration.environments import HOME, MODELS, local
from resources.rollouts.local import LocalRollouts
from sensors.retrain import Cursor, code_of, look_at
from tests.fakes.orders import ORDERS, orders_spec

COUNTS = (10, 100, 1000)
RETRAIN = "retrain: {drift: {windows: 1, of: 2}, code: true}\n"


def main() -> None:
    """Print seconds by number of models."""
    print("models  load s  load ms a model  first tick s  tick s  tick s with 1 drifted")
    for count in COUNTS:
        with TemporaryDirectory() as folder:
            load_s = loaded(Path(folder), count)
        first_s, quiet_s, news_s = ticks(count)
        print(
            f"{count:>6}  {load_s:>6.1f}  {1000 * load_s / count:>15.1f}  {first_s:>12.2f}  {quiet_s:>6.2f}"
            f"  {news_s:>21.2f}"
        )


def loaded(folder: Path, count: int) -> float:
    """Seconds from specs on disk to a repository that Dagster can show."""
    for n in range(count):
        model = folder / "models" / f"m{n:04}"
        model.mkdir(parents=True)
        text = ORDERS.replace("name: orders", f"name: m{n:04}") + RETRAIN
        (model / "spec.yaml").write_text(text, encoding="utf-8")
    environment = local({HOME: str(folder / "home"), MODELS: str(folder / "models")})
    return seconds(lambda: build_definitions(environment).get_repository_def())


def ticks(count: int) -> tuple[float, float, float]:
    """Seconds of the first tick, of one without news, and of one with news of one model."""
    specs = {f"m{n:04}": model(f"m{n:04}") for n in range(count)}
    code = code_of(specs)
    with dg.instance_for_test() as instance, TemporaryDirectory() as folder:
        rollouts, cursor = LocalRollouts(root=folder), Cursor()
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
        return first_s, quiet_s, seconds(tick)


def model(name: str) -> ModelSpec:
    """A small model with rules."""
    return orders_spec(("name: orders", f"name: {name}"), ("evaluation:\n", f"{RETRAIN}evaluation:\n"))


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


def drifted(instance: dg.DagsterInstance, name: str, *, drifted: bool) -> None:
    """A report of drift, or of none."""
    metadata = {"partition": "2024-03-03", "drifted": drifted, "drift_score": 0.1}
    instance.report_runless_asset_event(
        dg.AssetMaterialization(asset_key=stage_key(name, DRIFT), partition="2024-03-03", metadata=metadata)
    )


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

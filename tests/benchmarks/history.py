"""What looking back is worth on real flights: the June model with and without its history features.

Both models train on what was known at the end of June 2013 and score every flight of July to December, whose
features are point in time. The runs are Dagster's own, with the definitions that Dagster loads.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import dagster as dg
import numpy as np
import yaml
from numpy.typing import NDArray

from assets.keys import DATA, FEATURES, MODEL, stage_key
from assets.partitions import partitions_of, window_of
from lifecycle.evaluation.intervals import MetricValue, measure
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import build_sample
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.judging import columns_read, period, score_rows
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, build_definitions, load_model
from orchestration.environments import HOME, MODELS, Environment, load_environment
from resources.warehouse.base import ALL_TIME

EXAMPLE = "flight_delay"
ROOT = Path(__file__).parents[2]
FIRST, AS_OF, LAST = "2013-01", "2013-06", "2013-12"
GOAL, WITHOUT = 0.745, 0.711
"""The issue's goal, and what was measured elsewhere without history."""
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One month of flights: labels, scores, and the day of each."""

    labels: NDArray[np.float64]
    scores: NDArray[np.float64]
    days: NDArray[np.int64]


def without_history(path: Path) -> None:
    """Take the history features out of a spec, and every feature that reads one."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    features = raw["features"]
    features.pop("history")
    features.pop("events")
    features["columns"] = {
        name: text for name, text in features["columns"].items() if "history." not in str(text)
    }
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")


def live(environment: Environment, spec: ModelSpec) -> None:
    """Tables of the whole year in one run, the model as of June in another."""
    assets = [a for a in build_definitions(environment).assets or () if isinstance(a, dg.AssetsDefinition)]
    resources = dict(environment.resources)
    with dg.DagsterInstance.local_temp(overrides={"telemetry": {"enabled": False}}) as instance:
        for stages, asked in (
            ((DATA, FEATURES), {"tags": dict(zip(RANGE, (FIRST, LAST), strict=True))}),
            ((MODEL,), {"partition_key": AS_OF}),
        ):
            dg.materialize(
                assets,
                selection=[stage_key(spec.name, stage) for stage in stages],
                resources=resources,
                instance=instance,
                **asked,
            )


def scored(environment: Environment, spec: ModelSpec) -> Mapping[str, Scores]:
    """Month -> its flights scored by the newest version; all of them lie after its cut-off."""
    version = environment.tracking.versions(spec.name)[-1]
    partitions, months = partitions_of(spec), {}
    with tempfile.TemporaryDirectory() as folder:
        fetched = environment.tracking.fetch_bundle(spec.name, version.version, Path(folder))
        bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
        for month in partitions.get_partition_keys():
            if month <= AS_OF:
                continue
            window = window_of(partitions, month)
            table = environment.warehouse.published(spec.name, FEATURES, month)
            assert table is not None
            batches = environment.warehouse.batches(table, columns_read(spec, bundle))
            part = period(window.start, window.end, cut_off=ALL_TIME.end)
            found = score_rows(spec, bundle, batches, part)
            months[month] = Scores(labels=found.labels, scores=found.scores, days=found.blocks)
    return months


def auc(months: Sequence[Scores]) -> MetricValue:
    """AUC over some months, with an interval that resamples days."""
    labels, scores, days = (
        np.concatenate([getattr(month, name) for month in months]) for name in ("labels", "scores", "days")
    )
    (value,) = measure(
        [metric("auc", "binary")],
        build_sample("binary", labels, scores, blocks=days, threshold=None),
        seed=0,
        n_resamples=500,
        level=0.95,
    )
    return value


def table(found: Mapping[str, Mapping[str, Scores]], seconds: Mapping[str, float]) -> str:
    """AUC by month and over all, a column a variant."""
    lines = [f"{'AUC':<10}" + "".join(f"{name:>28}" for name in found)]
    for month in next(iter(found.values())):
        lines.append(f"{month:<10}" + "".join(_cell(auc([months[month]])) for months in found.values()))
    lines.append(f"{'all':<10}" + "".join(_cell(auc([*months.values()])) for months in found.values()))
    lines.append(f"{'wall s':<10}" + "".join(f"{seconds[name]:>28.0f}" for name in found))
    return "\n".join(lines)


def _cell(value: MetricValue) -> str:
    assert value.value is not None and value.interval is not None
    told = f"{value.value:.4f} ({value.interval.low:.3f} to {value.interval.high:.3f})"
    return f"{told:>28}"


def main() -> None:
    """Measure both variants and print the table."""
    found, seconds = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder, "lake", "flights")
        print("building the lake of real flights ...", flush=True)
        script = [sys.executable, str(ROOT / "models" / EXAMPLE / "lake.py"), str(lake)]
        subprocess.run(script, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
        for name in ("without history", "with history"):
            print(f"a year, {name} ...", flush=True)
            home = Path(folder, name.replace(" ", "_"))
            copytree(lake, home / "lake" / "flights")
            copytree(ROOT / "models" / EXAMPLE, home / "models" / EXAMPLE)
            if name == "without history":
                without_history(home / "models" / EXAMPLE / SPEC_FILE)
            began = time.monotonic()
            environment = load_environment({HOME: str(home), MODELS: str(home / "models")})
            spec = load_model(home / "models" / EXAMPLE / SPEC_FILE)
            live(environment, spec)
            found[name] = scored(environment, spec)
            seconds[name] = time.monotonic() - began
    print(f"\n{table(found, seconds)}\n")
    print(f"goal with history: {GOAL}; measured elsewhere without: {WITHOUT}")

"""The two models of the replayed year, made of the spec of the example: the loop's, and the oracle's.

Both know what models/flight_delay knows. The loop's is cut by weeks, watches itself, learns when there is a
reason to, and takes over by a rollout. The oracle's is cut by months, and is trained on all months before.
"""

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from functools import reduce
from operator import getitem
from pathlib import Path

import yaml

from lifecycle.spec.records import ModelSpec
from orchestration.build import SPEC_FILE, load_model

EXAMPLE = Path(__file__).parents[3] / "models" / "flight_delay"
LOOP, ORACLE = "flight_year", "flight_oracle"
WEATHER = "weather_replayed.parquet"
"""The feed as the replay tells it, beside the real one."""
FIRST_WEEK = date(2012, 12, 31)
NOBODY = "REPLAYED_ALERTS"
"""Alerts of the replay go into its table, and to no address."""

ROLLOUT: Mapping[str, object] = {
    "strategy": "canary",
    # The replay sends a share of 900 flights a day: one step of half of them is the quickest way to labels.
    "steps": [50],
    "shadow": {"requests": 100, "time": "12h"},
    "hold": "12h",
    "bake": "1d",
    "every": "12h",
    # A rollout has a month at most, before the next one is due. To tell a loss of 5 % takes more flights than
    # a month of the share has; what loses a fifth is seen within two weeks, and gates see smaller losses.
    "primary": {"metric": "brier", "goal": "non_inferiority", "margin": 0.2, "effect": 0.2},
    "labelled": {"samples": 300, "coverage": 0.9, "age": "2d"},
    # No p99: it would judge the machine that replays, not the version.
    "guardrails": [{"metric": "error_rate", "max": 0.05}, {"metric": "prediction_drift", "max": 0.4}],
    "stage_limit": "16d",
    "limit": "24d",
}
RETRAIN: Mapping[str, object] = {
    # A month of new weeks is the reason of the calendar; drift and lost performance may come before it.
    "new_data": 4,
    # Two weeks out of three: a broken feed of some days is one week, and no reason.
    "drift": {"windows": 2, "of": 3},
    "performance": {"windows": 2, "of": 3, "floor": 0.55, "decay": 0.08},
    "cool_down": "14d",
}
QUICK: Mapping[str, object] = {
    "training.rounds": 20,
    "evaluation.resamples": 100,
    "evaluation.gates": [{"metric": "auc", "min": 0.2, "on": "point"}],
}
"""For two weeks in a test: few trees, and a gate that any model passes."""


def write_loop(models: Path, *, since: date, rolling: int | None = None, quick: bool = False) -> ModelSpec:
    """Put the loop's model into a folder of models, as somebody who edits it would.

    Args:
        since: of its table.
        rolling: it learns from so many weeks only: the bad challenger.
        quick: with few trees.
    """
    first = since - timedelta(days=since.weekday())
    window = {"kind": "expanding"} if rolling is None else {"kind": "rolling", "partitions": rolling}
    changes = {
        "data.partition": {"every": "week", "start": first, "end": date(2014, 1, 6)},
        "training.window": window,
        "deployment.rollout": dict(ROLLOUT),
        "retrain": dict(RETRAIN),
        "monitoring": {"drift": {"page": False}, "performance": {"metric": "auc"}},
        "alerts": {"to": [NOBODY]},
    }
    return _write(models, LOOP, changes, quick=quick)


def write_oracle(models: Path, *, since: date, quick: bool = False) -> ModelSpec:
    """The same for the oracle, which never serves."""
    changes = {
        "data.partition": {"every": "month", "start": since.replace(day=1), "end": date(2014, 1, 1)},
        "retrain": {},
    }
    return _write(models, ORACLE, changes, quick=quick)


def _write(models: Path, name: str, changes: Mapping[str, object], *, quick: bool) -> ModelSpec:
    folder = models / name
    folder.mkdir(parents=True, exist_ok=True)
    spec = yaml.safe_load((EXAMPLE / SPEC_FILE).read_text(encoding="utf-8"))
    common = {
        "model.name": name,
        "job": False,
        "features.lookups.weather.table": f"${{FLYWHEEL_HOME}}/lake/flights/{WEATHER}",
        # How fast the machine is decides nothing here.
        "evaluation.budgets": {},
        "evaluation.behaviour": [],
        # Shares that suit months: the week of the blizzard lacks more, and no window may have a hole.
        **{f"data.columns.{column}.null_share": 0.3 for column in ("tailnum", "late", "late_known_at")},
    }
    for path, value in {**common, **changes, **(QUICK if quick else {})}.items():
        *sections, key = path.split(".")
        reduce(getitem, sections, spec)[key] = value
    (folder / SPEC_FILE).write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
    shutil.copyfile(EXAMPLE / "data.sql", folder / "data.sql")
    return load_model(folder / SPEC_FILE)

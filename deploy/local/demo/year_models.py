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
from typing import Any

import yaml
from year_plan import LAST, Plan

from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, load_model

EXAMPLE = Path(__file__).parents[3] / "models" / "flight_delay"
LOOP, ORACLE = "flight_year", "flight_oracle"
WEATHER = "weather_replayed.parquet"
"""The feed as the replay tells it, beside the real one."""
NOBODY = "REPLAYED_ALERTS"
"""Alerts of the replay go into its table, and to no address."""

ROLLOUT: Mapping[str, object] = {
    "strategy": "canary",
    # Answers change no flight, so labels of the shadow decide: both versions score the same flights, and such
    # pairs tell in days what two halves of some 900 flights a day do not tell in weeks.
    "shadow": {"requests": 100, "time": "3d", "decides": True},
    "steps": [50],
    "hold": "12h",
    "bake": "1d",
    "every": "12h",
    "primary": {"metric": "brier", "goal": "non_inferiority", "margin": 0.05, "effect": 0.05},
    "labelled": {"samples": 300, "coverage": 0.9, "age": "2d"},
    # No p99: it would judge the machine that replays, not the version.
    "guardrails": [{"metric": "error_rate", "max": 0.05}, {"metric": "prediction_drift", "max": 0.4}],
    "stage_limit": "16d",
    "limit": "24d",
}
NULL_SHARES: Mapping[str, float] = {"tailnum": 0.1, "late": 0.15, "late_known_at": 0.15}
"""Suit a week. That of the blizzard has more, and breaks its contract."""
ACCEPTED = {"week": 0.3, "day": 0.8}
"""What somebody wrote after the blizzard, so that its week, or its days, are part of what is learned."""
QUICK: Mapping[str, object] = {
    "training.rounds": 20,
    "evaluation.resamples": 100,
    "evaluation.page": False,
    "evaluation.gates": [{"metric": "auc", "min": 0.2, "on": "point"}],
}
"""For two weeks in a test: few trees, and a gate that any model passes."""


def retrain(week: int) -> Mapping[str, object]:
    """What makes the loop learn.

    Args:
        week: partitions in a week.
    """
    two_of_three = {"windows": 2 * week, "of": 3 * week}
    return {
        # Three new weeks are the reason of the calendar; drift and lost performance may come before it.
        "new_data": 3 * week,
        # Two weeks out of three: a broken feed of some days is one week, and no reason.
        "drift": two_of_three,
        "performance": {**two_of_three, "floor": 0.55, "decay": 0.08},
        "cool_down": "14d",
    }


def write_loop(models: Path, plan: Plan, *, rolling: int | None = None) -> ModelSpec:
    """Put the loop's model into a folder of models, as somebody who edits it would.

    Args:
        rolling: it learns from so many weeks only: the bad challenger.
    """
    week = 7 if plan.every == "day" else 1
    window = {"kind": "expanding"} if rolling is None else {"kind": "rolling", "partitions": rolling * week}
    shares = dict.fromkeys(NULL_SHARES, ACCEPTED[plan.every]) if plan.blizzard_accepted else NULL_SHARES
    changes = {
        "data.partition": {"every": plan.every, "start": plan.learned_since, "end": date(2014, 1, 6)},
        **{f"data.columns.{column}.null_share": share for column, share in shares.items()},
        "training.window": window,
        "deployment.rollout": dict(ROLLOUT),
        "retrain": dict(retrain(week)),
        "monitoring": {"drift": {"page": False}, "performance": {"metric": "auc"}},
        "alerts": {"to": [NOBODY]},
    }
    return _write(models, LOOP, changes, plan)


def write_oracle(models: Path, plan: Plan) -> ModelSpec:
    """The same for the oracle, which never serves."""
    # The first week of the year begins on its last day of the year before.
    first = (plan.learned_since + timedelta(days=1)).replace(day=1)
    changes = {"data.partition": {"every": "month", "start": first, "end": LAST}, "retrain": {}}
    return _write(models, ORACLE, changes, plan)


def _write(models: Path, name: str, changes: Mapping[str, object], plan: Plan) -> ModelSpec:
    folder = models / name
    folder.mkdir(parents=True, exist_ok=True)
    spec = yaml.safe_load((EXAMPLE / SPEC_FILE).read_text(encoding="utf-8"))
    common = {
        "model.name": name,
        "job": False,
        "features.lookups.weather.table": f"${{FLYWHEEL_HOME}}/lake/flights/{WEATHER}",
        # How fast the machine is decides nothing here.
        "evaluation.budgets": {},
        # Nobody looks at forty pages of Evidently, nor for slices, and no gate asks for them.
        "evaluation.page": False,
        "evaluation.behaviour": [],
        "evaluation.slices": [],
        "evaluation.fairness": None,
        "evaluation.discovery": {"max_predicates": 0},
    }
    for path, value in {**common, **changes, **(QUICK if plan.quick else {})}.items():
        *sections, key = path.split(".")
        reduce(getitem, sections, spec)[key] = value
    if not plan.history:
        _forget_the_past(spec["features"])
    (folder / SPEC_FILE).write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
    shutil.copyfile(EXAMPLE / "data.sql", folder / "data.sql")
    return load_model(folder / SPEC_FILE)


def _forget_the_past(features: dict[str, Any]) -> None:
    """Take the aggregates over past flights, and the events read for them alone, out of a section."""
    for part in ("events", "history"):
        del features[part]
    features["columns"] = {
        name: told for name, told in features["columns"].items() if not told.startswith("history.")
    }

"""The life of any model in this process: tables of all partitions, a version as of the last, its endpoint."""

import json
import os
import shlex
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, stage_key
from assets.partitions import partitions_of
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import build_model
from orchestration.environments import Environment
from orchestration.instance import prepare_instance

_RANGE = "dagster/asset_partition_range_"


@dataclass(frozen=True, kw_only=True)
class Lived:
    """What came of a life; `wrong`: what failed first, or empty."""

    rows: int
    gates: Sequence[str]
    wrong: str = ""


def live(environment: Environment, spec: ModelSpec) -> Lived:
    """Materialize everything, in as many runs as the printed commands are."""
    keys = partitions_of(spec).get_partition_keys()
    os.environ["DAGSTER_HOME"] = str(environment.home / "dagster")
    prepare_instance(environment.home)
    with dg.DagsterInstance.from_config(os.environ["DAGSTER_HOME"]) as instance:
        tables = _run(environment, spec, instance, (DATA, FEATURES), keys)
        rows = sum(
            table.rows for key in keys if (table := environment.warehouse.published(spec.name, DATA, key))
        )
        if wrong := _wrong(tables):
            return Lived(rows=rows, gates=(), wrong=wrong)
        done = _run(environment, spec, instance, (MODEL, EVALUATION, ENDPOINT), keys[-1:])
    checks = done.get_asset_check_evaluations()
    gates = [check.description or "" for check in checks if check.check_name.startswith("gate_")]
    return Lived(rows=rows, gates=gates, wrong=_wrong(done))


def ask(environment: Environment, spec: ModelSpec, line: str) -> list[dict[str, Any]]:
    """The predictions that a printed curl line gets, whatever port the endpoint took."""
    words = shlex.split(line)
    state = environment.serving.state(spec.name)
    assert state is not None
    body = words[words.index("-d") + 1].encode()
    request = urllib.request.Request(f"{state.url}/predict", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        predictions: list[dict[str, Any]] = json.load(answer)["predictions"]
    return predictions


def _run(
    environment: Environment,
    spec: ModelSpec,
    instance: dg.DagsterInstance,
    stages: Sequence[str],
    keys: Sequence[str],
) -> dg.ExecuteInProcessResult:
    span = {f"{_RANGE}start": keys[0], f"{_RANGE}end": keys[-1]} if len(keys) > 1 else None
    return dg.materialize(
        [a for a in build_model(spec).assets or () if isinstance(a, dg.AssetsDefinition)],
        selection=[stage_key(spec.name, stage) for stage in stages],
        resources=dict(environment.resources),
        partition_key=None if span else keys[0],
        tags=span,
        instance=instance,
        raise_on_error=False,
    )


def _wrong(done: dg.ExecuteInProcessResult) -> str:
    """Why a run failed: a check's words, or the error's; empty: it did not."""
    if done.success:
        return ""
    failed = [c.description or c.check_name for c in done.get_asset_check_evaluations() if not c.passed]
    errors = [e.step_failure_data.error for e in done.all_events if e.is_step_failure]
    told = [*failed, *((error.cause or error).message.strip() for error in errors if error)]
    return told[0] if told else "the run failed"

"""A table without a time column through the whole life: real Dagster, MLflow, training process and HTTP."""

import csv
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sklearn.datasets import load_iris

from assets.keys import stage_key
from assets.walk_forward import table, walk_forward
from orchestration.build import build_definitions
from orchestration.environments import Environment, load_environment
from tests.e2e.life import LIFE, TABLES, checks_of, load_model
from tests.fakes.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::dagster.BetaWarning")]

IRIS = """
model: {name: iris, task: multiclass}
data:
  source: {files: iris.csv}
  entity: flower
  columns:
    flower: {type: int}
    sepal_length: {type: float, min: 0}
    sepal_width: {type: float, min: 0}
    petal_length: {type: float, min: 0}
    petal_width: {type: float, min: 0}
    species: {type: string}
  label: {column: species}
features:
  columns:
    sepal_length: sepal_length
    sepal_width: sepal_width
    petal_length: petal_length
    petal_area: petal_length * petal_width
training: {rounds: 30, early_stopping_rounds: 10, parameters: {max_depth: 3}}
evaluation:
  resamples: 200
  gates: [{metric: accuracy, min: 0.7, min_rows: 25}]
"""
COLUMNS = ("flower", "sepal_length", "sepal_width", "petal_length", "petal_width", "species")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    folder = tmp_path / "models" / "iris"
    folder.mkdir(parents=True)
    (folder / "spec.yaml").write_text(IRIS)
    iris = load_iris()
    with (folder / "iris.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for number, (values, kind) in enumerate(zip(iris.data, iris.target, strict=True)):
            lines.writerow([number, *values, iris.target_names[kind]])
    variables = {
        "FLYWHEEL_HOME": str(tmp_path / "home"),
        "FLYWHEEL_MODELS": str(tmp_path / "models"),
        "FLYWHEEL_ENDPOINT_PORT": str(free_port()),
    }
    found = load_environment(variables)
    yield found
    found.serving.stop("iris")


def test_a_table_without_time_ends_in_an_endpoint_that_asks_for_none(environment: Environment) -> None:
    assets = [a for a in build_definitions(environment).assets or () if isinstance(a, dg.AssetsDefinition)]
    with dg.DagsterInstance.ephemeral() as instance:
        for stages in (TABLES, LIFE):
            done = dg.materialize(
                assets,
                selection=[stage_key("iris", stage) for stage in stages],
                partition_key="all",
                resources=dict(environment.resources),
                instance=instance,
            )
            assert done.success
            # One partition has no other that it could be compared with: that is no pass, and blocks nothing.
            assert {name for name, passed in checks_of(done).items() if not passed} <= {"shift"}
    (version,) = environment.tracking.versions("iris")
    assert (version.as_of, version.verdict, version.aliases) == ("all", "pass", ("champion",))
    assert environment.tracking.metrics("iris", "1")["accuracy"] >= 0.8
    shown = done.asset_materializations_for_node("iris__model")[0].metadata
    assert "optimistic" in str(shown["split"].value)
    state = environment.serving.state("iris")
    assert state is not None and state.healthy
    # A large flower is a virginica, a small one a setosa; there is no time to give.
    rows = [
        {"sepal_length": 7.0, "sepal_width": 3.1, "petal_length": 6.0, "petal_width": 2.3},
        {"sepal_length": 5.0, "sepal_width": 3.4, "petal_length": 1.4, "petal_width": 0.2},
    ]
    asked = urllib.request.Request(
        f"{state.url}/predict", json.dumps(rows).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        said = json.loads(answer.read())
    assert [row["value"] for row in said["predictions"]] == ["virginica", "setosa"]
    # Nothing comes after everything.
    spec = load_model(environment.models / "iris" / "spec.yaml")
    (step,) = walk_forward(spec, environment.warehouse, environment.tracking)
    assert (step.later, step.next_partition) == (None, "-")
    assert table([step]).splitlines()[1].startswith("all")

"""`ModelLifecycle` in somebody else's `dg` project."""

import json
import os
import subprocess
import sys
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
from lifecycle.spec.parse import SpecError
from orchestration import ModelLifecycle
from tests.fakes.orders import ORDERS
from tests.orchestration.test_imports import modules_loaded_by

PYPROJECT = """
[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "bakery"
"""
DEFINITIONS = """
from pathlib import Path

import dagster as dg

defs = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""
DEFS_YAML = """
type: orchestration.ModelLifecycle
attributes:
  spec: spec.yaml
"""
LIFE = {
    stage_key("orders", stage)
    for stage in (*STAGES, TRAFFIC, LABELS, ONLINE, DRIFT, PERFORMANCE, WALK_FORWARD, PREDICTIONS)
}


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """A project with one model in it, and a package of its own that is called `assets`."""
    project = tmp_path / "project"
    files = {
        "pyproject.toml": PYPROJECT,
        "bakery/__init__.py": "",
        "bakery/definitions.py": DEFINITIONS,
        "bakery/defs/__init__.py": "",
        "bakery/defs/orders/defs.yaml": DEFS_YAML,
        "bakery/defs/orders/spec.yaml": ORDERS,
    }
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    return project


def in_project(project: Path, *command: str) -> str:
    """What a `dg` command prints to somebody who stands in the project."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("FLYWHEEL_")}
    variables |= {
        "FLYWHEEL_HOME": str(project / "home"),
        "VIRTUAL_ENV": sys.prefix,
        "PYTHONPATH": str(project),
    }
    dg_command = [str(Path(sys.executable).with_name("dg")), *command]
    done = subprocess.run(dg_command, cwd=project, env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_model_is_declared_in_defs_yaml(bakery: Path) -> None:
    listed = json.loads(in_project(bakery, "list", "defs", "--json"))
    assert {asset["asset_key"] for asset in listed["assets"]} == {key.to_user_string() for key in LIFE}
    assert not (bakery / "home").exists()


def test_dg_lists_the_component(bakery: Path) -> None:
    assert "orchestration.ModelLifecycle" in in_project(bakery, "list", "components", "--json")


def test_a_model_is_built_from_its_spec_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYWHEEL_HOME", str(tmp_path / "home"))
    (tmp_path / "any_name.yaml").write_text(ORDERS)
    built = ModelLifecycle(spec=str(tmp_path / "any_name.yaml")).build_defs(
        dg.ComponentTree.for_test().load_context
    )
    assert built.resolve_asset_graph().get_all_asset_keys() == LIFE
    assert set(built.resources or {}) == {
        "warehouse",
        "compute",
        "tracking",
        "serving",
        "traffic",
        "rollouts",
        "alerts",
        "batch",
    }


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        pytest.param("metric: auc", "metric: auk", "evaluation.gates.0.metric", id="known by a later stage"),
        pytest.param("task: binary", "task: binary, colour: red", "model.colour", id="known by the parser"),
    ],
)
def test_a_broken_spec_is_an_error_with_its_path(old: str, new: str, path: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(ORDERS.replace(old, new))
    with pytest.raises(SpecError) as caught:
        ModelLifecycle(spec=str(spec)).build_defs(dg.ComponentTree.for_test().load_context)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert str(spec) in str(caught.value)


def test_the_component_alone_imports_none_of_its_siblings(tmp_path: Path) -> None:
    packages = {name.partition(".")[0] for name in modules_loaded_by("orchestration", tmp_path)}
    assert packages & {"assets", "lifecycle", "resources", "sensors"} == set()

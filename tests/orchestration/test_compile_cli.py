"""`flywheel compile`: what it writes, submits and refuses; and a step of it, run as its container would."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.keys import DATA
from orchestration import cli, compile_cli
from orchestration.environments import Environment
from orchestration.kfp_pipeline import pipeline_spec
from orchestration.stage_version import stage_version
from tests.doubles.vertex.server import vertex
from tests.fakes.orders import DAY, orders_spec
from tests.orchestration.conftest import AddModel
from tests.orchestration.kfp_cases import CLOSED, ON_A_CLUSTER, PINNED
from tests.orchestration.test_stage_version import Published, table

SHARED: Mapping[str, str] = {
    "FLYWHEEL_ENV": "gcp",
    "FLYWHEEL_GCP_PROJECT": "project-1",
    "FLYWHEEL_FILES": "gs://delays/files",
    "MLFLOW_TRACKING_URI": "https://mlflow.example",
}
LAUNCH = "dg launch --module-name orchestration.definitions --assets"
Flywheel = Callable[..., tuple[int, str, str]]


@pytest.fixture
def flywheel(
    environment: Environment,
    add_model: AddModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Flywheel:
    """Runs the command where a model is and Google Cloud is named, in an environment of fakes."""
    add_model("orders")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLYWHEEL_HOME", raising=False)
    for name, value in SHARED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(compile_cli, "load_environment", lambda: environment)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flywheel", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


def test_a_pipeline_is_written_and_its_steps_are_told(flywheel: Flywheel, tmp_path: Path) -> None:
    said = flywheel("compile", "orders", "--image", PINNED, "--set", "A=b=c")
    assert said == (0, "orders-kfp.yaml: data > features > model > evaluation\n", "")
    written = yaml.safe_load((tmp_path / "orders-kfp.yaml").read_text())
    settings = replace(
        ON_A_CLUSTER,
        image=PINNED,
        variables={**SHARED, "FLYWHEEL_HOME": "/tmp/flywheel", "A": "b=c"},
        through="evaluation",
        cpu=2,
        memory_gib=8,
    )
    assert written == pipeline_spec(orders_spec(), settings)


def test_with_a_volume_steps_find_their_home_where_it_is_mounted(flywheel: Flywheel, tmp_path: Path) -> None:
    said = flywheel(
        *("compile", "orders", "--image", PINNED, "--through", "endpoint", "--claim", "flywheel-home"),
        *("--set", "FLYWHEEL_HOME=/shared", "--to", "p.yaml"),
    )
    assert said == (0, "p.yaml: data > features > model > evaluation > endpoint\n", "")
    spec, platform = yaml.safe_load_all((tmp_path / "p.yaml").read_text())
    for name, executor in spec["deploymentSpec"]["executors"].items():
        assert {"name": "FLYWHEEL_HOME", "value": "/shared"} in executor["container"]["env"]
        (mount,) = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"][name]["pvcMount"]
        assert (mount["constant"], mount["mountPath"]) == ("flywheel-home", "/shared")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--set", "A"], "--set is 'A'; allowed: NAME=VALUE", id="no value"),
        pytest.param(["--through", "endpoint"], "end with an earlier stage", id="a rollout without a home"),
        pytest.param(["--to", "/no/where"], "/no/where cannot be written", id="no folder"),
        pytest.param(
            ["--claim", "c", "--set", "FLYWHEEL_HOME=.flywheel"],
            "a path from the root",
            id="no place to mount",
        ),
        pytest.param(["--submit"], "name it with --partition", id="no partition"),
        pytest.param(["--submit", "--partition", "1999-01-01"], "has no partition '1999-01-01'", id="early"),
        pytest.param(
            ["--submit", "--partition", DAY, "--claim", "c"], "mount no claim", id="no volume on Vertex AI"
        ),
        pytest.param(["--submit", "--partition", DAY], "let FLYWHEEL_VERTEX name", id="no settings"),
    ],
)
def test_what_cannot_be_is_one_message(flywheel: Flywheel, arguments: list[str], told: str) -> None:
    code, _, err = flywheel("compile", "orders", "--image", PINNED, *arguments)
    assert (code, err.count("error: ")) == (1, 1)
    assert told in err


def test_a_pipeline_is_submitted(flywheel: Flywheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"project": "project-1", "region": "europe-west4", "staging": "gs://delays/flywheel"}
    (tmp_path / "vertex.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.setenv("FLYWHEEL_VERTEX", str(tmp_path / "vertex.yaml"))
    account = "run@project-1.iam.gserviceaccount.com"
    with vertex() as double:
        double.reach(monkeypatch, tmp_path)
        code, out, err = flywheel(
            "compile", "orders", "--image", PINNED, "--partition", DAY, "--submit", "--account", account
        )
        (kept,) = double.pipelines.kept.all()
    assert (code, err) == (0, "")
    _, name, page = out.splitlines()
    assert (name, kept.service_account) == (kept.name, account)
    assert page.startswith(
        "https://console.cloud.google.com/vertex-ai/pipelines/locations/europe-west4/runs/"
    )


def test_a_version_is_printed_or_written_into_a_folder_that_is_made(
    flywheel: Flywheel, environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Any = Published(table(DATA, DAY))
    monkeypatch.setattr(compile_cli, "load_environment", lambda: replace(environment, warehouse=made))
    version = stage_version(orders_spec(), made, DATA, DAY)
    assert flywheel("data-version", "orders", DATA, DAY) == (0, f"{version}\n", "")
    assert flywheel("data-version", "orders", DATA, DAY, "--to", "outputs/version") == (0, "", "")
    assert (tmp_path / "outputs" / "version").read_text() == version


def test_a_version_that_was_not_made_is_one_message(flywheel: Flywheel) -> None:
    code, _, err = flywheel("data-version", "orders", "data", DAY)
    assert (code, err) == (1, f"error: orders/data has no table of {DAY}: materialize it first\n")


def run_step(stage: str, folder: Path, programs: Path, **told: str) -> int:
    """Run a step's command as its container would, on this machine in an empty folder."""
    spec = pipeline_spec(CLOSED, ON_A_CLUSTER)
    container = spec["deploymentSpec"]["executors"][f"exec-{stage}"]["container"]
    inputs = {
        "{{$.inputs.parameters['partition']}}": DAY,
        "{{$.outputs.parameters['version'].output_file}}": str(folder / "outputs" / "version"),
    }
    texts = [inputs.get(text, text) for text in (*container["command"], *container["args"])]
    assert not any("{{" in text for text in texts), "every placeholder has a value"
    (folder / "empty").mkdir(exist_ok=True)
    own = {name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", "FLYWHEEL_ENV")}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(texts, env={**own, "PATH": path, **told}, cwd=folder / "empty", timeout=180)
    return done.returncode


@pytest.mark.parametrize(
    ("stage", "fails", "asked"),
    [
        pytest.param(
            "features",
            False,
            [
                f'{LAUNCH} key:"orders/features" --partition {DAY}',
                f"flywheel data-version orders features {DAY} --to OUT",
            ],
            id="a table has a version",
        ),
        pytest.param(
            "features",
            True,
            [f'{LAUNCH} key:"orders/features" --partition {DAY}'],
            id="what failed has none",
        ),
        pytest.param(
            "model",
            False,
            [f'{LAUNCH} key:"orders/model" --partition {DAY}'],
            id="a model is found by its makings",
        ),
        pytest.param(
            "endpoint",
            False,
            [f'{LAUNCH} key:"orders/endpoint"'],
            id="an endpoint has no partition",
        ),
    ],
)
def test_what_a_step_asks_for(tmp_path: Path, stage: str, fails: bool, asked: list[str]) -> None:
    for name, code in (("dg", int(fails)), ("flywheel", 0)):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> "$ASKED"\nexit {code}\n')
        program.chmod(0o755)
    told = {"ASKED": str(tmp_path / "asked")}
    assert run_step(stage, tmp_path, tmp_path / "bin", **told) == int(fails)
    out = str(tmp_path / "outputs" / "version")
    assert (tmp_path / "asked").read_text().replace(out, "OUT").splitlines() == asked

"""Workflows of GitHub and of Cloud Build: their schemas, least rights, and commands that exist."""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml
from dagster_dg_cli.cli.launch import launch_command
from jsonschema import Draft7Validator

from assets.keys import STAGES
from orchestration.cli import app
from tests.deploy.terraform import blocks

ROOT = Path(__file__).parents[2]
CI = ROOT / "deploy" / "ci"
WORKFLOWS = sorted(path.name for path in (CI / "github").iterdir())
SCHEMAS = {"github": "github-workflows.json", "cloudbuild": "cloudbuild.json"}


def schema(kind: str) -> Draft7Validator:
    vendored = files("check_jsonschema").joinpath("builtin_schemas", "vendor", SCHEMAS[kind])
    return Draft7Validator(json.loads(vendored.read_text()))


def workflow(name: str) -> dict[str, Any]:
    """A workflow as GitHub reads it: `on` is a word there, and no truth."""
    text = (CI / "github" / name).read_text()
    read: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes texts, and nothing else
    return read


def typed(path: Path) -> Any:
    """A file with YAML's types, but for the word `on`."""
    read = yaml.safe_load(path.read_text())
    return {("on" if key is True else key): value for key, value in read.items()}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in WORKFLOWS:
        for job, body in workflow(name)["jobs"].items():
            yield f"{name} {job}", body


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for job, body in jobs():
        for step in body["steps"]:
            yield job, step


def commands(program: str) -> Iterator[list[str]]:
    """Words of each call of a program in a script of a workflow."""
    texts = [step["run"] for _, step in steps() if "run" in step]
    texts += [step["script"] for step in typed(CI / "cloudbuild.yaml")["steps"] if "script" in step]
    for text in texts:
        for found in re.findall(rf"(?m)^\s*(?:\.venv/bin/)?{program} (.+)$", text):
            yield found.split()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_of_github_pass_its_schema(name: str) -> None:
    assert [error.message for error in schema("github").iter_errors(typed(CI / "github" / name))] == []


def test_the_build_passes_the_schema_of_cloud_build() -> None:
    assert [error.message for error in schema("cloudbuild").iter_errors(typed(CI / "cloudbuild.yaml"))] == []


def test_schemas_refuse_what_is_misspelt() -> None:
    broken = typed(CI / "github" / "code.yml")
    broken["jobs"]["check"]["runs-onn"] = broken["jobs"]["check"].pop("runs-on")
    assert list(schema("github").iter_errors(broken))
    built = typed(CI / "cloudbuild.yaml")
    built["steps"][0]["wait"] = []
    assert list(schema("cloudbuild").iter_errors(built))


def test_actions_are_held_by_commit_and_say_their_release() -> None:
    for name in WORKFLOWS:
        for line in (CI / "github" / name).read_text().splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_an_action_is_the_same_commit_everywhere() -> None:
    used = {step["uses"] for _, step in steps() if "uses" in step}
    assert len({one.partition("@")[0] for one in used}) == len(used)


def test_a_job_has_no_right_that_it_does_not_use() -> None:
    for name in WORKFLOWS:
        assert workflow(name)["permissions"] == {}
    for job, body in jobs():
        used = {str(step.get("uses", "")).partition("@")[0] for step in body["steps"]}
        wanted = {
            **({"contents": "read"} if "actions/checkout" in used else {}),
            **({"id-token": "write"} if "google-github-actions/auth" in used else {}),
        }
        assert (job, body["permissions"]) == (job, wanted)
        assert "timeout-minutes" in body


def test_there_is_no_secret_and_no_token_of_checkouts_is_kept() -> None:
    for name in WORKFLOWS:
        assert "secrets." not in (CI / "github" / name).read_text()
    for job, step in steps():
        if str(step.get("uses", "")).startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] == "false", job


def test_what_others_write_is_never_part_of_a_script() -> None:
    assert [job for job, step in steps() if "${{" in step.get("run", "")] == []


def test_variables_that_are_read_are_those_that_terraform_gives_out() -> None:
    read = {
        one
        for name in WORKFLOWS
        for one in re.findall(r"vars\.(GCP_\w+)", (CI / "github" / name).read_text())
    }
    given = str(blocks("output")["github"]["value"])
    assert read == set(re.findall(r"GCP_\w+", given))


def _options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


def test_commands_of_flywheel_are_there() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    found = list(commands("flywheel"))
    assert {words[0] for words in found} == {"check", "backfill", "card"}
    for words in found:
        asked = {word for word in words if word.startswith("--")}
        assert asked <= _options(group.commands[words[0]]), words


def test_commands_of_dagster_are_there() -> None:
    (words,) = commands("dg")
    assert words[0] == "launch"
    assert {word for word in words if word.startswith("--")} <= _options(launch_command)


def test_the_life_that_is_asked_for_is_that_of_a_model() -> None:
    (script,) = [step["run"] for _, step in steps() if "pubsub" in step.get("run", "")]
    asked = re.search(r"assets: \((\[[^\]]+\])", script)
    assert asked is not None
    assert tuple(json.loads(asked[1])) == STAGES


def test_images_are_scanned_before_they_are_pushed() -> None:
    built: Mapping[str, Any] = typed(CI / "cloudbuild.yaml")
    scanned = {step["args"][-1] for step in built["steps"] if step["id"].startswith("scan-")}
    assert set(built["images"]) == scanned
    names = [step.get("name") for step in workflow("code.yml")["jobs"]["images"]["steps"]]
    assert names.index("Scan") < names.index("Push, and tell the digest that deployments name")


def test_images_that_are_built_have_their_files() -> None:
    arguments = [step["args"] for step in typed(CI / "cloudbuild.yaml")["steps"] if "args" in step]
    named = {word for words in arguments for word in words if word.endswith(".Containerfile")}
    matrix = workflow("code.yml")["jobs"]["images"]["strategy"]["matrix"]["include"]
    named |= {f"deploy/images/{one['image']}.Containerfile" for one in matrix}
    named |= {
        f"deploy/images/{lock}" for lock in re.findall(r"LOCK=(\S+?)['\",}]", str(arguments) + str(matrix))
    }
    assert len(named) == 4
    assert all((ROOT / name).is_file() for name in named)

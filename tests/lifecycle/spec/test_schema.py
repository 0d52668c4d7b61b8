"""The generated references: up to date on disk, and of one mind with the parser."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lifecycle.spec.kinds import duration_s
from lifecycle.spec.parse import SpecError, parse_spec
from lifecycle.spec.schema import PAGE_FILE, SCHEMA_FILE, duration_text, json_schema, reference_page
from lifecycle.spec.training import ComputeRequest

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "models/flight_delay/spec.yaml"
REWRITE = "run `python -m lifecycle.spec.schema`"
Broken = Callable[[dict[str, Any]], None]


def as_json(value: Any) -> Any:
    """YAML as an editor's language server hands it to the schema: its dates are text."""
    if isinstance(value, dict):
        return {key: as_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return [as_json(member) for member in value]
    return value.isoformat() if isinstance(value, date) else value


def example() -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    return raw


def complaints(raw: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema())
    return ["/".join(map(str, error.absolute_path)) for error in validator.iter_errors(as_json(raw))]


def test_the_files_on_disk_are_what_the_records_say() -> None:
    assert json.loads((ROOT / SCHEMA_FILE).read_text(encoding="utf-8")) == json_schema(), REWRITE
    assert (ROOT / PAGE_FILE).read_text(encoding="utf-8") == reference_page(), REWRITE


def test_pages_settings_and_errors_name_no_key_of_a_training_that_there_is_not() -> None:
    named = re.compile(r"(?<![.\w])training\.compute\.([a-z_]+)")
    files = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.yaml")]
    for package in ("assets", "lifecycle", "orchestration", "resources", "sensors"):
        files += (ROOT / package).rglob("*.py")
    told = {key: file for file in files for key in named.findall(file.read_text(encoding="utf-8"))}
    assert {"attempts", "nodes"} <= set(told)
    assert {key: file for key, file in told.items() if key not in ComputeRequest.model_fields} == {}


def test_the_command_writes_the_very_files_that_are_kept(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    subprocess.run([sys.executable, "-m", "lifecycle.spec.schema", str(tmp_path)], cwd=ROOT, check=True)
    for file in (SCHEMA_FILE, PAGE_FILE):
        assert (tmp_path / file).read_bytes() == (ROOT / file).read_bytes()


def test_the_schema_is_one_and_its_defaults_keep_it() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    # One for all: `jsonschema.validate` would check the whole schema anew for every key.
    validator = jsonschema.Draft202012Validator(schema)
    written = json.dumps(schema)
    assert '"ge":' not in written and '"le":' not in written  # bounds that JSON Schema does not know
    for record in [schema, *schema["$defs"].values()]:
        for node in record["properties"].values():
            if "default" in node and "$ref" not in node:
                validator.evolve(schema=node).validate(node["default"])


def test_every_key_is_described() -> None:
    schema = json_schema()
    keys = [item for record in [schema, *schema["$defs"].values()] for item in record["properties"].items()]
    assert [key for key, node in keys if not node.get("description")] == []


def test_the_example_is_valid() -> None:
    assert complaints(example()) == []


def set_unknown_key(raw: dict[str, Any]) -> None:
    raw["training"]["epochs"] = 3


def drop_label(raw: dict[str, Any]) -> None:
    del raw["data"]["label"]


def set_bare_seconds(raw: dict[str, Any]) -> None:
    raw["features"]["lookups"]["weather"]["max_age"] = "3 hours"


def set_odd_column(raw: dict[str, Any]) -> None:
    raw["data"]["columns"]["2nd; drop"] = {"type": "string"}


def set_far_port(raw: dict[str, Any]) -> None:
    raw["deployment"]["port"] = 80


@pytest.mark.parametrize(
    ("break_it", "where"),
    [
        pytest.param(set_unknown_key, "training", id="an unknown key"),
        pytest.param(drop_label, "data", id="a required key that is missing"),
        pytest.param(set_bare_seconds, "features/lookups/weather/max_age", id="a duration of another form"),
        pytest.param(set_odd_column, "data/columns", id="a column name that is none"),
        pytest.param(set_far_port, "deployment/port", id="a number out of range"),
    ],
)
def test_schema_and_parser_refuse_the_same_spec(break_it: Broken, where: str) -> None:
    raw = example()
    break_it(raw)
    assert complaints(raw) == [where]
    with pytest.raises(SpecError):
        parse_spec(yaml.safe_dump(raw), folder=EXAMPLE.parent)


@pytest.mark.parametrize("seconds", [0, 59, 60, 90, 3600, 5400, 86_400, 172_800])
def test_a_duration_is_read_as_it_is_written(seconds: int) -> None:
    assert duration_s(duration_text(seconds)) == seconds


def test_each_link_of_the_page_leads_to_a_heading() -> None:
    page = reference_page()
    headings = {
        "".join(c for c in line.lstrip("# ").lower().replace(" ", "-") if c.isalnum() or c in "_-")
        for line in page.splitlines()
        if line.startswith("#")
    }
    links = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert links - headings == set()

"""The settings of Vertex AI: read whole, or refused whole."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from resources.vertex.settings import VertexSettings, load_settings
from tests.resources.compute.vertex_cases import LARGE, SMALL


@pytest.mark.parametrize("settings", [SMALL, LARGE])
def test_settings_are_read_from_yaml(tmp_path: Path, settings: dict[str, Any]) -> None:
    (tmp_path / "vertex.yaml").write_text(yaml.safe_dump(dict(settings)))
    assert load_settings(tmp_path / "vertex.yaml") == VertexSettings.model_validate(settings)


def test_the_settings_of_the_guide_are_settings(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide.md").read_text()
    section = guide.split("## Trainings and endpoints on Vertex AI")[1]
    (tmp_path / "vertex.yaml").write_text(section.split("```yaml\n")[1].split("```")[0])
    settings = load_settings(tmp_path / "vertex.yaml")
    assert settings.training is not None
    assert settings.serving is not None


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "vertex.yaml"
    file.write_text(
        "project: P\nregion: europe\nstaging: s3://bucket\nimige: a\nlabels: {Team: a}\n"
        "serving: {image: a, replicas: 3, max_replicas: 2}\n"
    )
    with pytest.raises(LifecycleError) as caught:
        load_settings(file)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"the settings of Vertex AI {file}: 6 problems; nothing was changed:"
    found = {line.split(":")[0].strip() for line in lines[1:]}
    assert found == {"project", "region", "staging", "imige", "labels.Team.[key]", "serving"}


@pytest.mark.parametrize("text", ["!!python/object:os.system {}", "a: [", "- a"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "vertex.yaml").write_text(text)
    with pytest.raises(LifecycleError, match=r"no plain YAML|found \['a'\]"):
        load_settings(tmp_path / "vertex.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match=r"settings .*gone.yaml cannot be read: No such file"):
        load_settings(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    "staging", ["gs://b", "gs://bucket/../x", "file://host/x", "gs://bucket?a", "/x", ""]
)
def test_what_is_no_staging_folder_is_refused(staging: str) -> None:
    with pytest.raises(ValidationError):
        VertexSettings.model_validate({**SMALL, "staging": staging})


def test_the_parts_of_a_machines_accelerators_go_together() -> None:
    half = {"type": "g2-standard-8", "cpus": 8, "memory_gib": 32, "accelerator": "gpu"}
    with pytest.raises(ValidationError, match="go together"):
        VertexSettings.model_validate({**SMALL, "training": {"image": "a", "machines": [half]}})

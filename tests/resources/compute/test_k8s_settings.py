"""The settings of a cluster: read whole, or refused whole."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from resources.cluster.settings import ClusterSettings, load_settings
from tests.resources.compute.k8s_cases import LARGE, SMALL


@pytest.mark.parametrize("settings", [SMALL, LARGE])
def test_settings_are_read_from_yaml(tmp_path: Path, settings: dict[str, object]) -> None:
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(dict(settings)))
    assert load_settings(tmp_path / "cluster.yaml") == ClusterSettings.model_validate(settings)


def test_the_settings_of_the_guide_are_settings(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide.md").read_text()
    section = guide.split("## Trainings on Kubernetes")[1]
    (tmp_path / "cluster.yaml").write_text(section.split("```yaml\n")[1].split("```")[0])
    settings = load_settings(tmp_path / "cluster.yaml")
    assert settings.holds(Path("/flywheel/jobs"))
    assert settings.spot is not None


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(
        "namespace: Team\nkind: pod\nimige: a\npatience: {schedule: soon}\nvolumes: [{path: /a}]\n"
    )
    with pytest.raises(LifecycleError) as caught:
        load_settings(file)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"the cluster's settings {file}: 6 problems; nothing was changed:"
    found = {line.split(":")[0].strip() for line in lines[1:]}
    assert found == {"namespace", "image", "kind", "imige", "patience.schedule", "volumes.0"}
    assert "  image: found nothing; allowed: Field required" in lines


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("!!python/object:os.system {}", "no plain YAML"),
        ("a: [", "no plain YAML"),
        ("- a", "(file): found ['a']"),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "cluster.yaml").write_text(text)
    with pytest.raises(LifecycleError) as caught:
        load_settings(tmp_path / "cluster.yaml")
    assert why in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match=r"settings .*gone.yaml cannot be read: No such file"):
        load_settings(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"kind": "train_job", "priority_class": "high"}, id="a priority that a TrainJob cannot tell"
        ),
        pytest.param({"kind": "train_job", "env_secrets": ["a"]}, id="secrets that a TrainJob cannot tell"),
        pytest.param(
            {"volumes": [{"path": "/a", "claim": "a", "secret": "b"}]}, id="two sources of a volume"
        ),
        pytest.param({"labels": {"a": "b\nc"}}, id="a label of two lines"),
        pytest.param({"env": {"A=B": "c"}}, id="a variable that is none"),
        pytest.param({"image": "a; rm -rf /"}, id="an image that is none"),
        pytest.param({"run_as_user": 0}, id="root"),
    ],
)
def test_what_would_not_be_heard_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ClusterSettings.model_validate({**SMALL, **changes})


def test_a_folder_is_held_by_a_claim_that_can_be_written() -> None:
    mounts = [
        {"path": "/flywheel", "claim": "home"},
        {"path": "/data", "claim": "data", "read_only": True},
        {"path": "/keys", "secret": "keys"},
    ]
    settings = ClusterSettings.model_validate({**SMALL, "volumes": mounts})
    held = [settings.holds(Path(path)) for path in ("/flywheel/jobs", "/flywheels", "/data/jobs", "/keys")]
    assert held == [True, False, False, False]

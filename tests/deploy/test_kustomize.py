"""The kustomization: what `kubectl kustomize` makes of it, and that it is the chart."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from resources.cluster.settings import load_settings
from tests.deploy.chart import BASE, KUSTOMIZE, base_text, objects

OVERLAYS = sorted(path.name for path in (KUSTOMIZE / "overlays").iterdir())


def made_by_kubectl(overlay: str) -> list[dict[str, Any]]:
    """All objects of an overlay."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on this machine, which has kustomize in it")
    command = [kubectl, "kustomize", str(KUSTOMIZE / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return list(yaml.safe_load_all(done.stdout))


def test_the_base_is_the_chart() -> None:
    assert BASE.read_text() == base_text()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_the_chart_with_settings_of_its_own(overlay: str) -> None:
    made = made_by_kubectl(overlay)
    names = {(one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]) for one in made}
    chart = objects({"monitoring": {"dashboards": {"enabled": False}}})
    assert names == {(o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]) for o in chart}
    for one in made:
        kubernetes_validate.validate(one, "1.36", strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_settings_are_some_and_name_what_the_base_has(overlay: str, tmp_path: Path) -> None:
    file = KUSTOMIZE / "overlays" / overlay / "cluster.yaml"
    settings = load_settings(file)
    there = {(one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(BASE.read_text())}
    assert ("ServiceAccount", settings.service_account) in there
    assert {("PersistentVolumeClaim", mount.claim) for mount in settings.volumes} <= there
    (environment,) = [
        one
        for one in yaml.safe_load_all(BASE.read_text())
        if one["metadata"]["name"] == "flywheel-environment"
    ]
    assert settings.holds(Path(environment["data"]["FLYWHEEL_HOME"]))
    assert settings.namespace == environment["metadata"]["namespace"]

"""What loading the code location costs: Dagster, and nothing heavy besides."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules_loaded_by(module: str, home: Path, told: Mapping[str, str] | None = None) -> set[str]:
    """Modules that a fresh interpreter holds after an import."""
    # A package may put its namespace there as Python starts, as google-cloud-aiplatform does.
    before = "import json, sys; before = {*sys.modules}"
    script = f"{before}; import {module}; print(json.dumps([*({{*sys.modules}} - before)]))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "FLYWHEEL_HOME": str(home),
            "FLYWHEEL_MODELS": str(ROOT / "models"),
            **(told or {}),
        },
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def of_google(loaded: set[str]) -> set[str]:
    """Google's modules but for the namespace alone, which a package of theirs sets up as Python starts."""
    return {name for name in loaded if name.startswith("google.") and name != "google.cloud"}


def test_definitions_load_no_heavy_library(tmp_path: Path) -> None:
    loaded = modules_loaded_by("orchestration.definitions", tmp_path)
    assert {"dagster", "assets.model", "resources.tracking.mlflow"} <= loaded
    vendors = {"torch", "kubernetes", "evidently", "great_expectations", "mlflow", "duckdb", "ibis"}
    numbers = {"xgboost", "pandas", "matplotlib", "sklearn", "scipy"}
    assert loaded & (vendors | numbers) == of_google(loaded) == set()
    assert not any(name.startswith("resources.compute.k8s") for name in loaded), "nothing of a cluster"
    assert not any(name.startswith("resources.vertex") for name in loaded), "nothing of Google"
    assert list(tmp_path.iterdir()) == [], "loading writes nothing"


def test_a_cluster_is_loaded_when_something_is_asked_of_it(tmp_path: Path) -> None:
    settings = tmp_path / "cluster.yaml"
    settings.write_text("namespace: team\nimage: trainer\n")
    told = {"FLYWHEEL_ENV": "k8s", "FLYWHEEL_CLUSTER": str(settings)}
    loaded = modules_loaded_by("orchestration.definitions", tmp_path / "home", told)
    assert "resources.compute.k8s.compute" in loaded
    assert loaded & {"kubernetes", "xgboost", "torch"} == set()


def test_google_is_loaded_when_something_is_asked_of_it(tmp_path: Path) -> None:
    told = {"FLYWHEEL_ENV": "gcp", "FLYWHEEL_GCP_PROJECT": "project"}
    loaded = modules_loaded_by("orchestration.definitions", tmp_path / "home", told)
    assert "resources.warehouse.bigquery.warehouse" in loaded
    assert of_google(loaded) == set()
    assert loaded & {"grpc", "ibis", "duckdb", "kubernetes"} == set()


def test_vertex_ai_is_loaded_when_something_is_asked_of_it(tmp_path: Path) -> None:
    settings = tmp_path / "vertex.yaml"
    where = "project: project-1\nregion: europe-west4\nstaging: gs://bucket/flywheel\n"
    parts = "training: {image: trainer, tuning: {}}\nserving: {image: endpoint}\nbatch: {image: endpoint}\n"
    settings.write_text(f"{where}{parts}")
    told = {"FLYWHEEL_ENV": "gcp", "FLYWHEEL_VERTEX": str(settings)}
    loaded = modules_loaded_by("orchestration.definitions", tmp_path / "home", told)
    assert {
        "resources.compute.vertex.compute",
        "resources.serving.vertex.serving",
        "resources.batch.vertex",
    } <= loaded
    assert loaded & {"gcsfs", "optuna", "uvicorn", "kubernetes", "xgboost", "torch"} == set()
    assert of_google(loaded) == set()

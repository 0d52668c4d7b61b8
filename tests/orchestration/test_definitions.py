"""What loading the code location costs, counted in modules."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {
    "torch", "kubernetes", "google.cloud", "evidently", "great_expectations", "mlflow", "dagster_mlflow",
    "pandas", "scipy", "sklearn", "xgboost", "matplotlib", "ibis", "duckdb", "uvicorn",
}  # fmt: skip


def loaded_by(module: str) -> set[str]:
    """Modules that importing one loads, in a fresh interpreter that stands in this repository."""
    script = f"import json, sys, {module}; print(json.dumps([*sys.modules]))"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("FLYWHEEL_")}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True, cwd=ROOT, env=variables
    )
    return set(json.loads(done.stdout))


def test_the_code_location_loads_no_library_that_only_a_run_needs() -> None:
    loaded = loaded_by("orchestration.definitions")
    assert loaded & HEAVY == set()
    # It did load the example, not an error about it.
    assert {"assets.model", "resources.tracking.mlflow", "lifecycle.features.parse"} <= loaded

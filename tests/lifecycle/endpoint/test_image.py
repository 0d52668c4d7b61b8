import json
import subprocess
import sys

from tests.conftest import TrainedBundle


def test_the_serving_image_loads_only_what_it_ships() -> None:
    script = "import json, sys, lifecycle.endpoint.__main__; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    loaded = set(json.loads(done.stdout))
    orchestration = {"dagster", "mlflow", "psutil", "duckdb", "ibis", "sqlglot"}
    training = {"pandas", "sklearn", "torch", "matplotlib", "evidently", "great_expectations", "onnx"}
    assert loaded & (orchestration | training) == set()
    stages = {name.split(".")[1] for name in loaded if name.startswith("lifecycle.")}
    assert stages == {"clock", "durable", "endpoint", "errors", "features", "registry", "spec"}


def test_a_loaded_bundle_needs_the_runtime_of_its_twin_and_not_what_made_it(sealed: TrainedBundle) -> None:
    script = (
        "import json, sys; from pathlib import Path; from lifecycle.endpoint.loading import load_bundle;"
        "loaded = load_bundle(Path(sys.argv[1]), sys.argv[2]);"
        "print(json.dumps([loaded.description['single_rows'], *sys.modules]))"
    )
    bundle = sealed("binary")
    command = [sys.executable, "-c", script, str(bundle.path), bundle.digest]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    by, *loaded = json.loads(done.stdout)
    assert by == "onnx"
    assert set(loaded) & {"onnx", "onnxruntime", "onnxmltools", "xgboost", "duckdb"} == {
        "onnxruntime",
        "xgboost",
    }

import json
import subprocess
import sys


def test_the_serving_image_loads_only_what_it_ships() -> None:
    script = "import json, sys, lifecycle.endpoint.__main__; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    loaded = set(json.loads(done.stdout))
    orchestration = {"dagster", "mlflow", "psutil", "duckdb", "ibis", "sqlglot"}
    training = {"pandas", "sklearn", "torch", "matplotlib", "evidently", "great_expectations"}
    assert loaded & (orchestration | training) == set()
    stages = {name.split(".")[1] for name in loaded if name.startswith("lifecycle.")}
    assert stages == {"clock", "endpoint", "errors", "features", "registry", "spec"}

import json
import subprocess
import sys
from pathlib import Path

from tests.fakes.bundles import parcels, write_job


def test_the_training_image_loads_only_what_it_ships(tmp_path: Path) -> None:
    write_job(tmp_path, parcels())
    script = (
        "import json, sys; before = {*sys.modules};"
        "from lifecycle.training.__main__ import main; code = main(sys.argv[1:]);"
        "print(json.dumps([code, *({*sys.modules} - before)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=True, text=True
    )
    code, *loaded = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    # A package of Google's puts its empty namespace into every interpreter as that starts.
    loaded = [name.partition(".")[0] if name.startswith("google.") else name for name in loaded]
    vendors = {"dagster", "mlflow", "kubernetes", "google", "duckdb", "ibis", "sqlglot"}
    searchers = {"optuna"}  # only a job that searches pays for it
    judges = {"evidently", "great_expectations", "matplotlib", "onnx", "onnxruntime"}
    assert set(loaded) & (vendors | judges | searchers) == set()
    stages = {name.split(".")[1] for name in loaded if name.startswith("lifecycle.")}
    assert stages == {"data", "errors", "features", "spec", "training"}

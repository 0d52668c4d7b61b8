"""Make the virtual environment that everything here runs in. Needs nothing but Python.

Usage: python3 deploy/local/setup.py [EXTRA ...]
"""

import ast
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "flywheel-setup.json"
OLDEST = (3, 11)
UV = "uv==0.13.9"


def main(extras: list[str]) -> int:
    """Install what is asked for, unless it is there already."""
    if sys.version_info < OLDEST:
        print(
            f"error: Python {sys.version.split()[0]} runs this; Flywheel needs 3.11 or later: "
            "call make with PYTHON=/path/to/a/newer/python3",
            file=sys.stderr,
        )
        return 1
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another make is setting up the environment: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        return set_up(extras)


def set_up(extras: list[str]) -> int:
    """Create the environment and install the locked versions; the stamp is written last."""
    wanted = digest()
    have = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    if have.get("digest") == wanted and set(extras) <= set(have.get("extras", [])):
        return 0
    kept = sorted({*extras, *(have.get("extras", []) if have.get("digest") == wanted else [])})
    STAMP.unlink(missing_ok=True)
    print(f"setting up {VENV.name} (a few minutes the first time)", flush=True)
    if not (VENV / "bin" / "python").exists():
        try:
            venv.create(VENV, with_pip=True)
        except subprocess.CalledProcessError:
            print(
                "error: this Python cannot make virtual environments: install its venv module "
                "(Debian: apt-get install python3-venv)",
                file=sys.stderr,
            )
            return 1
    target = f"{ROOT}[{','.join(kept)}]" if kept else str(ROOT)
    python = str(VENV / "bin" / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    wanted_packages = ["-c", str(ROOT / "constraints.txt"), "-e", target]
    if not by_uv(pip, python, wanted_packages):
        done = subprocess.run([*pip, "install", *wanted_packages])
        if done.returncode != 0:
            print(
                "error: installing failed; the lines above say why; run the command again to go on",
                file=sys.stderr,
            )
            return done.returncode
    STAMP.write_text(json.dumps({"digest": wanted, "extras": kept}))
    return 0


def by_uv(pip: list[str], python: str, wanted: list[str]) -> bool:
    """Install by uv, which takes a minute where pip takes five; False: pip is to do it."""
    if subprocess.run([*pip, "install", "--quiet", UV]).returncode != 0:
        return False
    told = subprocess.run([*pip, "config", "list"], capture_output=True, text=True)
    environment = {**os.environ, **of_pip(told.stdout)}
    uv = [python, "-m", "uv", "pip", "install", "--python", python, "--compile-bytecode", *wanted]
    if subprocess.run(uv, env=environment).returncode == 0:
        return True
    print("uv could not install: pip tries", flush=True)
    return False


def of_pip(settings: str) -> dict[str, str]:
    """uv's variables for what pip is told on this machine: its index, certificates, wheels on disk.

    Args:
        settings: what `pip config list` prints; later lines win. A variable of uv's own that is set stays.
    """
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "constraint": "UV_CONSTRAINT",
        "no-index": "UV_NO_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    # As pip does: the best version of all indexes, not that of the first that knows the name.
    found = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    lines = [line.partition("=") for line in settings.splitlines()]
    # Variables of the environment are listed first, and overrule files.
    for key, _, value in sorted(lines, key=lambda line: line[0].startswith(":env:")):
        name = names.get(key.rpartition(".")[2])
        if name is not None:
            text = " ".join(str(ast.literal_eval(value)).split())
            found[name] = text.replace(" ", ",") if name == "UV_FIND_LINKS" else text
    return {name: value for name, value in found.items() if name not in os.environ}


def digest() -> str:
    """What the environment depends on: an edit of these means another one."""
    files = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files) + sys.version.encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

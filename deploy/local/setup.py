"""Make the virtual environment that everything here runs in. Needs nothing but Python.

Usage: python3 deploy/local/setup.py [EXTRA ...]
"""

import fcntl
import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "flywheel-setup.json"
OLDEST = (3, 11)


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
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    locked = ["-c", str(ROOT / "constraints.txt")]
    done = subprocess.run([*pip, "install", "--no-compile", *locked, "-e", target])
    if done.returncode != 0:
        print(
            "error: installing failed; the lines above say why; run the command again to go on",
            file=sys.stderr,
        )
        return done.returncode
    # pip compiles on one core, and takes a third of its time for it. What does not compile is not ours.
    compiling = [str(VENV / "bin" / "python"), "-m", "compileall", "-qq", "-j", "0", str(VENV / "lib")]
    subprocess.run(compiling, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    STAMP.write_text(json.dumps({"digest": wanted, "extras": kept}))
    return 0


def digest() -> str:
    """What the environment depends on: an edit of these means another one."""
    files = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files) + sys.version.encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make run` and `make stop`: from real flights to a live endpoint and the web UI, and the end of both."""

import fcntl
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import dagster as dg
import psutil

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, ONLINE
from assets.links import DAGSTER_URL
from lifecycle.endpoint.wire import curl_line
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, load_model, spec_files
from orchestration.environments import Environment, load_environment
from orchestration.freshness import decide_life, gather_facts
from orchestration.instance import prepare_instance

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "flight_delay"
PARTITIONS = ("2013-01", "2013-02", "2013-03")
UI_PORT = "FLYWHEEL_UI_PORT"
UI_PID = "ui.pid"
GRACE_S = 15
# What people want of Dagster's log: which step says what. The rest is in the UI.
LINE = re.compile(r" - dagster - (INFO|WARNING|ERROR) - \S+ - \S+ - (?:\d+ - )?(\w+?)__(\w+) - (.*)")


def run() -> int:
    """Build the example's life, print the summary, and become the web UI unless `HEADLESS` is set.

    Run twice, it does no work twice.
    """
    started = time.monotonic()
    headless = os.environ.get("HEADLESS", "") not in ("", "0")
    environment = load_environment()
    environment.home.mkdir(parents=True, exist_ok=True)
    prepare_instance(environment.home)
    with only_one(environment.home):
        port, running = ui_port(), ui_process(environment.home)
        if not headless and running is None:
            refuse_taken_port(port)
        if not headless or running:
            os.environ.setdefault(DAGSTER_URL, f"http://127.0.0.1:{port}")
        spec = load_model(environment.models / EXAMPLE / SPEC_FILE)
        build_example(environment, spec)
        summary(environment, spec, f"http://127.0.0.1:{port}", time.monotonic() - started)
        if headless or running:
            print(
                f"  The web UI runs already (process {running.pid})." if running else "  The web UI: make run"
            )
            return 0
        write_pid(environment.home / UI_PID, os.getpid())
    print("\nThe web UI starts; Ctrl-C ends it, the endpoint goes on. `make stop` ends both.\n", flush=True)
    return become_ui(port)


def become_ui(port: int) -> NoReturn:
    """Turn this process into the web UI with its daemon."""
    command = [str(Path(sys.executable).with_name("dg")), "dev", "--host", "127.0.0.1", "--port", str(port)]
    os.chdir(ROOT)
    os.execv(command[0], command)


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the lock of a home: two runs would build the same things over each other.

    Raises:
        LifecycleError: another one holds it.
    """
    with (home / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LifecycleError(
                f"another `make run` (process {lock.read().strip() or 'unknown'}) is at work in {home}: "
                "wait for it, or give this one a home of its own with FLYWHEEL_HOME=/another/folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def build_example(environment: Environment, spec: ModelSpec) -> None:
    """Do what is left to do of the example's life.

    Raises:
        LifecycleError: a stage failed.
    """
    lake = load_lake_module()
    lake.build_lake(
        environment.home / "lake" / "flights", progress=lambda line: print(f"  lake: {line}", flush=True)
    )
    with dg.DagsterInstance.get() as instance:
        facts, champion = gather_facts(spec, environment, instance, PARTITIONS)
    plan = decide_life(facts, PARTITIONS, as_of=PARTITIONS[-1], champion=champion)
    if plan.tables:
        launch(spec, (DATA, FEATURES), "--partition-range", f"{plan.tables[0]}...{plan.tables[-1]}")
    if plan.life:
        launch(spec, (MODEL, EVALUATION, ENDPOINT, ONLINE), "--partition", PARTITIONS[-1])
    elif plan.endpoint:
        launch(spec, (ENDPOINT, ONLINE))
    else:
        print("  everything is there already: nothing to do", flush=True)


def load_lake_module() -> ModuleType:
    """The example's own script, which lies beside its spec."""
    path = ROOT / "models" / EXAMPLE / "lake.py"
    found = importlib.util.spec_from_file_location("flight_lake", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["flight_lake"] = module
    found.loader.exec_module(module)
    return module


def launch(spec: ModelSpec, stages: Sequence[str], *partition: str) -> None:
    """Run `dg launch` and show what its steps say.

    Raises:
        LifecycleError: it failed; with what it said last.
    """
    selection = " or ".join(f'key:"{spec.name}/{stage}"' for stage in stages)
    command = [str(Path(sys.executable).with_name("dg")), "launch", "--assets", selection, *partition]
    print(f"  dg launch --assets '{selection}' {' '.join(partition)}", flush=True)
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if match := LINE.search(line):
            print(f"    {match[3]}: {match[4]}", flush=True)
    if process.wait() != 0:
        told = [line for line in lines if "LifecycleError: " in line] or lines[-15:]
        raise LifecycleError("a stage failed:\n" + "\n".join(dict.fromkeys(told)))


def summary(environment: Environment, spec: ModelSpec, ui: str, seconds: float) -> None:
    """What came of it, and what to try next."""
    champion = environment.tracking.holder(spec.name, "champion")
    state = environment.serving.state(spec.name)
    if champion is None or state is None or not state.healthy:
        raise LifecycleError(f"the endpoint of {spec.name} does not answer: see `flywheel status`")
    found = environment.tracking.metrics(spec.name, champion.version)
    print(
        f"\n{spec.name} is live ({seconds:.0f} s)\n"
        f"  champion   version {champion.version}, trained on what was known at the end of {champion.as_of}\n"
        f"  AUC        {found['auc']:.3f} ({found['auc_low']:.3f} to {found['auc_high']:.3f}) on "
        f"{found['rows']:,.0f} flights that it never saw\n"
        f"  endpoint   {state.url}\n"
        f"  try it     {curl_line(state.url, example_row(state.url))}\n"
        f"  web UI     {ui}\n",
        flush=True,
    )


def example_row(url: str) -> dict[str, object]:
    """A request that the endpoint names itself as one it answers."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        row: dict[str, object] = json.load(answer)["example"]
    return row


def ui_port() -> int:
    """Port of the web UI.

    Raises:
        LifecycleError: the variable holds no port.
    """
    text = os.environ.get(UI_PORT, "3000")
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise LifecycleError(f"{UI_PORT} is {text!r}; allowed: a port from 1024 to 65535")
    return int(text)


def refuse_taken_port(port: int) -> None:
    """Refuse before anything is done, not after minutes of work.

    Raises:
        LifecycleError: somebody listens on the port.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            raise LifecycleError(
                f"port {port} is in use; give the web UI another one: {UI_PORT}=3001 make run"
            ) from exc


def ui_process(home: Path) -> psutil.Process | None:
    """The web UI that an earlier `make run` of this home became, while it lives."""
    try:
        pid, born = (home / UI_PID).read_text().split()
        process = psutil.Process(int(pid))
        return process if process.create_time() == float(born) else None
    except (OSError, ValueError, psutil.Error):
        return None


def write_pid(path: Path, pid: int) -> None:
    """Remember a process so that a later one of the same number is not taken for it."""
    path.write_text(f"{pid} {psutil.Process(pid).create_time()}")


def stop() -> int:
    """End the web UI and the endpoints of this home; nothing happens where nothing runs."""
    environment = load_environment()
    process = ui_process(environment.home)
    if process is not None:
        end_tree(process)
        print(f"web UI (process {process.pid}) ended")
    for path in spec_files(environment.models):
        name = path.parent.name
        if environment.serving.state(name) is not None:
            environment.serving.stop(name)
            print(f"endpoint of {name} ended")
    return 0


def end_tree(process: psutil.Process) -> None:
    """End a process with everything it started, except endpoints, which have a session of their own."""
    family = [*process.children(recursive=True), process]
    session = os.getsid(process.pid)
    process.terminate()
    _, alive = psutil.wait_procs([p for p in family if _same_session(p, session)], timeout=GRACE_S)
    for left in alive:
        left.kill()


def _same_session(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session
    except ProcessLookupError:
        return False


COMMANDS = {"run": run, "stop": stop}


def main(arguments: Sequence[str]) -> int:
    """Run one command; an error that the user can mend is one message, not a trace."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"usage: life.py {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[arguments[0]]()
    except LifecycleError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run it again to go on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from lifecycle.endpoint.app import App
from lifecycle.endpoint.log.hiding import SECRET_FILE, secret_of
from lifecycle.endpoint.manifest import EndpointManifest, Variant, read_manifest
from lifecycle.endpoint.readiness import Readiness
from lifecycle.errors import LifecycleError
from resources.serving.base import Deployment
from resources.serving.local import Action, LocalServing, decide_action
from resources.serving.process import ProcessRecord, ask, endpoint_processes, read_process
from tests.fakes.running import Reply, call, predict, running, wait_for
from tests.fakes.stub_endpoint import make_bundle

Deploy = Callable[..., Deployment]


@pytest.fixture
def deployment(tmp_path: Path, port: int) -> Deploy:
    def make(version: str, *, fault: str = "fine", port: int = port, max_batch: int = 10) -> Deployment:
        bundle = make_bundle(tmp_path / version, float(version), fault=fault)
        return Deployment(
            model="stub",
            version=version,
            bundle=bundle.path,
            bundle_digest=bundle.digest,
            port=port,
            max_batch=max_batch,
        )

    return make


def record(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "stub" / "process.json").read_text())
    return found


def serving_now(root: Path) -> list[int]:
    return [process.pid for process in endpoint_processes(root / "stub" / "manifest.json")]


WANTED = EndpointManifest(
    model="stub",
    generation=5,
    variants=(Variant(version="2", bundle="bundles/b", digest="b" * 64),),
    max_batch=10,
)
SAME = WANTED.model_copy(update={"generation": 4})
OTHER = SAME.model_copy(update={"max_batch": 11})
RECORD = ProcessRecord(
    pid=1, created_s=1.0, manifest="m", port=8710, started_at="2013-04-01T00:00:00+00:00", code="c"
)
READY = Readiness(ready=True, pid=1, generation=4)


@pytest.mark.parametrize(
    ("before", "record", "answer", "expected"),
    [
        pytest.param(None, None, None, "start", id="nothing was ever started"),
        pytest.param(SAME, RECORD, None, "start", id="nothing answers"),
        pytest.param(SAME, RECORD.model_copy(update={"port": 8711}), READY, "start", id="another port"),
        pytest.param(SAME, RECORD.model_copy(update={"code": "old"}), READY, "start", id="other code"),
        pytest.param(SAME, RECORD, READY, "keep", id="it answers with this version already"),
        pytest.param(OTHER, RECORD, READY, "swap", id="something else is to be served"),
        pytest.param(None, RECORD, READY, "swap", id="the manifest is lost"),
        pytest.param(SAME, RECORD, Readiness(ready=False, pid=1), "swap", id="it never loaded a version"),
        pytest.param(
            SAME, RECORD, READY.model_copy(update={"generation": 3}), "swap", id="it serves an older manifest"
        ),
    ],
)
def test_decide_action(
    before: EndpointManifest | None, record: ProcessRecord | None, answer: Readiness | None, expected: Action
) -> None:
    assert decide_action(before, WANTED, record=record, answer=answer, port=8710, code="c") == expected


def test_versions_are_replaced_in_place_under_load(
    local: LocalServing, deployment: Deploy, root: Path
) -> None:
    first = deployment("0")
    local.deploy(first)
    before, secret = record(root), secret_of(root / "stub")
    replies: list[Reply] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            replies.append(predict(first.port, {}))

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    versions = [deployment(str(number)) for number in range(1, 4)]
    for version in versions:
        assert local.deploy(version).version == version.version
    stop.set()
    for client in clients:
        client.join()
    assert {reply.status for reply in replies} == {200}
    assert (record(root), secret_of(root / "stub")) == (before, secret)
    assert (root / "stub" / SECRET_FILE).exists()
    kept = {path.name for path in (root / "stub" / "bundles").iterdir()}
    assert kept == {version.bundle_digest for version in versions[-2:]}


def run_deployer(root: Path, deployment: Deployment, step: str) -> "subprocess.Popen[str]":
    """A deployer in a process group of its own."""
    facts = json.dumps(asdict(deployment), default=str)
    command = [sys.executable, "-m", "tests.fakes.deployer", str(root), facts, step]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True)


def test_it_survives_the_end_of_its_deployer(local: LocalServing, deployment: Deploy, root: Path) -> None:
    one = deployment("1")
    with run_deployer(root, one, "-") as deployer:
        assert deployer.stdout is not None
        assert deployer.stdout.readline() == "deployed\n"
        os.killpg(deployer.pid, signal.SIGKILL)
    state = local.state("stub")
    assert state is not None
    assert (state.healthy, state.version) == (True, "1")
    pid = record(root)["pid"]
    assert (os.getpgid(pid), os.getsid(pid)) == (pid, pid)
    assert local.deploy(one) == state


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("pathlib.Path.rename", id="the bundle is half adopted"),
        pytest.param("resources.serving.local.write_manifest", id="the manifest is not written"),
        pytest.param("resources.serving.local.write_record", id="the process is started and not recorded"),
        pytest.param("resources.serving.local.ask", id="the process is recorded and not asked"),
    ],
)
def test_a_deployer_killed_at_any_step_is_repaired_by_the_next(
    local: LocalServing, deployment: Deploy, root: Path, step: str
) -> None:
    one = deployment("1")
    with run_deployer(root, one, step) as deployer:
        assert deployer.wait(20) == -signal.SIGKILL
    assert local.deploy(one).version == "1"
    assert serving_now(root) == [record(root)["pid"]]
    assert [path.name for path in (root / "stub" / "bundles").iterdir()] == [one.bundle_digest]


def test_the_answer_of_another_process_on_the_port_is_not_the_endpoints(
    local: LocalServing, deployment: Deploy, root: Path, tmp_path: Path
) -> None:
    local.deploy(deployment("1"))
    mine = read_process(root / "stub" / "process.json")
    assert mine is not None
    assert ask(mine) is not None
    with running(App(tmp_path / "manifest.json")) as port:
        assert ask(mine.model_copy(update={"port": port})) is None


def test_a_killed_endpoint_is_started_again(local: LocalServing, deployment: Deploy, root: Path) -> None:
    one = deployment("1")
    local.deploy(one)
    psutil.Process(record(root)["pid"]).kill()
    wait_for(lambda: not psutil.pid_exists(record(root)["pid"]))
    state = local.state("stub")
    assert state is not None
    assert (state.healthy, "ended" in state.detail) == (False, True)
    assert local.deploy(one).healthy


def test_a_version_that_ends_its_process_brings_back_the_one_before(
    local: LocalServing, deployment: Deploy, port: int
) -> None:
    local.deploy(deployment("1"))
    with pytest.raises(LifecycleError, match=r"process \d+ ended(.|\n)*the stub ends its process"):
        local.deploy(deployment("2", fault="deadly"))
    assert predict(port, {}).body["version"] == "1"


def test_a_first_version_that_fails_leaves_nothing_behind(
    local: LocalServing, deployment: Deploy, root: Path
) -> None:
    with pytest.raises(LifecycleError, match="the stub refuses to load"):
        local.deploy(deployment("1", fault="broken"))
    assert local.state("stub") is None
    assert serving_now(root) == []


def test_other_code_replaces_the_process(
    local: LocalServing, deployment: Deploy, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = deployment("1")
    local.deploy(one)
    before = record(root)
    monkeypatch.setattr("resources.serving.local.code_fingerprint", lambda: "other")
    assert local.deploy(one).healthy
    assert record(root)["pid"] != before["pid"]
    assert not psutil.pid_exists(before["pid"])


def test_an_endpoint_moves_to_another_port_only_when_that_is_free(
    local: LocalServing, deployment: Deploy, port: int, other_port: int
) -> None:
    one, moved = deployment("1"), deployment("2", port=other_port)
    local.deploy(one)
    with socket.create_server(("127.0.0.1", other_port)):
        me = f"process {os.getpid()} "
        with pytest.raises(LifecycleError, match=f"cannot listen on port {other_port}: it is held by {me}"):
            local.deploy(moved)
    assert predict(port, {}).body["version"] == "1"
    assert local.deploy(moved).url.endswith(f":{other_port}")
    with pytest.raises(ConnectionRefusedError):
        predict(port, {})


def test_a_port_of_another_endpoint_is_named_as_such(
    local: LocalServing, deployment: Deploy, root: Path, port: int
) -> None:
    manifest = root / "flight_delay" / "manifest.json"
    command = [sys.executable, "-m", "lifecycle.endpoint", "--manifest", str(manifest), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as other:
        wait_for(lambda: _answers(port))
        with pytest.raises(LifecycleError, match=rf"process {other.pid} \(the endpoint of flight_delay\)"):
            local.deploy(deployment("1"))
        other.kill()


def _answers(port: int) -> bool:
    try:
        return call(port, "GET", "/health/live").status == 200
    except OSError:
        return False


def test_the_port_of_the_resource_goes_before_the_one_of_the_spec(
    root: Path, local: LocalServing, deployment: Deploy, other_port: int
) -> None:
    serving = LocalServing(root=str(root), port_override=other_port)
    assert serving.deploy(deployment("1")).url == f"http://127.0.0.1:{other_port}"


def test_a_recycled_process_id_is_never_taken_for_the_endpoint(
    local: LocalServing, deployment: Deploy, root: Path
) -> None:
    one = deployment("1")
    local.deploy(one)
    local.stop("stub")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        created_s = psutil.Process(stranger.pid).create_time()
        recycled = {"pid": stranger.pid, "created_s": created_s}
        (root / "stub" / "process.json").write_text(json.dumps(record(root) | recycled))
        local.stop("stub")
        assert local.deploy(one).healthy
        local.stop("stub")
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("content", [None, '{"pid": 1'])
@pytest.mark.parametrize("name", ["process.json", "manifest.json"])
def test_a_lost_or_half_written_file_is_repaired(
    local: LocalServing, deployment: Deploy, root: Path, name: str, content: str | None
) -> None:
    one = deployment("1")
    local.deploy(one)
    (root / "stub" / name).unlink()
    if content is not None:
        (root / "stub" / name).write_text(content)
    assert local.deploy(one).healthy
    assert serving_now(root) == [record(root)["pid"]]


def test_a_changed_bundle_is_replaced_by_its_source(
    local: LocalServing, deployment: Deploy, root: Path
) -> None:
    one = deployment("1")
    local.deploy(one)
    adopted = root / "stub" / "bundles" / one.bundle_digest
    (adopted / "stub.json").write_text('{"value": 666, "fault": "fine"}')
    local.deploy(one)
    assert (adopted / "stub.json").read_bytes() == (one.bundle / "stub.json").read_bytes()


def test_a_full_disk_is_an_error_and_changes_nothing(
    local: LocalServing, deployment: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = local.deploy(deployment("1"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("shutil.copytree", "resources.serving.local.write_manifest"):
        with monkeypatch.context() as patch, pytest.raises(LifecycleError, match="No space left on device"):
            patch.setattr(step, full)
            local.deploy(deployment(str(len(step))))
        assert local.state("stub") == served


def test_deployments_at_once_follow_one_another(local: LocalServing, deployment: Deploy, root: Path) -> None:
    both = [deployment("1"), deployment("2")]
    threads = [threading.Thread(target=local.deploy, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    manifest = read_manifest(root / "stub" / "manifest.json")
    state = local.state("stub")
    assert state is not None
    assert (manifest.generation, manifest.variants[0].version) == (2, state.version)
    assert len(serving_now(root)) == 1


def test_the_endpoint_gets_no_secrets(
    local: LocalServing, deployment: Deploy, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "hunter2")
    local.deploy(deployment("1"))
    assert "hunter2" not in psutil.Process(record(root)["pid"]).environ().values()


def test_the_log_before_is_kept_once(local: LocalServing, deployment: Deploy, root: Path) -> None:
    one = deployment("1")
    for _ in range(3):
        local.deploy(one)
        local.stop("stub")
    logs = sorted(path.name for path in (root / "stub").glob("endpoint.log*"))
    assert logs == ["endpoint.log", "endpoint.log.1"]
    assert "serving 1 (100 %), generation 3" in (root / "stub" / "endpoint.log").read_text()

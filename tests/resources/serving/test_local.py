import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from lifecycle.endpoint.manifest import EndpointManifest, Variant
from lifecycle.endpoint.readiness import Readiness
from lifecycle.errors import LifecycleError
from resources.serving import local as local_module
from resources.serving.base import Deployment
from resources.serving.local import Action, LocalServing, decide_action
from resources.serving.process import ProcessRecord, endpoint_processes
from tests.fakes.running import Reply, call, predict, wait_for
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


WANTED = EndpointManifest(
    model="stub",
    generation=5,
    variants=(Variant(version="2", bundle="bundles/b", digest="b" * 64),),
    max_batch=10,
)
SAME = WANTED.model_copy(update={"generation": 4})
OTHER = SAME.model_copy(update={"max_batch": 11})
RECORD = ProcessRecord(pid=1, created_s=1.0, port=8710, started_at="2013-04-01T00:00:00+00:00", code="c")
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


def test_versions_are_replaced_in_place_under_load(local: LocalServing, deployment: Deploy, root: Path) -> None:
    first = deployment("0")
    local.deploy(first)
    before = record(root)
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
    assert record(root) == before
    kept = {path.name for path in (root / "stub" / "bundles").iterdir()}
    assert kept == {version.bundle_digest for version in versions[-2:]}


def test_it_survives_the_end_of_its_deployer(local: LocalServing, deployment: Deploy, root: Path) -> None:
    one = deployment("1")
    deployer = run_deployer(root, one, "resources.serving.local.LocalServing.state")
    os.killpg(deployer.pid, signal.SIGKILL)
    deployer.wait()
    state = local.state("stub")
    assert state is not None
    assert (state.healthy, state.version) == (True, "1")
    pid = record(root)["pid"]
    assert (os.getpgid(pid), os.getsid(pid)) == (pid, pid)
    assert local.deploy(one) == state


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("resources.serving.folder.open_bundle", id="the bundle is half adopted"),
        pytest.param("resources.serving.local.write_manifest", id="the manifest is about to be written"),
        pytest.param("resources.serving.local.write_record", id="the process is started and not recorded"),
        pytest.param("resources.serving.local.ask", id="the process is recorded and not asked"),
    ],
)
def test_a_deployer_killed_at_any_step_is_repaired_by_the_next(
    local: LocalServing, deployment: Deploy, root: Path, step: str
) -> None:
    one = deployment("1")
    deployer = run_deployer(root, one, step)
    assert deployer.wait(20) == -signal.SIGKILL
    assert local.deploy(one).version == "1"
    assert [process.pid for process in endpoint_processes(root / "stub" / "manifest.json")] == [record(root)["pid"]]
    assert [path.name for path in (root / "stub" / "bundles").iterdir()] == [one.bundle_digest]


def run_deployer(root: Path, deployment: Deployment, step: str) -> "subprocess.Popen[str]":
    ...


def test_a_killed_endpoint_is_started_again(local: LocalServing, deployment: Deploy, root: Path) -> None:
    one = deployment("1")
    local.deploy(one)
    psutil.Process(record(root)["pid"]).kill()
    wait_for(lambda: not endpoint_processes(root / "stub" / "manifest.json"))
    state = local.state("stub")
    assert state is not None
    assert not state.healthy
    assert "ended" in state.detail
    assert local.deploy(one).healthy

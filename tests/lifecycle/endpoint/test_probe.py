"""The probe of a real bundle in a process of its own. Its numbers are judged by nobody: machines differ."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.endpoint.probe import BATCH_CALLS, SINGLE_CALLS, run_probe
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle
from tests.fakes.bundles import make_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("probe"))


def test_a_bundle_is_called_and_weighed_in_another_process(bundle: Bundle) -> None:
    before = dict(os.environ)
    probe = run_probe(bundle.path)
    assert (len(probe.single_s), len(probe.batch_s)) == (SINGLE_CALLS, BATCH_CALLS)
    assert min([*probe.single_s, *probe.batch_s]) > 0
    assert len(probe.single_cpu_s) == SINGLE_CALLS and sum(probe.single_cpu_s) > 0
    assert 0 < probe.base_bytes <= probe.bytes
    assert dict(os.environ) == before


def test_a_folder_that_is_no_bundle_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match=r"ended with code 1 and said .*BundleError.*not a bundle"):
        run_probe(tmp_path)


def test_a_bundle_that_does_not_answer_is_given_up(bundle: Bundle) -> None:
    with pytest.raises(LifecycleError, match=r"not loaded and called within 0.01 s"):
        run_probe(bundle.path, time_limit_s=0.01)


@pytest.mark.parametrize("said", ["", "a library says hello", '{"single_s": []}', "[1]", '{"more": 1}'])
def test_an_answer_that_is_no_measurement_is_an_error(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    def run(command: list[str], **settings: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess(command, returncode=0, stdout=said, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(LifecycleError, match="which is no measurement"):
        run_probe(bundle.path)


def test_no_secret_reaches_the_probe(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    seen: dict[str, str] = {}

    def spy(
        command: list[str], *, env: dict[str, str], **settings: object
    ) -> "subprocess.CompletedProcess[str]":
        seen.update(env)
        return subprocess.CompletedProcess(command, returncode=1, stdout="", stderr="stop")

    monkeypatch.setattr(subprocess, "run", spy)
    with pytest.raises(LifecycleError, match="said 'stop'"):
        run_probe(bundle.path)
    assert "SOME_TOKEN" not in seen and seen["OMP_NUM_THREADS"] == "1"


def test_the_endpoint_does_not_load_the_probe() -> None:
    script = "import sys, lifecycle.endpoint.__main__; print('lifecycle.endpoint.probe' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"

"""With a public key, no way to an endpoint takes a bundle that its owner did not sign."""

import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.endpoint.loading import load_bundle
from lifecycle.endpoint.pyfunc import _load_pyfunc
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.signature import (
    SIGNATURE_FILE,
    VERIFY_KEY,
    SignatureError,
    attach_signature,
    sign_digest,
)
from resources.serving import process
from resources.serving.folder import EndpointFolder
from tests.fakes.keys import key_pair


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A signing key whose public half the endpoints of this test trust."""
    private, public = key_pair(tmp_path)
    monkeypatch.setenv(VERIFY_KEY, str(public))
    return private


@pytest.fixture
def endpoint(tmp_path: Path) -> EndpointFolder:
    folder = EndpointFolder(tmp_path / "endpoint")
    folder.path.mkdir()
    return folder


def test_an_unsigned_bundle_is_neither_copied_nor_loaded(
    bundle: Bundle, private: Path, endpoint: EndpointFolder
) -> None:
    for take in (
        lambda: endpoint.adopt(bundle.path, bundle.digest),
        lambda: load_bundle(bundle.path, bundle.digest),
        lambda: _load_pyfunc(str(bundle.path)),
    ):
        with pytest.raises(SignatureError, match="is not signed"):
            take()
    assert list(endpoint.path.glob("bundles/*")) == []


def test_a_signed_bundle_goes_all_the_way_with_its_signature(
    bundle: Bundle, private: Path, endpoint: EndpointFolder
) -> None:
    attach_signature(bundle.path, sign_digest(bundle.digest, private))
    copy = endpoint.path / endpoint.adopt(bundle.path, bundle.digest)
    assert (copy / SIGNATURE_FILE).is_file()
    assert load_bundle(copy, bundle.digest).description["as_of"] == "2024-02"
    _load_pyfunc(str(copy))


def test_a_copy_from_before_there_was_a_key_is_made_again(
    bundle: Bundle, private: Path, endpoint: EndpointFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without_key:
        without_key.delenv(VERIFY_KEY)
        copy = endpoint.path / endpoint.adopt(bundle.path, bundle.digest)
    attach_signature(bundle.path, sign_digest(bundle.digest, private))
    endpoint.adopt(bundle.path, bundle.digest)
    load_bundle(copy, bundle.digest)


def test_an_endpoint_process_knows_the_key_and_is_replaced_when_it_changes(
    private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = f"import os; print(os.environ.get({VERIFY_KEY!r}))"
    monkeypatch.setattr(process, "endpoint_command", lambda manifest, port: [sys.executable, "-c", show])
    monkeypatch.setenv("FLYWHEEL_SIGNING_KEY", str(private))
    waited: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*args: object, **kwargs: object) -> "subprocess.Popen[bytes]":
        assert "FLYWHEEL_SIGNING_KEY" not in kwargs["env"]  # type: ignore[operator]  # a mapping
        waited.append(real(*args, **kwargs))  # type: ignore[call-overload]  # passed on as it came
        return waited[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    process.start_process(tmp_path / "manifest.json", 8710, tmp_path / "log")
    waited[0].wait(30)
    assert (tmp_path / "log").read_text().strip() == str(tmp_path / "verify.pem")
    before = process.code_fingerprint()
    key_pair(tmp_path)
    assert process.code_fingerprint() != before

"""An endpoint that follows a staging folder: what it brings, what it sends, what it does not believe."""

import errno
import json
import stat
import time
from pathlib import Path

import pytest

from lifecycle.endpoint.follow import Follower, Report
from lifecycle.endpoint.log.hiding import SECRET_FILE, secret_of
from lifecycle.endpoint.manifest import EndpointManifest, Variant
from lifecycle.endpoint.readiness import Readiness
from lifecycle.endpoint.staging import FILES, Staging
from lifecycle.errors import LifecycleError


class Container:
    """The local side of a container, and the staging folder it follows."""

    def __init__(self, folder: Path) -> None:
        self.local, self.there = folder / "local", Staging(f"file://{folder}/staging")
        self.local.mkdir()
        self.ready, self.ended = False, 0
        self.follower = Follower(
            self.there,
            "m.json",
            self.local,
            readiness=lambda: Readiness(ready=self.ready, pid=1),
            every_s=0.01,
            unwanted=self._end,
        )

    def _end(self) -> None:
        self.ended += 1

    def offer(self, bundle: str = "bundles/a", files: object = ("model.ubj",), generation: int = 1) -> None:
        self.there.below(bundle).write("model.ubj", b"weights")
        self.there.below(bundle).write(FILES, json.dumps(files).encode())
        variant = Variant(version="1", bundle=bundle, digest="a" * 64)
        manifest = EndpointManifest(model="m", generation=generation, variants=(variant,), max_batch=1)
        self.there.write("m.json", manifest.model_dump_json().encode())

    def report(self) -> Report:
        (name,) = self.there.below("replicas", "m").names()
        content = self.there.below("replicas", "m").read(name)
        assert content is not None
        return Report.model_validate_json(content)


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


def test_a_manifest_comes_after_what_it_names(container: Container) -> None:
    container.offer()
    container.follower.look()
    assert (container.local / "bundles" / "a" / "model.ubj").read_bytes() == b"weights"
    assert json.loads((container.local / "manifest.json").read_bytes())["generation"] == 1
    assert (container.report().generation, container.report().problem) == (1, "")


def test_the_secret_of_the_log_comes_before_the_manifest_for_its_owner_alone(container: Container) -> None:
    container.there.write(SECRET_FILE, b"ab" * 32 + b"\n")
    container.offer()
    container.follower.look()
    assert secret_of(container.local) == b"\xab" * 32
    assert stat.S_IMODE((container.local / SECRET_FILE).stat().st_mode) == 0o600


def test_a_bundle_that_is_not_there_leaves_what_is_served_and_is_told(container: Container) -> None:
    container.offer()
    container.follower.look()
    container.offer(generation=2, bundle="bundles/b")
    container.there.below("bundles", "b").remove(FILES)
    container.follower.look()
    assert json.loads((container.local / "manifest.json").read_bytes())["generation"] == 1
    assert "bundles/b is not there" in container.report().problem
    container.offer(generation=3, bundle="bundles/b")
    container.follower.look()
    assert container.report().problem == ""
    assert [path.name for path in (container.local / "bundles").iterdir()] == ["b"]


@pytest.mark.parametrize(
    ("bundle", "files"),
    [
        pytest.param("../a", ("model.ubj",), id="a bundle beside the folder"),
        pytest.param("bundles/a", ("../../model.ubj",), id="a file beside the bundle"),
        pytest.param("bundles/a", ("/model.ubj",), id="an absolute file"),
    ],
)
def test_nothing_is_written_outside_of_the_folder(
    container: Container, tmp_path: Path, bundle: str, files: object
) -> None:
    container.offer(bundle=bundle, files=files)
    container.follower.look()
    assert container.report().problem
    assert not (container.local / "manifest.json").exists()
    assert [
        path
        for path in tmp_path.rglob("model.ubj")
        if "staging" not in path.parts and path.parent.name != "a"
    ] == []


def test_a_manifest_that_is_none_is_told_and_not_obeyed(container: Container) -> None:
    container.there.write("m.json", b"{}")
    container.follower.look()
    assert "cannot be obeyed" in container.report().problem
    assert not (container.local / "manifest.json").exists()


def test_a_container_that_nobody_wants_ends_unless_it_serves(container: Container) -> None:
    container.follower.look()
    assert container.ended == 1
    container.ready = True
    container.follower.look()
    assert container.ended == 1


def test_the_log_is_sent_once_and_whole(container: Container) -> None:
    container.offer()
    requests, sent = container.local / "requests", container.there.below("requests")
    requests.mkdir()
    (requests / "1-a.open").write_bytes(b"one")
    container.follower.look()
    assert sent.read("1-a.open") == b"one"
    (requests / "1-a.open").write_bytes(b"one two")
    (requests / "1-a.open").rename(requests / "1-a.segment")
    container.follower.look()
    assert (sent.names(), sent.read("1-a.segment")) == (["1-a.segment"], b"one two")
    assert list(requests.iterdir()) == []
    (requests / "2-a.segment").write_bytes(b"last")
    container.follower.start()
    container.follower.end()
    assert sent.read("2-a.segment") == b"last"
    assert container.there.below("replicas", "m").names() == []


def test_a_folder_that_does_not_answer_is_told_with_its_name(container: Container, tmp_path: Path) -> None:
    (tmp_path / "staging").write_text("a file in its place")
    with pytest.raises(LifecycleError, match=r"cannot read file://.*/staging/m.json"):
        container.follower.look()


def test_a_segment_that_closes_while_it_is_sent_is_sent_by_its_new_name(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    container.offer()
    requests = container.local / "requests"
    requests.mkdir()
    (requests / "1-a.open").write_bytes(b"one")
    read = Path.read_bytes

    def closes(path: Path) -> bytes:
        if path.suffix == ".open":
            path.rename(path.with_suffix(".segment"))
        return read(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", closes)
        container.follower.look()
    container.follower.look()
    sent = container.there.below("requests")
    assert (sent.names(), sent.read("1-a.segment")) == (["1-a.segment"], b"one")


def test_a_disk_that_was_full_ends_no_following(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    container.offer()
    tries: list[Path] = []
    write = Path.write_bytes

    def full_at_first(path: Path, content: bytes) -> int:
        if path.name == ".manifest.json":
            tries.append(path)
            if len(tries) < 3:
                raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_at_first)
    container.follower.start()
    until = time.monotonic() + 30
    while not (container.local / "manifest.json").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    container.follower.end()
    assert len(tries) == 3

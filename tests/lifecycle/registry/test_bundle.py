"""The audit: what is not exactly what its manifest says is refused, and nothing of it is executed."""

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lifecycle.registry.audit import BundleError
from lifecycle.registry.bundle import (
    MANIFEST_FILE,
    WEIGHTS_FILE,
    Bundle,
    open_bundle,
    seal_bundle,
)
from lifecycle.registry.predictor import load_predictor
from lifecycle.registry.sealed import MAX_MANIFEST_BYTES
from tests.conftest import TrainedBundle
from tests.fakes.bundles import make_bundle


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as someone would who knows the format."""
    raw = json.loads((folder / MANIFEST_FILE).read_bytes())
    change(raw)
    (folder / MANIFEST_FILE).write_text(json.dumps(raw))


def named(name: str, content: bytes) -> Callable[[Path], None]:
    """Plant a file, and name it in the manifest with its right digest."""

    def harm(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        fact = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        rewrite(folder, lambda raw: raw["files"].update({name: fact}))

    return harm


def swapped(folder: Path) -> None:
    weights = folder / WEIGHTS_FILE
    outside = folder.parent / "outside.ubj"
    outside.write_bytes(weights.read_bytes())
    weights.unlink()
    weights.symlink_to(outside)


def folder_as_manifest(folder: Path) -> None:
    (folder / MANIFEST_FILE).unlink()
    (folder / MANIFEST_FILE).mkdir()


def fifo(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")


def test_a_bundle_from_before_random_splits_is_read(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path).path
    rewrite(folder, lambda raw: raw.pop("random_split"))
    manifest = open_bundle(folder).manifest
    assert (manifest.random_split, manifest.event_time) == (None, "sent_at")
    assert manifest.holdout_start is not None


HARMS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing file": (lambda f: (f / "plan.json").unlink(), "has missing or foreign files: plan.json"),
    "foreign file": (
        lambda f: (f / "extra.json").write_text("{}"),
        "has missing or foreign files: extra.json",
    ),
    "foreign file in a folder": (
        lambda f: (f / "lookups" / "x.parquet").write_bytes(b""),
        "has missing or foreign files: lookups/x.parquet",
    ),
    "changed file": (
        lambda f: (f / "golden.json").write_bytes((f / "golden.json").read_bytes().replace(b"1", b"2")),
        "golden.json of bundle .* is not what its manifest says",
    ),
    "longer file": (
        lambda f: (f / "golden.json").write_bytes((f / "golden.json").read_bytes() + b" "),
        "golden.json of bundle .* is not what its manifest says",
    ),
    "no manifest": (lambda f: (f / MANIFEST_FILE).unlink(), "is not a bundle: bundle.json cannot be read"),
    "a folder as manifest": (folder_as_manifest, "is not a bundle: bundle.json is no plain file"),
    "half a manifest": (
        lambda f: (f / MANIFEST_FILE).write_bytes((f / MANIFEST_FILE).read_bytes()[:100]),
        "bundle.json is empty, too large or not JSON",
    ),
    "a manifest too deep": (
        lambda f: (f / MANIFEST_FILE).write_bytes(b"[" * 1_000_000),
        "bundle.json is empty, too large or not JSON",
    ),
    "a manifest too large": (
        lambda f: (f / MANIFEST_FILE).write_bytes(b" " * (MAX_MANIFEST_BYTES + 1)),
        "is not a bundle: bundle.json is larger than 16,000,000 bytes",
    ),
    "another format": (
        lambda f: rewrite(f, lambda raw: raw.update(format=3)),
        "bundle of format 3; .*upgrade",
    ),
    "no format": (lambda f: (f / MANIFEST_FILE).write_text("[]"), "bundle of format None"),
    "unknown key": (lambda f: rewrite(f, lambda raw: raw.update(run="rm")), "bundle.json: run: "),
    "missing key": (lambda f: rewrite(f, lambda raw: raw.pop("classes")), "bundle.json: classes: "),
    "wrong digest": (
        lambda f: rewrite(f, lambda raw: raw["files"][WEIGHTS_FILE].update(sha256="0" * 64)),
        "model.ubj of bundle .* is not what its manifest says",
    ),
    "name that leads out": (
        lambda f: rewrite(f, lambda raw: raw["files"].update({"../x.json": raw["files"]["plan.json"]})),
        "'../x.json' is no name of a bundle's file",
    ),
    "absolute name": (
        lambda f: rewrite(f, lambda raw: raw["files"].update({"/etc/passwd": raw["files"]["plan.json"]})),
        "'/etc/passwd' is no name of a bundle's file",
    ),
    "NUL in a name": (
        lambda f: rewrite(f, lambda raw: raw["files"].update({"a\0.json": raw["files"]["plan.json"]})),
        r"'a\\x00.json' is no name of a bundle's file",
    ),
    "two names on one file where case is ignored": (
        lambda f: rewrite(f, lambda raw: raw["files"].update({"Plan.json": raw["files"]["plan.json"]})),
        "two names differ by case only: 'plan.json'",
    ),
    "more files than any bundle": (
        lambda f: [(f / f"x{n}.json").write_text("{}") for n in range(1001)],
        "holds more than 1,000 files",
    ),
    "more than fits a disk": (
        lambda f: rewrite(f, lambda raw: raw["files"]["plan.json"].update(size=10**15)),
        "is larger than 20,000,000,000 bytes",
    ),
    "link to a file": (swapped, "model.ubj is a link"),
    "link to a folder": (lambda f: (f / "more").symlink_to(f.parent), "more is a link"),
    "pipe": (fifo, "pipe.json: a bundle holds .json, .ubj, .onnx, .safetensors, .parquet files only"),
    "shared library": (named("x.so", b"\x7fELF"), "x.so: a bundle holds"),
    "python source": (named("sitecustomize.py", b"raise SystemExit"), "sitecustomize.py: a bundle holds"),
    "archive": (named("x.zip", b"PK"), "x.zip: a bundle holds"),
    "no ending": (named("x", b""), "x: a bundle holds"),
    "ending in capitals": (named("x.PKL", b""), "x.PKL: a bundle holds"),
    "two endings": (named("model.json.pkl", b""), "model.json.pkl: a bundle holds"),
}


@pytest.mark.parametrize("name", HARMS)
def test_a_bundle_that_is_not_what_it_says_is_refused(bundle: Bundle, name: str) -> None:
    harm, message = HARMS[name]
    harm(bundle.path)
    with pytest.raises(BundleError, match=message):
        open_bundle(bundle.path)


@dataclass
class Exploding:
    """Touches a file when it is unpickled."""

    mark: Path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.mark),)


ENDINGS = [".pkl", ".pickle", ".joblib", ".pt", ".npy", ".bin", ".ubj.pkl", ""]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_pickle_is_refused_before_it_can_run(bundle: Bundle, tmp_path: Path, ending: str) -> None:
    named(f"model{ending}", pickle.dumps(Exploding(tmp_path / "harm")))(bundle.path)
    with pytest.raises(BundleError, match="files only"):
        open_bundle(bundle.path)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "name", [WEIGHTS_FILE, "plan.json", "encoding.json", "golden.json", "lookups/wind.parquet"]
)
def test_a_pickle_under_the_name_of_data_never_runs(bundle: Bundle, tmp_path: Path, name: str) -> None:
    # Whoever can write the manifest can name its right digest: its form gives it away.
    named(name, pickle.dumps(Exploding(tmp_path / "harm")))(bundle.path)
    with pytest.raises(BundleError, match=rf"{name} is not \w+, it holds a pickle: it was never loaded"):
        open_bundle(bundle.path)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("name", [WEIGHTS_FILE, "plan.json", "golden.json", "lookups/wind.parquet"])
def test_a_file_swapped_after_the_audit_is_not_used(bundle: Bundle, tmp_path: Path, name: str) -> None:
    from lifecycle.endpoint.scorer import Scorer

    opened = open_bundle(bundle.path, expect_digest=bundle.digest)
    content = opened.file(name).read_bytes()
    opened.file(name).write_bytes(
        pickle.dumps(Exploding(tmp_path / "harm")).ljust(len(content))[: len(content)]
    )
    with pytest.raises(BundleError, match=f"{name} of bundle .* was changed after its audit: it is not used"):
        Scorer.load(opened)
    assert not (tmp_path / "harm").exists()


def test_a_file_swapped_for_a_link_after_the_audit_is_not_followed(bundle: Bundle) -> None:
    opened = open_bundle(bundle.path, expect_digest=bundle.digest)
    swapped(bundle.path)
    with pytest.raises(BundleError, match=r"model.ubj cannot be read \(Too many levels of symbolic links\)"):
        load_predictor(opened)


def test_the_digest_that_was_approved_is_the_only_one_that_opens(bundle: Bundle, tmp_path: Path) -> None:
    assert open_bundle(bundle.path, expect_digest=bundle.digest) == bundle
    # Everything fits together, but it is another model.
    rewrite(bundle.path, lambda raw: raw.update(threshold=0.9))
    assert open_bundle(bundle.path).manifest.threshold == 0.9
    with pytest.raises(BundleError, match=f"is not {bundle.digest[:12]}, which was approved"):
        open_bundle(bundle.path, expect_digest=bundle.digest)


def test_the_same_model_sealed_twice_has_one_digest(sealed: TrainedBundle, tmp_path: Path) -> None:
    assert make_bundle(tmp_path / "again").digest == sealed("binary").digest
    assert make_bundle(tmp_path / "other", threshold=0.4).digest != sealed("binary").digest


def test_sealing_refuses_what_opening_would(bundle: Bundle) -> None:
    (bundle.path / "model.pkl").write_bytes(b"")
    with pytest.raises(BundleError, match="files only"):
        seal_bundle(bundle.path, bundle.manifest)


def test_a_file_that_the_manifest_does_not_name_is_not_read(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match=r"holds no \.\./secret\.json"):
        bundle.read_json("../secret.json")
    with pytest.raises(BundleError, match=r"model.ubj of bundle .* is not JSON"):
        bundle.read_json(WEIGHTS_FILE)


def test_a_trainer_of_another_release_is_named(bundle: Bundle) -> None:
    rewrite(bundle.path, lambda raw: raw.update(trainer="lightgbm"))
    with pytest.raises(BundleError, match="was made by 'lightgbm'; known: xgboost"):
        load_predictor(open_bundle(bundle.path))


@pytest.mark.parametrize("content", [b"{L}", b"{L\x00\x00}"], ids=["no key", "half a key"])
def test_weights_that_are_none_do_not_load(bundle: Bundle, content: bytes) -> None:
    named(WEIGHTS_FILE, content)(bundle.path)
    with pytest.raises(BundleError, match=r"the weights of bundle .* do not load"):
        load_predictor(open_bundle(bundle.path))

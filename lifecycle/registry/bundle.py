"""The bundle: a folder that is a model, with a manifest that names every file and its digest.

Nothing in a bundle is executed when it is opened: weights are UBJ, tables are Parquet, the rest is JSON.
A bundle is read, then audited, then used; a file that the manifest does not name makes it invalid. What is
used later is compared with the audit again: a file may be swapped in between.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lifecycle.registry.audit import KINDS, MAX_FILES, audit_file, names_problem, read_plain
from lifecycle.registry.audit import BundleError as BundleError
from lifecycle.registry.signature import SIGNATURE_FILE, check_signature, read_signature
from lifecycle.spec.records import Column, Record, Scalar, Task

BUNDLE_FORMAT = 1
MANIFEST_FILE = "bundle.json"
WEIGHTS_FILE = "model.ubj"
PLAN_FILE, ENCODING_FILE = "plan.json", "encoding.json"
GOLDEN_FILE, TRAINING_FILE = "golden.json", "training.json"
MAX_MANIFEST_BYTES = 16_000_000
MAX_BUNDLE_BYTES = 20_000_000_000
ENDINGS = tuple(KINDS)
"""Of the files that a bundle may hold."""
# Files that no manifest names: itself, and what is signed of it.
_BESIDE = {MANIFEST_FILE, SIGNATURE_FILE}


def lookup_file(name: str) -> str:
    """File of a bundle that holds the rows of a lookup."""
    return f"lookups/{name}.parquet"


class FileFact(Record):
    """What a file of a bundle must be."""

    sha256: str
    size: int


class BundleManifest(Record):
    """What a bundle is, and what it was made from."""

    format: int = BUNDLE_FORMAT
    model: str
    task: Task
    trainer: str
    as_of: str
    cut_off: datetime
    validation_start: datetime
    holdout_start: datetime
    classes: tuple[Scalar, ...]
    """Label values in the order of the scores; binary: (negative, positive); empty for regression."""
    threshold: float | None
    """Binary: a score from here on means positive; chosen on validation rows."""
    entity: str
    event_time: str
    request: Mapping[str, Column]
    required: tuple[str, ...]
    spec_fingerprint: str
    plan_fingerprint: str
    data_versions: Mapping[str, str]
    """Partition -> content hash of the feature table that was trained on."""
    versions: Mapping[str, str]
    """Library -> version that made the weights."""
    files: Mapping[str, FileFact] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An audited bundle."""

    path: Path
    manifest: BundleManifest
    digest: str
    """SHA-256 of the manifest's bytes, which name every file's digest: it stands for all of the bundle."""

    def read_json(self, name: str) -> Any:
        """A JSON file of the bundle.

        Raises:
            BundleError: the bundle has no such file, or it is not JSON.
        """
        try:
            return json.loads(self.read_bytes(name))
        except (ValueError, RecursionError) as exc:
            raise BundleError(
                f"{name} of bundle {self.digest[:12]} is not JSON: {exc}; train the model again"
            ) from exc

    def read_bytes(self, name: str) -> bytes:
        """The bytes of a file that the manifest names, which are the ones that were audited.

        Raises:
            BundleError: the manifest does not name it, or it was swapped since the audit.
        """
        path, fact = self.file(name), self.manifest.files[name]
        content = read_plain(path, max_bytes=fact.size)
        if hashlib.sha256(content).hexdigest() != fact.sha256:
            raise BundleError(
                f"{name} of bundle {self.digest[:12]} was changed after its audit: it is not used; "
                "train again"
            )
        return content

    def file(self, name: str) -> Path:
        """Path of a file that the manifest names.

        Raises:
            BundleError: the manifest does not name it.
        """
        if name not in self.manifest.files:
            raise BundleError(f"bundle {self.digest[:12]} holds no {name}; train the model again")
        return self.path / name


def seal_bundle(folder: Path, manifest: BundleManifest) -> Bundle:
    """Write the manifest over the files of a folder, last: a folder without one is not a bundle.

    The same files and facts give the same digest: nothing of the time or the place of sealing goes in.

    Raises:
        BundleError: the folder holds a link, or a file of a kind or a form that no bundle holds.
    """
    files = {name: _fact(folder, name) for name in _listed(folder) if name not in _BESIDE}
    sealed = manifest.model_copy(update={"files": files})
    content = json.dumps(sealed.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode()
    aside = folder / f"{MANIFEST_FILE}.tmp"
    aside.write_bytes(content)
    aside.replace(folder / MANIFEST_FILE)
    return open_bundle(folder, expect_digest=hashlib.sha256(content).hexdigest())


def open_bundle(folder: Path, *, expect_digest: str | None = None, verify_key: Path | None = None) -> Bundle:
    """Audit a folder and open it as a bundle.

    Args:
        folder: where the bundle is.
        expect_digest: digest that was approved; anything else is refused before a file of it is used.
        verify_key: file of a public key; what its owner did not sign is refused before a file of it is used.

    Raises:
        SignatureError: a key is given, and the bundle is not signed by it.
        BundleError: no manifest, another format or digest, a missing, foreign, changed or oversized file, a
            link, a name that leads out, or a kind or form of file that no bundle holds.
    """
    try:
        content = read_plain(folder / MANIFEST_FILE, max_bytes=MAX_MANIFEST_BYTES)
    except BundleError as exc:
        raise BundleError(f"{folder.name} is not a bundle: {exc}") from exc
    digest = hashlib.sha256(content).hexdigest()
    if expect_digest is not None and digest != expect_digest:
        raise BundleError(
            f"bundle {digest[:12]} is not {expect_digest[:12]}, which was approved: it was changed; "
            "deploy nothing, train again"
        )
    if verify_key is not None:
        check_signature(digest, read_signature(folder), verify_key)
    manifest = _manifest(content)
    if problem := names_problem(manifest.files.keys()):
        raise BundleError(f"bundle {digest[:12]}: {problem}; train again")
    if sum(fact.size for fact in manifest.files.values()) > MAX_BUNDLE_BYTES:
        raise BundleError(f"bundle {digest[:12]} is larger than {MAX_BUNDLE_BYTES:,} bytes")
    if (found := set(_listed(folder)) - _BESIDE) != set(manifest.files):
        odd = sorted(found ^ set(manifest.files))
        raise BundleError(
            f"bundle {digest[:12]} has missing or foreign files: {', '.join(odd[:5])}; train again"
        )
    for name, fact in manifest.files.items():
        # Size first: a file that grew to terabytes is not read to the end.
        if (folder / name).stat().st_size != fact.size or _fact(folder, name) != fact:
            raise BundleError(
                f"{name} of bundle {digest[:12]} is not what its manifest says: it was changed; train again"
            )
    return Bundle(path=folder, manifest=manifest, digest=digest)


def _manifest(content: bytes) -> BundleManifest:
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise BundleError(f"{MANIFEST_FILE} is empty, too large or not JSON; train the model again") from exc
    found = raw.get("format") if isinstance(raw, dict) else None
    if found != BUNDLE_FORMAT:
        raise BundleError(f"bundle of format {found!r}; this version reads {BUNDLE_FORMAT}: upgrade Flywheel")
    try:
        return BundleManifest.model_validate_json(content)
    except ValidationError as exc:
        first = exc.errors()[0]
        raise BundleError(
            f"{MANIFEST_FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}; train again"
        ) from exc


def _listed(folder: Path) -> list[str]:
    """Relative names of all files below a folder.

    Raises:
        BundleError: a link or a kind of file that no bundle holds.
    """
    names: list[str] = []
    for root, directories, files in os.walk(folder):
        for name in [*directories, *files]:
            path = Path(root, name)
            if path.is_symlink():
                raise BundleError(f"{path.relative_to(folder)} is a link: a bundle holds plain files only")
        for name in files:
            path = Path(root, name)
            known = path.suffix in ENDINGS or path == folder / SIGNATURE_FILE
            if not known or not path.is_file():
                raise BundleError(
                    f"{path.relative_to(folder)}: a bundle holds {', '.join(ENDINGS)} files only"
                )
            names.append(path.relative_to(folder).as_posix())
        if len(names) > MAX_FILES + len(_BESIDE):
            raise BundleError(f"{folder.name} holds more than {MAX_FILES:,} files, which no bundle does")
    return sorted(names)


def _fact(folder: Path, name: str) -> FileFact:
    audited = audit_file(folder / name, name)
    return FileFact(sha256=audited.sha256, size=audited.size)

"""The bundle: a sealed folder that is a model.

What is used after the audit is compared with it again: a file may be swapped in between.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationError

from lifecycle.features.plan import FeaturePlan
from lifecycle.features.position import RandomBounds
from lifecycle.registry.audit import BundleError
from lifecycle.registry.made_from import MadeFrom
from lifecycle.registry.sealed import (
    FileFact,
    audit_files,
    facts_of,
    read_audited,
    read_manifest,
    write_manifest,
)
from lifecycle.registry.signature import SIGNATURE_FILE, check_signature, read_signature
from lifecycle.spec.columns import Column
from lifecycle.spec.kinds import Record, Scalar
from lifecycle.spec.model import Task

BundleFormat = Literal[1, 2]
BUNDLE_FORMAT: BundleFormat = 2
MANIFEST_FILE = "bundle.json"
WEIGHTS_FILE = "model.ubj"
TWIN_FILE = "model.onnx"
"""The same model for single rows; a bundle is whole without it."""
PLAN_FILE, ENCODING_FILE = "plan.json", "encoding.json"
GOLDEN_FILE, TRAINING_FILE = "golden.json", "training.json"
# Files that no manifest names: itself, and what is signed of it.
_BESIDE = frozenset({MANIFEST_FILE, SIGNATURE_FILE})


class BundleManifest(Record):
    """What a bundle is, and what it was made from. Format 1 did not name snapshots and spec."""

    format: BundleFormat = BUNDLE_FORMAT
    model: str
    task: Task
    trainer: str
    predictor: str | None = None
    """What reads the weights; None: the predictor with the trainer's name."""
    as_of: str
    cut_off: datetime
    validation_start: datetime | None
    """None, as `holdout_start`, where the split was random."""
    holdout_start: datetime | None
    random_split: RandomBounds | None = None
    """None: the window was cut by time."""
    classes: tuple[Scalar, ...]
    """Label values in the order of the scores; binary: (negative, positive); empty for regression."""
    label: str | None = None
    """Column that is predicted; None: the bundle is of a time when the manifest did not tell."""
    threshold: float | None
    """Binary: a score from here on means positive; chosen on validation rows."""
    entity: str
    event_time: str | None
    request: Mapping[str, Column]
    required: tuple[str, ...]
    spec_fingerprint: str
    plan_fingerprint: str
    data_versions: Mapping[str, str]
    """Partition -> content hash of the feature table that was trained on."""
    versions: Mapping[str, str]
    """Library -> version that made the weights."""
    made_from: MadeFrom | None = None
    """None in a bundle of format 1."""
    without_twin: str | None = None
    """Why it holds no `model.onnx`; None: it holds one, or is of a time before there were any."""
    files: Mapping[str, FileFact] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An audited bundle."""

    path: Path
    manifest: BundleManifest
    digest: str
    """SHA-256 of the manifest's bytes, which name every file's digest: it stands for all of the bundle."""

    @property
    def plan(self) -> FeaturePlan:
        """The feature plan, read anew each time; raises as `read_json`."""
        return FeaturePlan.from_json(self.read_json(PLAN_FILE))

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
        return read_audited(self.path, name, self.manifest.files, what=f"bundle {self.digest[:12]}")

    def holds(self, name: str) -> bool:
        """Whether the manifest names a file."""
        return name in self.manifest.files

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
    sealed = manifest.model_copy(update={"files": facts_of(folder, _BESIDE)})
    digest = write_manifest(folder, MANIFEST_FILE, sealed)
    return open_bundle(folder, expect_digest=digest)


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
    content, digest = read_manifest(folder, MANIFEST_FILE, what="bundle", expect_digest=expect_digest)
    if verify_key is not None:
        check_signature(digest, read_signature(folder), verify_key)
    manifest = _manifest(content)
    audit_files(folder, _BESIDE, manifest.files, what=f"bundle {digest[:12]}")
    return Bundle(path=folder, manifest=manifest, digest=digest)


def _manifest(content: bytes) -> BundleManifest:
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise BundleError(f"{MANIFEST_FILE} is empty, too large or not JSON; train the model again") from exc
    found = raw.get("format") if isinstance(raw, dict) else None
    if found not in get_args(BundleFormat):
        raise BundleError(
            f"bundle of format {found!r}; this version reads formats up to {BUNDLE_FORMAT}: upgrade Flywheel"
        )
    try:
        return BundleManifest.model_validate_json(content)
    except ValidationError as exc:
        first = exc.errors()[0]
        raise BundleError(
            f"{MANIFEST_FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}; train again"
        ) from exc

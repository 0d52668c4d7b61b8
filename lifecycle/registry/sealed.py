"""A sealed folder: a manifest names every file in it and its digest, and is itself known by its digest.

Nothing in such a folder is executed when it is opened: weights are UBJ, tables are Parquet, the rest is JSON.
A folder is read, then audited, then used; a file that the manifest does not name makes it invalid.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from lifecycle.errors import LifecycleError
from lifecycle.spec.records import Record

MAX_MANIFEST_BYTES = 16_000_000
MAX_BYTES = 20_000_000_000
# Files that may be sealed, by ending: data only, nothing that a loader could be talked into executing.
ENDINGS = (".json", ".ubj", ".parquet")


class BundleError(LifecycleError):
    """A sealed folder that must not be used."""


class FileFact(Record):
    """What a file of a sealed folder must be."""

    sha256: str
    size: int


def facts_of(folder: Path, manifest_file: str) -> dict[str, FileFact]:
    """Name -> facts of every file in a folder but its manifest.

    Raises:
        BundleError: the folder holds a link, or a file of a kind that is never sealed.
    """
    return {name: _fact(folder / name) for name in _listed(folder) if name != manifest_file}


def write_manifest(folder: Path, manifest_file: str, manifest: Record) -> str:
    """Write a manifest, whole or not at all, and give its digest: the same facts have the same one."""
    content = json.dumps(manifest.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode()
    aside = folder / f"{manifest_file}.tmp"
    aside.write_bytes(content)
    aside.replace(folder / manifest_file)
    return hashlib.sha256(content).hexdigest()


def read_manifest(
    folder: Path, manifest_file: str, *, what: str, expect_digest: str | None
) -> tuple[bytes, str]:
    """The bytes of a manifest and their digest.

    Args:
        what: how errors name the folder's kind.
        expect_digest: digest that was approved; anything else is refused before a file is used.

    Raises:
        BundleError: no manifest, or one with another digest.
    """
    path = folder / manifest_file
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_MANIFEST_BYTES else b""
    except OSError as exc:
        raise BundleError(
            f"{folder.name} is not a {what}: {manifest_file} cannot be read ({exc.strerror})"
        ) from exc
    digest = hashlib.sha256(content).hexdigest()
    if expect_digest is not None and digest != expect_digest:
        raise BundleError(
            f"{what} {digest[:12]} is not {expect_digest[:12]}, which was approved: it was changed; "
            "deploy nothing, make it again"
        )
    return content, digest


def audit_files(folder: Path, manifest_file: str, files: Mapping[str, FileFact], *, what: str) -> None:
    """Hold the files of a folder against what its manifest says.

    Raises:
        BundleError: a missing, foreign, changed or oversized file, a link, or a kind of file that is never
            sealed.
    """
    if (found := set(_listed(folder)) - {manifest_file}) != set(files):
        odd = sorted(found ^ set(files))
        raise BundleError(f"{what} has missing or foreign files: {', '.join(odd[:5])}; make it again")
    if sum(fact.size for fact in files.values()) > MAX_BYTES:
        raise BundleError(f"{what} is larger than {MAX_BYTES:,} bytes")
    for name, fact in files.items():
        # Size first: a file that grew to terabytes is not read to the end.
        if (folder / name).stat().st_size != fact.size or _fact(folder / name) != fact:
            raise BundleError(
                f"{name} of {what} is not what its manifest says: it was changed; make it again"
            )


def _listed(folder: Path) -> list[str]:
    """Relative names of all files below a folder.

    Raises:
        BundleError: a link or a kind of file that no bundle holds.
    """
    names = []
    for root, directories, files in os.walk(folder):
        for name in [*directories, *files]:
            path = Path(root, name)
            if path.is_symlink():
                raise BundleError(f"{path.relative_to(folder)} is a link: a bundle holds plain files only")
        for name in files:
            path = Path(root, name)
            if path.suffix not in ENDINGS or not path.is_file():
                raise BundleError(
                    f"{path.relative_to(folder)}: a bundle holds {', '.join(ENDINGS)} files only"
                )
            names.append(path.relative_to(folder).as_posix())
    return sorted(names)


def _fact(path: Path) -> FileFact:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return FileFact(sha256=digest.hexdigest(), size=path.stat().st_size)

"""A sealed folder: a manifest names every file in it and its digest, and is itself known by its digest.

Nothing in such a folder is executed when it is opened: weights are UBJ, safetensors or ONNX, tables are
Parquet, the rest is JSON. A folder is read, then audited, then used; a file that the manifest does not name
makes it invalid.
What a single file must be is in `audit.py`.
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from lifecycle.registry.audit import KINDS, MAX_FILES, BundleError, audit_file, names_problem, read_plain
from lifecycle.spec.kinds import Record

MAX_MANIFEST_BYTES = 16_000_000
MAX_BYTES = 20_000_000_000


class FileFact(Record):
    """What a file of a sealed folder must be."""

    sha256: str
    size: int


def facts_of(folder: Path, beside: Collection[str]) -> dict[str, FileFact]:
    """Name -> facts of every file in a folder.

    Args:
        beside: names that the manifest does not name: its own, and that of a signature.

    Raises:
        BundleError: the folder holds a link, or a file of a kind or a form that is never sealed.
    """
    return {name: _fact(folder, name) for name in _listed(folder, beside) if name not in beside}


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
    try:
        content = read_plain(folder / manifest_file, max_bytes=MAX_MANIFEST_BYTES)
    except BundleError as exc:
        raise BundleError(f"{folder.name} is not a {what}: {exc}") from exc
    digest = hashlib.sha256(content).hexdigest()
    if expect_digest is not None and digest != expect_digest:
        raise BundleError(
            f"{what} {digest[:12]} is not {expect_digest[:12]}, which was approved: it was changed; "
            "deploy nothing, make it again"
        )
    return content, digest


def audit_files(folder: Path, beside: Collection[str], files: Mapping[str, FileFact], *, what: str) -> None:
    """Hold the files of a folder against what its manifest says.

    Raises:
        BundleError: a missing, foreign, changed or oversized file, a link, a name that leads out, or a kind
            or form of file that is never sealed.
    """
    if problem := names_problem(files.keys()):
        raise BundleError(f"{what}: {problem}; make it again")
    if sum(fact.size for fact in files.values()) > MAX_BYTES:
        raise BundleError(f"{what} is larger than {MAX_BYTES:,} bytes")
    if (found := set(_listed(folder, beside)) - set(beside)) != set(files):
        odd = sorted(found ^ set(files))
        raise BundleError(f"{what} has missing or foreign files: {', '.join(odd[:5])}; make it again")
    for name, fact in files.items():
        # Size first: a file that grew to terabytes is not read to the end.
        if (folder / name).stat().st_size != fact.size or _fact(folder, name) != fact:
            raise BundleError(
                f"{name} of {what} is not what its manifest says: it was changed; make it again"
            )


def read_audited(folder: Path, name: str, files: Mapping[str, FileFact], *, what: str) -> bytes:
    """The bytes of a file that a manifest names, which are the ones that were audited.

    Raises:
        BundleError: the manifest does not name it, or it was swapped since the audit.
    """
    if name not in files:
        raise BundleError(f"{what} holds no {name}; make it again")
    content = read_plain(folder / name, max_bytes=files[name].size)
    if hashlib.sha256(content).hexdigest() != files[name].sha256:
        raise BundleError(f"{name} of {what} was changed after its audit: it is not used; make it again")
    return content


def _listed(folder: Path, beside: Collection[str]) -> list[str]:
    """Relative names of all files below a folder.

    Raises:
        BundleError: a link, a kind of file that no bundle holds, or more files than one may hold.
    """
    names: list[str] = []
    for root, directories, files in os.walk(folder):
        for name in [*directories, *files]:
            path = Path(root, name)
            if path.is_symlink():
                raise BundleError(f"{path.relative_to(folder)} is a link: a bundle holds plain files only")
        for name in files:
            path = Path(root, name)
            relative = path.relative_to(folder).as_posix()
            if (path.suffix not in KINDS and relative not in beside) or not path.is_file():
                raise BundleError(f"{relative}: a bundle holds {', '.join(KINDS)} files only")
            names.append(relative)
        if len(names) > MAX_FILES + len(beside):
            raise BundleError(f"{folder.name} holds more than {MAX_FILES:,} files, which no bundle does")
    return sorted(names)


def _fact(folder: Path, name: str) -> FileFact:
    audited = audit_file(folder / name, name)
    return FileFact(sha256=audited.sha256, size=audited.size)

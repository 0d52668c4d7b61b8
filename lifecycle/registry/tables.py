"""Sealed tables: lookups and past rows as they were known at a time, for a model that is served already.

A bundle ships the tables of its own cut-off. What happened since reaches an endpoint in a folder like this,
beside the bundle, and takes the place of the bundle's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from lifecycle.registry.audit import BundleError
from lifecycle.registry.sealed import (
    FileFact,
    audit_files,
    facts_of,
    read_audited,
    read_manifest,
    write_manifest,
)
from lifecycle.spec.kinds import Record

TABLES_FILE = "tables.json"


class TablesManifest(Record):
    """What the tables are."""

    format: Literal[1] = 1
    model: str
    plan_fingerprint: str
    """Of the feature plan that they are for."""
    known_by: datetime
    """What became known later is not in them."""
    files: Mapping[str, FileFact] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTables:
    """Audited tables."""

    path: Path
    manifest: TablesManifest
    digest: str
    """SHA-256 of the manifest's bytes, which name every file's digest."""

    def holds(self, name: str) -> bool:
        """Whether the manifest names a file."""
        return name in self.manifest.files

    def read_bytes(self, name: str) -> bytes:
        """The bytes of a file that the manifest names, which are the ones that were audited.

        Raises:
            BundleError: the manifest does not name it, or it was swapped since the audit.
        """
        return read_audited(
            self.path, name, self.manifest.files, what=f"the set of tables {self.digest[:12]}"
        )


def seal_tables(folder: Path, manifest: TablesManifest) -> SealedTables:
    """Write the manifest over the files of a folder, last.

    Raises:
        BundleError: the folder holds a link, or a file of a kind that is never sealed.
    """
    sealed = manifest.model_copy(update={"files": facts_of(folder, {TABLES_FILE})})
    digest = write_manifest(folder, TABLES_FILE, sealed)
    return open_tables(folder, expect_digest=digest)


def open_tables(folder: Path, *, expect_digest: str | None = None) -> SealedTables:
    """Audit a folder and open it as tables.

    Raises:
        BundleError: no manifest, another format or digest, a missing, foreign, changed or oversized file, a
            link, or a kind or form of file that is never sealed.
    """
    content, digest = read_manifest(folder, TABLES_FILE, what="set of tables", expect_digest=expect_digest)
    try:
        manifest = TablesManifest.model_validate_json(content)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise BundleError(f"{TABLES_FILE}: {where}: {first['msg']}; make the tables again") from exc
    audit_files(folder, {TABLES_FILE}, manifest.files, what=f"the set of tables {digest[:12]}")
    return SealedTables(path=folder, manifest=manifest, digest=digest)

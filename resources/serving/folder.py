"""The folder of one local endpoint: bundles, manifest, process record, log, and the lock over all of them."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lifecycle.endpoint.manifest import EndpointManifest, read_manifest, write_manifest
from lifecycle.errors import LifecycleError
from lifecycle.registry.audit import BundleError
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.signature import VERIFY_KEY, key_file
from lifecycle.registry.tables import open_tables
from resources.serving.base import BundleGone
from resources.serving.wanted import fence_of

LOG_LINES = 15
_TAIL_BYTES = 16_384


class EndpointFolder:
    """Files of the endpoint of one model.

    Args:
        path: the model's folder; it is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest_path = path / "manifest.json"
        self.process_path = path / "process.json"
        self.log_path = path / "endpoint.log"
        self._bundles = path / "bundles"
        self._tables = path / "tables"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who changes this endpoint; the lock ends with its holder, however that ends."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "deploy.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def locked_if_free(self) -> Iterator[bool]:
        """The same where nobody else is; whether it is so."""
        with (self.path / "deploy.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def manifest(self) -> EndpointManifest | None:
        """What the endpoint was last told to serve; None where nothing is, or nothing that can be read."""
        try:
            return read_manifest(self.manifest_path)
        except LifecycleError:
            # A manifest that cannot be read is replaced: there is nothing to go back to.
            return None

    def keep_end(self, fence: int | None, *, obeyed: int = 0) -> None:
        """Keep the number of the decision that ends the endpoint, so that no earlier one brings it back.

        Whoever calls this holds the lock, and ends the endpoint then.

        Args:
            fence: number of the decision; None: it has none.
            obeyed: the highest that was obeyed, as another place than the manifest has it.

        Raises:
            LifecycleError: a later decision was obeyed already.
        """
        before = self.manifest()
        newest = fence_of(self.path.name, fence, max(obeyed, before.fence if before else 0))
        if before is not None and newest > before.fence:
            told = {"fence": newest, "generation": before.generation + 1}
            write_manifest(self.manifest_path, before.model_copy(update=told))

    def adopt(self, source: Path | None, digest: str) -> str:
        """Copy a bundle in, so that it outlives its source; what is already here and whole is kept.

        Args:
            source: None: it must be here.

        Returns:
            Its folder, relative to this one.

        Raises:
            LifecycleError: the bundle is not what its digest says, or is not signed where it must be.
        """
        verify_key = key_file(VERIFY_KEY)
        return self._adopt(
            self._bundles,
            source,
            digest,
            lambda path: open_bundle(path, expect_digest=digest, verify_key=verify_key),
        )

    def adopt_tables(self, source: Path, digest: str) -> str:
        """The same for tables."""
        return self._adopt(self._tables, source, digest, lambda path: open_tables(path, expect_digest=digest))

    def prune(self, *manifests: EndpointManifest | None) -> None:
        """Remove the bundles and tables that none of these manifests names."""
        known = [manifest for manifest in manifests if manifest]
        bundles = {variant.digest for manifest in known for variant in manifest.variants}
        tables = {manifest.tables.digest for manifest in known if manifest.tables}
        _remove(self._bundles, lambda name: name not in bundles)
        _remove(self._tables, lambda name: name not in tables)

    def _adopt(self, home: Path, source: Path | None, digest: str, audit: Callable[[Path], object]) -> str:
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise LifecycleError(
                f"{digest!r} is no digest of a bundle; hand over the one that the registry recorded"
            )
        target = home / digest
        if not _is_whole(target, audit):
            if source is None:
                raise BundleGone(f"{target} is gone or was changed: hand the bundle over again")
            home.mkdir(exist_ok=True)
            _remove(home, lambda name: name.startswith(".") or name == digest)
            # Audited after the copy: what was checked is what is served.
            with tempfile.TemporaryDirectory(prefix=".", dir=home, ignore_cleanup_errors=True) as scratch:
                copy = Path(shutil.copytree(source, Path(scratch) / digest, symlinks=True))
                audit(copy)
                copy.rename(target)
        return str(target.relative_to(self.path))

    def last_log_lines(self) -> str:
        """The end of the endpoint's log, for an error that sends its reader there."""
        try:
            with self.log_path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                lines = file.read().decode(errors="replace").splitlines()[-LOG_LINES:]
        except OSError:
            lines = []
        return "\n".join(f"  {line}" for line in lines) or "  (nothing was logged)"


def endpoint_folder(root: Path, model: str) -> EndpointFolder:
    """The folder of a model's endpoint.

    Raises:
        LifecycleError: the name is none of a model.
    """
    # The name becomes a folder: nothing that could lead out of the root.
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", model):
        raise LifecycleError(f"{model!r} is no name of a model: up to 63 lower-case letters, digits and _")
    return EndpointFolder(root.absolute() / model)


def _remove(home: Path, unwanted: Callable[[str], bool]) -> None:
    for folder in home.iterdir() if home.exists() else ():
        if unwanted(folder.name):
            shutil.rmtree(folder)


def _is_whole(path: Path, audit: Callable[[Path], object]) -> bool:
    try:
        audit(path)
    except BundleError:
        return False
    return True

"""Files beside the tables of a lake in BigQuery: reports and profiles, under a folder of any file system."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lifecycle.errors import LifecycleError
from resources.warehouse.base import TableRef


@dataclass(frozen=True, slots=True)
class Files:
    """Files named after the content of the table that they belong to, below one folder.

    Attributes:
        root: a local folder, or a URL that fsspec knows, such as `gs://bucket/folder`.
    """

    root: str

    def path(self, table: TableRef, name: str) -> str:
        """Where a file lies, or would lie."""
        place = f"{table.model}/{table.stage}/{table.partition}"
        return f"{self.root.rstrip('/')}/{place}/{table.content_hash}.{name}"

    def write(self, table: TableRef, name: str, content: bytes) -> str:
        """Write a file at once and whole; one of that name is replaced.

        Raises:
            LifecycleError: the folder cannot be written.
        """
        return self._placed(table, name, lambda system, inside: system.pipe_file(inside, content))

    def put(self, table: TableRef, name: str, file: Path) -> str:
        """Copy a local file there; see `write`."""
        return self._placed(table, name, lambda system, inside: system.put_file(str(file), inside))

    def exists(self, table: TableRef, name: str) -> bool:
        """Whether there is a file of that name."""
        import fsspec

        system, inside = fsspec.core.url_to_fs(self.path(table, name))
        return bool(system.exists(inside))

    def _placed(self, table: TableRef, name: str, write: Callable[[Any, str], object]) -> str:
        import fsspec

        path = self.path(table, name)
        try:
            system, inside = fsspec.core.url_to_fs(path)
            if "file" not in system.protocol:
                # Object stores show an object when its upload is complete, and never a part of it.
                write(system, inside)
                return path
            system.makedirs(system._parent(inside), exist_ok=True)
            draft = f"{inside}.{uuid.uuid4().hex}"
            write(system, draft)
            system.mv(draft, inside)
        except (OSError, ImportError, ValueError) as exc:
            raise LifecycleError(
                f"{path} cannot be written: {exc}; make room or mend its permissions and run again"
            ) from exc
        return path

    def read(self, table: TableRef, name: str) -> bytes | None:
        """A file's content; None: there is none of that name."""
        import fsspec

        system, inside = fsspec.core.url_to_fs(self.path(table, name))
        try:
            return bytes(system.cat_file(inside))
        except FileNotFoundError:
            return None

"""The folder that runs and containers share: any URL of fsspec, a bucket in life."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lifecycle.errors import LifecycleError

BUCKETS = "/gcs"
"""Where Vertex AI mounts buckets in training containers."""
FILES = "files.json"
"""Beside the files of a folder that was sent as a whole, such as a bundle: their names. Written last."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A folder by its URL.

    A file that is written is whole or is not there: so it is with objects of a bucket, and local files are
    written aside and renamed.
    """

    url: str

    def below(self, *parts: str) -> "Staging":
        """A folder or file below."""
        return Staging("/".join([self.url.rstrip("/"), *parts]))

    @property
    def mounted(self) -> str:
        """The path that training containers see it at.

        >>> Staging("gs://bucket/jobs").mounted, Staging("file:///mnt/nfs/home").mounted
        ('/gcs/bucket/jobs', '/mnt/nfs/home')
        """
        scheme, _, rest = self.url.partition("://")
        return f"{BUCKETS}/{rest}" if scheme == "gs" else rest

    def read(self, name: str) -> bytes | None:
        """Content of a file; None: there is none."""
        files, path = self._opened(name)
        try:
            content: bytes = files.cat_file(path)
        except FileNotFoundError:
            return None
        except Exception as exc:
            raise self._away("read", name, exc) from exc
        return content

    def write(self, name: str, content: bytes) -> None:
        """Put a file in the place of the one that is there."""
        files, path = self._opened(name)
        try:
            if self._is_local:
                _write_aside(Path(path), content)
            else:
                files.pipe_file(path, content)
        except Exception as exc:
            raise self._away("write", name, exc) from exc

    def upload(self, source: Path, name: str) -> None:
        """Copy a local file there."""
        files, path = self._opened(name)
        try:
            if self._is_local:
                _write_aside(Path(path), source.read_bytes())
            else:
                files.put_file(str(source), path)
        except Exception as exc:
            raise self._away("write", name, exc) from exc

    def download(self, name: str, target: Path) -> None:
        """Copy a file here; it is there whole, or not at all."""
        files, path = self._opened(name)
        aside = target.with_name(f".{target.name}.part")
        try:
            files.get_file(path, str(aside))
            aside.replace(target)
        except Exception as exc:
            raise self._away("read", name, exc) from exc

    def has(self, name: str, size: int) -> bool:
        """Whether a file of a size is there."""
        files, path = self._opened(name)
        files.invalidate_cache()
        try:
            return bool(files.info(path)["size"] == size)
        except FileNotFoundError:
            return False
        except Exception as exc:
            raise self._away("read", name, exc) from exc

    def age(self, name: str, size: int) -> timedelta | None:
        """For how long a file of a size has lain there, which buckets delete by; None: there is none."""
        if not self.has(name, size):
            return None
        files, path = self._opened(name)
        # Who changes an object's metadata makes it no younger.
        written = files.created if self.url.startswith("gs://") else files.modified
        try:
            since: datetime = written(path)
        except FileNotFoundError:
            return None
        except Exception as exc:
            raise self._away("read", name, exc) from exc
        return datetime.now(UTC) - since

    def names(self) -> Sequence[str]:
        """Names of the files right below, in order; empty where there is no such folder."""
        files, path = self._opened("")
        files.invalidate_cache()
        try:
            found = files.ls(path.rstrip("/"), detail=True)
        except FileNotFoundError:
            return []
        except Exception as exc:
            raise self._away("list", "", exc) from exc
        return sorted(
            name
            for one in found
            if one["type"] == "file" and not (name := one["name"].rsplit("/", 1)[-1]).startswith(".")
        )

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""
        files, path = self._opened(name)
        try:
            files.rm_file(path)
        except FileNotFoundError:
            return
        except Exception as exc:
            raise self._away("remove", name, exc) from exc

    def send_folder(self, source: Path) -> None:
        """Bring a local folder there, once: its name is the digest of its content."""
        if self.read(FILES) is not None:
            return
        names = sorted(file.relative_to(source).as_posix() for file in source.rglob("*") if file.is_file())
        for name in names:
            self.upload(source / name, name)
        self.write(FILES, json.dumps(names).encode())

    def bring_folder(self, target: Path) -> None:
        """Bring what `send_folder` sent here, whole or not at all; nothing of it is believed yet.

        Raises:
            LifecycleError: it is not there, or a name leads out of it.
        """
        content = self.read(FILES)
        if content is None:
            raise LifecycleError(f"{self.url} is not there: deploy the model again")
        aside = target.with_name(f".{target.name}")
        shutil.rmtree(aside, ignore_errors=True)
        for file in json.loads(content):
            if not is_inside(file):
                raise LifecycleError(f"{self.url}/{FILES} names {file!r}, which leads out of it")
            (aside / file).parent.mkdir(parents=True, exist_ok=True)
            self.download(file, aside / file)
        aside.rename(target)

    @property
    def _is_local(self) -> bool:
        return self.url.startswith("file://")

    def _opened(self, name: str) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        files, path = url_to_fs(f"{self.url.rstrip('/')}/{name}" if name else self.url)
        return files, path

    def _away(self, what: str, name: str, exc: Exception) -> LifecycleError:
        # Every file system of fsspec has errors of its own, and their base is Exception.
        return LifecycleError(
            f"cannot {what} {self.url}/{name}: {type(exc).__name__}: {exc}; look at `staging` in the "
            "settings and at the rights of the run's service account"
        )


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def is_inside(name: str) -> bool:
    """Whether a name stays in its folder.

    >>> is_inside("bundles/a1"), is_inside("../a1"), is_inside("/etc")
    (True, False, False)
    """
    return bool(name) and not name.startswith("/") and ".." not in Path(name).parts and "\\" not in name


def _write_aside(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)

"""A file in the staging folder that two writers may meet at: replaced only where it is as it was read."""

import fcntl
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError


class ChangedError(LifecycleError):
    """Somebody else wrote the file since it was read; it stays as it is now."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it was read."""

    content: bytes | None
    """None: there was none."""
    version: str
    """Generation of the object in a bucket, `0` of none; of a local file the digest of its content."""


def read_versioned(folder: Staging, name: str) -> Read:
    """A file and its version.

    Raises:
        LifecycleError: the folder does not answer.
    """
    if not folder.url.startswith("gs://"):
        content = folder.read(name)
        return Read(content, _digest(content))
    from google.api_core.exceptions import NotFound

    blob, failed = _blob(folder, name)
    try:
        found: bytes = blob.download_as_bytes()
    except NotFound:
        return Read(None, "0")
    except failed as exc:
        raise _away(folder, name, "read", exc) from exc
    return Read(found, str(blob.generation))


def write_over(folder: Staging, name: str, content: bytes, read: Read) -> None:
    """Put a file in the place of the one that was read, or of none where there was none.

    Raises:
        ChangedError: another one is there by now.
        LifecycleError: the folder does not answer.
    """
    if not folder.url.startswith("gs://"):
        _write_local(folder, name, content, read)
        return
    from google.api_core.exceptions import PreconditionFailed

    blob, failed = _blob(folder, name)
    try:
        blob.upload_from_string(content, "application/json", if_generation_match=int(read.version))
    except PreconditionFailed as exc:
        # Or by a try of ours whose answer was lost: what counts is what is there.
        if read_versioned(folder, name).content != content:
            raise _changed(folder, name) from exc
    except failed as exc:
        raise _away(folder, name, "write", exc) from exc


def _blob(folder: Staging, name: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """The object of a file, and what its calls may fail with."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import storage
    from requests.exceptions import RequestException

    bucket, _, path = f"{folder.url.removeprefix('gs://')}/{name}".partition("/")
    failed = (GoogleAPIError, GoogleAuthError, RequestException)
    try:
        # Objects are known by their bucket: without a project nobody has to find one out.
        return storage.Client(project=None).bucket(bucket).blob(path), failed
    except failed as exc:
        raise _away(folder, name, "reach", exc) from exc


def _write_local(folder: Staging, name: str, content: bytes, read: Read) -> None:
    place = Path(folder.url.removeprefix("file://"))
    place.mkdir(parents=True, exist_ok=True)
    with (place / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _digest(folder.read(name)) != read.version:
            raise _changed(folder, name)
        folder.write(name, content)


def _digest(content: bytes | None) -> str:
    return "0" if content is None else hashlib.sha256(content).hexdigest()


def _changed(folder: Staging, name: str) -> ChangedError:
    return ChangedError(
        f"{folder.url}/{name} was changed by somebody else just now: nothing of this change holds; try again"
    )


def _away(folder: Staging, name: str, what: str, exc: Exception) -> LifecycleError:
    return LifecycleError(
        f"cannot {what} {folder.url}/{name}: {type(exc).__name__}: {exc}; look at `staging` in the settings "
        "and at the rights of the run's service account"
    )

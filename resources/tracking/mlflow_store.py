"""The door to an MLflow store: quiet, answered in bounded time, and with errors that say what to do."""

import os
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from mlflow import MlflowClient

REACH_S = 5
# MLflow reads these when it is imported or at each request. What the user set already stays as it is.
_ENVIRONMENT: Mapping[str, str] = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # Else a uv.lock that happens to lie in the working directory becomes the requirements of every model.
    "MLFLOW_UV_AUTO_DETECT": "false",
    # Else a server that went away in the middle of a call is asked again for four minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "GIT_PYTHON_REFRESH": "quiet",
}


@contextmanager
def open_store(uri: str, *, lock_wait_s: float) -> Iterator["MlflowClient"]:
    """A client of the store at `uri`, for one call of the port; MLflow's global URI is neither used nor set.

    Args:
        uri: `sqlite:///file` or `http(s)://host`.
        lock_wait_s: longest wait for another process to let go of a SQLite file.

    Raises:
        LifecycleError: the URI is of another kind or holds a password; the store is locked, damaged or does
            not answer; or whatever MLflow raised inside the block.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    database = sqlite_file(uri)
    if database is not None:
        _await_lock(database, lock_wait_s)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        if database is None:
            _reach(uri)
        with warnings.catch_warnings():
            # MLflow 3.17 maps one relation with a loader that SQLAlchemy 2.1 deprecates.
            warnings.filterwarnings("ignore", message="The ``noload`` loader", category=DeprecationWarning)
            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        yield client
    except MlflowException as exc:
        if database is not None and exc.error_code == "TEMPORARILY_UNAVAILABLE":
            raise _locked(database) from exc
        raise LifecycleError(f"MLflow at {uri}: {_short(exc)}") from exc
    except OSError as exc:
        raise LifecycleError(f"files of MLflow at {uri} cannot be read or written: {_short(exc)}") from exc


@contextmanager
def tolerated(error_code: str) -> Iterator[None]:
    """Let one error of MLflow pass, by its code: what was to be done is done already."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as exc:
        if exc.error_code != error_code:
            raise


def insist(step: Callable[[], None]) -> None:
    """Do a repeatable step, again where another process outran it.

    MLflow looks whether a row is there and then adds it, with nothing that holds others off in between. Who
    comes second, as parallel trainings on the same tables do, gets BAD_REQUEST; asked again, it finds it.
    """
    from mlflow.exceptions import MlflowException

    for _ in range(2):
        try:
            return step()
        except MlflowException as exc:
            if exc.error_code != "BAD_REQUEST":
                raise
    return step()


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite URI; None for an HTTP server.

    Raises:
        LifecycleError: any other URI, or one that holds a user or a password.

    >>> sqlite_file("sqlite:///flywheel/mlflow.db"), sqlite_file("http://mlflow:5000")
    (PosixPath('flywheel/mlflow.db'), None)
    """
    parts = urlsplit(uri)
    if parts.scheme == "sqlite" and uri.startswith("sqlite:///") and parts.path.strip("/"):
        return Path(uri.removeprefix("sqlite:///"))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        # The URI itself is not shown: that of a database server carries its password.
        raise LifecycleError(
            f"tracking_uri of kind {parts.scheme or 'none'!r}: use sqlite:///<file> or http(s)://<host> "
            "(put an `mlflow server` in front of any other database)"
        )
    if parts.username or parts.password:
        raise LifecycleError(
            f"tracking_uri for {parts.hostname} holds a user or a password, which every config page shows: "
            "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead"
        )
    return None


def _await_lock(database: Path, wait_s: float) -> None:
    """Wait until a SQLite file can be written.

    MLflow itself waits 20 s a statement and tries ten times over when it opens the file, then shows a stack
    trace: so the lock is tried for here, first.
    """
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database, timeout=wait_s, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as exc:
        if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise _locked(database) from exc
        raise LifecycleError(
            f"MLflow database {database} cannot be used ({exc}): check its permissions and the room on its "
            "disk, or put back a copy of it"
        ) from exc


def _locked(database: Path) -> LifecycleError:
    return LifecycleError(
        f"MLflow database {database} is locked by another process: end that process "
        f"(`fuser {database}` names it) or wait for it, then run again; nothing is lost"
    )


def _reach(uri: str) -> None:
    """Ask a server for a sign of life, once: a request of MLflow waits 120 s for a host that is silent."""
    from mlflow.exceptions import MlflowException
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    try:
        http_request(get_default_host_creds(uri), "/health", "GET", timeout=REACH_S, max_retries=0)  # type: ignore[no-untyped-call]  # MLflow's helpers carry no types
    except MlflowException as exc:
        raise LifecycleError(
            f"MLflow server at {uri} does not answer: check that it runs and that this machine may reach it, "
            "then run again"
        ) from exc


def _short(exc: Exception) -> str:
    text = str(exc)
    return text if len(text) <= 500 else f"{text[:500]}..."

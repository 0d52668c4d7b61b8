"""How the processes of one fit of trees find each other and talk: xgboost's own collective.

The first one runs the tracker, where all of them meet. They know of it as they know of everything else: by
`MASTER_ADDR` and `MASTER_PORT`, or by the folder that the launcher of one machine names.
"""

import itertools
import json
import os
import socket
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lifecycle.errors import LifecycleError
from lifecycle.training.ranks import RENDEZVOUS, LostRankError, Ranks

PATIENCE_S = 600
"""A process that is not heard of for so long is gone, and the fit fails."""
_RETRIES = 24
"""Of a connection to the tracker, with pauses that grow by two seconds: some ten minutes together."""
_POLL_S = 0.1
_meetings = itertools.count()
"""Fits of this process so far. All ranks make the same ones, so that they agree on where each one meets."""


@contextmanager
def joined(ranks: Ranks) -> Iterator[None]:
    """Inside, xgboost works with all ranks; alone, this does nothing.

    Raises:
        LostRankError: a rank did not come, or is gone. This process must then end without ado (`os._exit`):
            what is left of the group would wait for the lost one.
    """
    if ranks.size == 1:
        yield
        return
    from xgboost.collective import CommunicatorContext
    from xgboost.core import XGBoostError

    try:
        tracker, told = _met(ranks, next(_meetings))
        group = CommunicatorContext(
            dmlc_communicator="rabit",
            # Ranks are given by the order of these as text.
            dmlc_task_id=f"{ranks.rank:05d}",
            dmlc_retry=_RETRIES,
            dmlc_timeout=PATIENCE_S,
            **told,
        )
        with warnings.catch_warnings():
            # It warns of each try, while pods start in their own time.
            warnings.simplefilter("ignore", UserWarning)
            group.__enter__()
        yield
        # Not where it failed: to take leave of a rank that is gone takes as long as patience lasts.
        group.__exit__(None, None, None)
        if tracker is not None:
            tracker.wait_for(PATIENCE_S)
    except XGBoostError as exc:
        # What is wrong with the settings was seen before they met.
        raise LostRankError(
            f"another process of the training is gone: {reason_of(exc)}; run it again"
        ) from exc


def reason_of(exc: Exception) -> str:
    """What xgboost says, without where in its source it says so.

    >>> reason_of(ValueError("/src/result.cc:83: [a.cc:3]:\\n\\n- [a.cc:1]: Ring failed\\nStack trace:"))
    'Ring failed'
    """
    lines = str(exc).partition("Stack trace")[0].strip().splitlines()
    told = [line.partition("]: ")[2] for line in lines if line.startswith("- [")]
    return "; ".join(told)[:300] or next(iter(lines), type(exc).__name__)


def _met(ranks: Ranks, meeting: int) -> tuple[Any, Mapping[str, str | int]]:
    """The tracker, where it is this process's to run, and how it is found."""
    if (told := os.environ.get(RENDEZVOUS)) is not None:
        return _by_folder(ranks, Path(urlsplit(told).path).with_name(f"tracker-{meeting}.json"))
    try:
        host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    except (KeyError, ValueError) as exc:
        raise LifecycleError(
            f"{ranks.size} processes fit these trees, and MASTER_ADDR and MASTER_PORT do not tell where they "
            "meet: start them by `python -m lifecycle.training.launch`, or set both"
        ) from exc
    address = _address(host)
    # A port of its own for each fit: the last one's may not be free yet.
    tracker = _tracker(ranks.size, address, port + meeting) if ranks.first else None
    return tracker, {"dmlc_tracker_uri": address, "dmlc_tracker_port": port + meeting}


def _by_folder(ranks: Ranks, file: Path) -> tuple[Any, Mapping[str, str | int]]:
    """On one machine: the first rank takes any free port, and leaves word of it."""
    if ranks.first:
        tracker = _tracker(ranks.size, "127.0.0.1", 0)
        aside = file.with_suffix(".tmp")
        aside.write_text(json.dumps(tracker.worker_args()))
        aside.replace(file)
    else:
        tracker = None
        deadline = time.monotonic() + PATIENCE_S
        while not file.exists():
            if time.monotonic() > deadline:
                raise LostRankError("the first process of the training did not come; run it again")
            time.sleep(_POLL_S)
    told: Mapping[str, str | int] = json.loads(file.read_text())
    return tracker, told


def _tracker(size: int, host: str, port: int) -> Any:
    from xgboost.tracker import RabitTracker

    tracker = RabitTracker(n_workers=size, host_ip=host, port=port, sortby="task", timeout=PATIENCE_S)
    tracker.start()
    return tracker


def _address(host: str) -> str:
    """The address of a host name, which a cluster may know of only a little later."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.gethostbyname(host)
        except OSError as exc:
            if time.monotonic() > deadline:
                raise LostRankError(
                    f"nobody knows the first process of the training, {host}: {exc}; run it again"
                ) from exc
            time.sleep(_POLL_S)

"""What time it is for a model: the machine's time, or the time of a replay that a file tells.

A replay sends last year's requests today. Every process of it (endpoint, sensors, command line) then has to
live in last year: requests are logged, labels become known and stages last by this clock. Waiting, time-outs
and latencies are real whatever it says.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from lifecycle.errors import LifecycleError

CLOCK = "FLYWHEEL_CLOCK"
"""Names a file that holds the time, in ISO 8601 with an offset; not set: the machine's time."""


def now() -> datetime:
    """The time, in UTC.

    Raises:
        LifecycleError: the file that is to tell it does not.
    """
    path = os.environ.get(CLOCK)
    return datetime.now(UTC) if path is None else _read(Path(path))


def now_us() -> int:
    """The time in whole microseconds since 1970 UTC.

    Raises:
        LifecycleError: as `now`.
    """
    # Not by way of `now`: the endpoint asks with each request.
    if CLOCK not in os.environ:
        return time.time_ns() // 1_000
    return round(now().timestamp() * 1_000_000)


def set_clock(path: Path, at: datetime) -> None:
    """Make it another time for everybody who reads a file; a reader sees the old one or the new one.

    Raises:
        LifecycleError: the time has no zone.
    """
    if at.tzinfo is None:
        raise LifecycleError(f"the time {at.isoformat()} has no time zone: give it in UTC")
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(at.astimezone(UTC).isoformat() + "\n", encoding="utf-8")
    aside.replace(path)


def _read(path: Path) -> datetime:
    try:
        told = datetime.fromisoformat(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as exc:
        raise LifecycleError(
            f"{CLOCK} names {path}, which tells no time ({exc}): write one such as "
            "2013-07-01T00:00:00+00:00, or unset the variable"
        ) from exc
    if told.tzinfo is None:
        raise LifecycleError(f"{CLOCK} names {path}, whose time {told.isoformat()} has no offset: add +00:00")
    return told.astimezone(UTC)

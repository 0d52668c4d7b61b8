"""How much memory a query may hold before it spills to disk, where nobody says."""

import os
from collections.abc import Iterable
from pathlib import Path

SHARE = 0.4
"""Of the machine's memory. DuckDB's own default of four fifths leaves no room for the process around it, a
training beside it and whatever else a laptop runs."""
# Files that hold the limit of a container, of control groups 2 and 1.
_CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def default_memory_limit() -> str:
    """The limit on this machine, or in this container, as DuckDB reads it."""
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return memory_limit(machine_bytes, map(_text, _CONTAINER_LIMITS))


def memory_limit(machine_bytes: int, container_limits: Iterable[str]) -> str:
    """A share of what there is.

    Args:
        machine_bytes: memory of the machine.
        container_limits: what control groups say: bytes, or text that is no number where they set no limit.

    >>> memory_limit(16 * 2**30, ["max"]), memory_limit(16 * 2**30, ["1073741824"])
    ('6553MiB', '409MiB')
    """
    limits = [int(text) for text in container_limits if text.strip().isdecimal()]
    return f"{int(SHARE * min([machine_bytes, *limits])) // 2**20}MiB"


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""

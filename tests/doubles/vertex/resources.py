"""What is kept of one kind: created, read, listed; and read-backs that lag, as in life."""

import copy
import itertools
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.doubles.vertex.errors import RpcError

_LABEL = re.compile(r'labels\.([a-z0-9_-]+)="?([^" ]*)"?')
_NAMED = re.compile(r'display_name="([^"]*)"')
NUMBERS = itertools.count(1001)


def now() -> datetime:
    return datetime.now(UTC)


class Kept:
    """Resources of a kind by name.

    Args:
        what: their kind, for messages.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self.lock = threading.RLock()
        self.lag_s = 0.0
        """How long readers see a change late."""
        self._known: dict[str, list[tuple[float, Any]]] = {}

    def put(self, resource: Any) -> Any:
        """Keep a resource as it is now."""
        with self.lock:
            versions = self._known.setdefault(resource.name, [])
            versions.append((time.monotonic(), copy.deepcopy(resource)))
            del versions[:-20]
            return resource

    def newest(self, name: str) -> Any:
        """A resource as writers see it."""
        with self.lock:
            if name not in self._known:
                raise RpcError("NOT_FOUND", f"The {self.what} {name} is not found.")
            return copy.deepcopy(self._known[name][-1][1])

    def change(self, name: str, by: Callable[[Any], None]) -> Any:
        """Change a resource."""
        with self.lock:
            resource = self.newest(name)
            by(resource)
            return self.put(resource)

    def read(self, name: str) -> Any:
        """A resource as readers see it."""
        with self.lock:
            seen = self._seen(name)
        if seen is None:
            raise RpcError("NOT_FOUND", f"The {self.what} {name} is not found.")
        return seen

    def select(self, wanted: str) -> list[Any]:
        """Resources that fit a filter of labels and display names."""
        labels, names = dict(_LABEL.findall(wanted)), _NAMED.findall(wanted)
        with self.lock:
            seen = [one for name in self._known if (one := self._seen(name)) is not None]
        named = [one for one in seen if not names or one.display_name in names]
        return [one for one in named if _fits(dict(one.labels), labels)]

    def all(self) -> list[Any]:
        """All of them, as writers see them."""
        with self.lock:
            return [self.newest(name) for name in self._known]

    def remove(self, name: str) -> None:
        """Remove a resource."""
        with self.lock:
            self.newest(name)
            del self._known[name]

    def _seen(self, name: str) -> Any:
        at = time.monotonic() - self.lag_s
        seen = [one for when, one in self._known.get(name, []) if when <= at]
        return copy.deepcopy(seen[-1]) if seen else None


def _fits(found: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(found.get(key) == value for key, value in wanted.items())

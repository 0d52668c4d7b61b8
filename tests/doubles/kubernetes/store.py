"""Objects of the API server, their versions, and those who watch them."""

import copy
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from tests.doubles.kubernetes.errors import ApiError, not_found
from tests.doubles.kubernetes.selectors import field_match, label_match

Object = dict[str, Any]
Change = Literal["ADDED", "MODIFIED", "DELETED"]
KEPT_CHANGES = 5000
"""A watch that asks for older changes is told that they are gone."""


@dataclass(frozen=True, slots=True)
class Key:
    """Where an object is: the plural of its kind, its namespace (empty: none) and its name."""

    plural: str
    namespace: str
    name: str


def timestamp() -> str:
    """The time as the API writes it, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """Every read gives a copy, every write a new resource version; waiting ones are woken by each."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.version = 0
        self._objects: dict[Key, Object] = {}
        self._changes: deque[tuple[int, Change, Key, Object]] = deque(maxlen=KEPT_CHANGES)

    def create(self, key: Key, obj: Object) -> Object:
        with self.changed:
            if key in self._objects:
                raise ApiError(409, "AlreadyExists", f'{key.plural} "{key.name}" already exists')
            new = copy.deepcopy(obj)
            meta = new.setdefault("metadata", {})
            meta |= {
                "name": key.name,
                "uid": str(uuid.uuid4()),
                "creationTimestamp": timestamp(),
                "generation": 1,
            }
            if key.namespace:
                meta["namespace"] = key.namespace
            self._objects[key] = new
            return self._told("ADDED", key)

    def get(self, key: Key) -> Object:
        with self.changed:
            if key not in self._objects:
                raise not_found(key.plural, key.name)
            return copy.deepcopy(self._objects[key])

    def find(self, key: Key) -> Object | None:
        """The object, or None where there is none."""
        with self.changed:
            return copy.deepcopy(self._objects.get(key))

    def update(self, key: Key, change: Callable[[Object], object]) -> Object:
        """Change an object in place; a change that changes nothing is none."""
        with self.changed:
            if key not in self._objects:
                raise not_found(key.plural, key.name)
            before = copy.deepcopy(self._objects[key])
            change(self._objects[key])
            return self._told("MODIFIED", key) if self._objects[key] != before else before

    def delete(self, key: Key) -> Object:
        with self.changed:
            self.get(key)
            gone = self._told("DELETED", key)
            del self._objects[key]
            return gone

    def select(self, plural: str, namespace: str = "", *, labels: str = "", fields: str = "") -> list[Object]:
        """Objects of a kind in the order of their creation; no namespace: of all."""
        with self.changed:
            return [
                copy.deepcopy(obj)
                for key, obj in self._objects.items()
                if key.plural == plural
                and namespace in ("", key.namespace)
                and label_match(labels, obj["metadata"].get("labels") or {})
                and field_match(fields, obj)
            ]

    def owned(self, plural: str, owner: Object) -> list[Object]:
        """Objects that name another one as their controller."""
        uid = owner["metadata"]["uid"]
        return [
            obj
            for obj in self.select(plural, owner["metadata"]["namespace"])
            if any(ref["uid"] == uid for ref in obj["metadata"].get("ownerReferences", []))
        ]

    def wait_past(self, version: int, *, timeout_s: float) -> int:
        """Wait until something has changed after a version, or for so long; the newest version."""
        with self.changed:
            self.changed.wait_for(lambda: self.version > version, timeout=timeout_s)
            return self.version

    def since(self, version: int) -> list[tuple[int, Change, Key, Object]]:
        """Changes after a version.

        Raises:
            ApiError: 410, some of them are no longer known.
        """
        with self.changed:
            if self._changes and len(self._changes) == KEPT_CHANGES and self._changes[0][0] > version + 1:
                raise ApiError(410, "Expired", f"too old resource version: {version}")
            return [change for change in self._changes if change[0] > version]

    def _told(self, change: Change, key: Key) -> Object:
        self.version += 1
        obj = self._objects[key]
        obj["metadata"]["resourceVersion"] = str(self.version)
        self._changes.append((self.version, change, key, copy.deepcopy(obj)))
        self.changed.notify_all()
        return copy.deepcopy(obj)

"""What somebody reads of registered bundles again and again, kept in the memory of a process."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Generic, TypeVar

from assets.endpoint import audited_bundle
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle
from lifecycle.rollout.observations import Version
from resources.tracking.base import Tracking

T = TypeVar("T")


class BundleReader(Generic[T]):
    """Something of each bundle by its digest, which is that of its bytes: what is kept is never stale.

    What was not asked for the longest is let go.

    Args:
        read: makes it of a bundle, whose folder is gone afterwards.
        most: how many are kept.
    """

    def __init__(self, read: Callable[[Bundle], T], *, most: int) -> None:
        self._read, self._most = read, most
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def of(self, tracking: Tracking, model: str, version: Version) -> T:
        """That of a version. The registry is asked once.

        Raises:
            LifecycleError: the registry cannot be read, or has another bundle under this version by now.
        """
        with self._lock:
            if version.digest in self._kept:
                self._kept.move_to_end(version.digest)
                return self._kept[version.digest]
        # Outside the lock: a slow registry must not hold up those who ask for what is here.
        made = self._fetched(tracking, model, version)
        with self._lock:
            self._kept[version.digest] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def _fetched(self, tracking: Tracking, model: str, version: Version) -> T:
        found = tracking.version(model, version.version)
        if found.bundle_digest != version.digest:
            raise LifecycleError(f"version {version.version} of {model} is another bundle by now")
        with TemporaryDirectory() as folder:
            fetched = tracking.fetch_bundle(model, version.version, Path(folder))
            return self._read(audited_bundle(found, fetched))

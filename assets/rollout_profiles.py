"""What the features looked like where versions learned, as rollouts ask for it at each look."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from assets.endpoint import audited_bundle
from lifecycle.errors import LifecycleError
from lifecycle.rollout.observations import Version
from resources.tracking.base import Tracking

PROFILE_FILE = "profile.json"
MOST = 64


class Profiles:
    """Profiles by the digest of their bundle, which is that of their bytes: one that is kept is never stale.

    The ones that were not asked for the longest are let go.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self._lock = Lock()

    def of(self, tracking: Tracking, model: str, version: Version) -> Mapping[str, Any]:
        """The profile of a version. The registry is asked once.

        Raises:
            LifecycleError: the registry cannot be read, or has another bundle under this version by now.
        """
        with self._lock:
            if version.digest in self._kept:
                self._kept.move_to_end(version.digest)
                return self._kept[version.digest]
        # Outside the lock: a slow registry must not hold up those whose profile is here.
        profile = _fetched(tracking, model, version)
        with self._lock:
            self._kept[version.digest] = profile
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return profile


def _fetched(tracking: Tracking, model: str, version: Version) -> Mapping[str, Any]:
    found = tracking.version(model, version.version)
    if found.bundle_digest != version.digest:
        raise LifecycleError(f"version {version.version} of {model} is another bundle by now")
    with TemporaryDirectory() as folder:
        bundle = audited_bundle(found, tracking.fetch_bundle(model, version.version, Path(folder)))
        profile: Mapping[str, Any] = bundle.read_json(PROFILE_FILE)
        return profile

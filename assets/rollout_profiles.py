"""What the features looked like where versions learned, as rollouts ask for it at each look."""

from collections.abc import Mapping
from typing import Any

from assets.bundle_reader import BundleReader
from lifecycle.registry.bundle import Bundle

PROFILE_FILE = "profile.json"
MOST = 64


class Profiles(BundleReader[Mapping[str, Any]]):
    """Profiles of bundles."""

    def __init__(self, most: int = MOST) -> None:
        super().__init__(_profile, most=most)


def _profile(bundle: Bundle) -> Mapping[str, Any]:
    found: Mapping[str, Any] = bundle.read_json(PROFILE_FILE)
    return found

"""Two bundles side by side: where they differ, and by how much their scores do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.registry.bundle import GOLDEN_FILE, Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleComparison:
    """What is not the same in a second bundle."""

    recorded: str
    """Digest of the first."""
    again: str
    """Digest of the second."""
    files: tuple[str, ...]
    """Files with other bytes, or that only one of them holds."""
    facts: tuple[str, ...]
    """Fields of the manifest, beyond its files, with another value."""
    golden: float | None
    """Largest difference of a golden score; None where the golden rows are not the same requests."""

    @property
    def same(self) -> bool:
        """Whether the second is the first, byte for byte."""
        return self.recorded == self.again


def compare_bundles(recorded: Bundle, again: Bundle) -> BundleComparison:
    """Compare two audited bundles of one model."""
    files, others = recorded.manifest.files, again.manifest.files
    was, now = (bundle.manifest.model_dump(mode="json", exclude={"files"}) for bundle in (recorded, again))
    return BundleComparison(
        recorded=recorded.digest,
        again=again.digest,
        files=tuple(name for name in sorted({*files, *others}) if files.get(name) != others.get(name)),
        facts=tuple(name for name in was if was[name] != now[name]),
        golden=golden_difference(recorded.read_json(GOLDEN_FILE), again.read_json(GOLDEN_FILE)),
    )


def golden_difference(recorded: list[Mapping[str, Any]], again: list[Mapping[str, Any]]) -> float | None:
    """Largest difference of a score over golden rows; None unless both hold the same requests in one order.

    >>> row = {"request": {"x": 1}, "scores": [0.25]}
    >>> golden_difference([row], [{**row, "scores": [0.75]}])
    0.5
    >>> golden_difference([row], [{**row, "request": {"x": 2}}]) is None
    True
    """
    if [row["request"] for row in recorded] != [row["request"] for row in again]:
        return None
    pairs = [
        (was, now)
        for one, other in zip(recorded, again, strict=True)
        for was, now in zip(one["scores"], other["scores"], strict=False)
    ]
    return max((abs(was - now) for was, now in pairs), default=0.0)

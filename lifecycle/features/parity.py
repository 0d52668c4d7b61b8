"""Whether the online path gives the features that the offline path gave: one comparison for all who ask."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lifecycle.features.closures import Slots
from lifecycle.features.expression import Value
from lifecycle.features.plan import FeaturePlan

FEATURE_TOLERANCE = 1e-9
MAX_SAMPLES = 5

Features = Mapping[str, Value]


class Computes(Protocol):
    """The online path."""

    def compute(self, request: Slots) -> Mapping[str, Value]:
        """Features of one request whose values are in the form of the online path."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One feature of one row that the two paths do not agree on."""

    row: int
    online: Value
    offline: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityResult:
    """Rows whose features were compared."""

    rows: int
    differing: Mapping[str, int]
    """Feature -> rows in which it differs; features that never differ are left out."""
    samples: Mapping[str, tuple[Difference, ...]]
    """Of each differing feature, the first few rows."""
    largest: float
    """Largest absolute difference of two numbers; infinite where one path has a value and one has none."""

    @property
    def ok(self) -> bool:
        """Whether rows were compared, and no feature differs."""
        return self.rows > 0 and not self.differing


def same(online: Value, offline: Value) -> bool:
    """Whether two values of a feature are equal: exactly, or within 1e-9 (relative beyond one) for floats.

    >>> same(1, 1.0), same(0.1 + 0.2, 0.3), same(None, 0.0), same("a", "b")
    (True, True, False, False)
    """
    if isinstance(online, float) or isinstance(offline, float):
        if not isinstance(online, int | float) or not isinstance(offline, int | float):
            return False
        return math.isclose(online, offline, rel_tol=FEATURE_TOLERANCE, abs_tol=FEATURE_TOLERANCE)
    return online == offline and (online is None) == (offline is None)


def parity(
    plan: FeaturePlan, online: Computes, requests: Sequence[Slots], features: Sequence[Features]
) -> ParityResult:
    """Compute the features of requests online, and compare them with those of the feature table.

    Args:
        plan: which features.
        online: the online path, over the tables that these requests need.
        requests: rows whose values are in the form of the online path, with their event time.
        features: the feature table's values of the same rows, in their order.
    """
    return compare(plan, map(online.compute, requests), features)


def compare(plan: FeaturePlan, online: Iterable[Features], offline: Sequence[Features]) -> ParityResult:
    """Compare features that were computed online with those of the feature table, row by row.

    Raises:
        ValueError: there are more rows of one than of the other.
    """
    counts: dict[str, int] = {}
    samples: dict[str, tuple[Difference, ...]] = {}
    largest = 0.0
    names = [feature.name for feature in plan.features]
    for number, (computed, kept) in enumerate(zip(online, offline, strict=True)):
        for name in names:
            ours, theirs = computed[name], kept[name]
            largest = max(largest, _distance(ours, theirs))
            if same(ours, theirs):
                continue
            counts[name] = counts.get(name, 0) + 1
            if len(shown := samples.get(name, ())) < MAX_SAMPLES:
                samples[name] = (*shown, Difference(row=number, online=ours, offline=theirs))
    return ParityResult(rows=len(offline), differing=counts, samples=samples, largest=largest)


def _distance(online: Value, offline: Value) -> float:
    if isinstance(online, int | float) and isinstance(offline, int | float):
        return float(abs(online - offline))
    return 0.0 if (online is None and offline is None) or online == offline else math.inf

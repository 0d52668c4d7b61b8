"""What is kept of an arm: sums over its entity keys, from which every look is made without a row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from lifecycle.errors import LifecycleError


class SumsError(LifecycleError):
    """These sums say nothing about the metric: no verdict follows from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSums:
    """Sums over the keys of one arm. A key gives one pair: `y` of the metric, `x` of what it is counted per.

    The metric is `sum(y) / sum(x)`. A mean per request has `x`: requests of the key. A mean per key has
    `x` = 1. The key, not the request, is the unit: requests of one key are alike, and are assigned together.

    Sums of different keys add up. A key that comes back in a later window is not a new one: see `updated`.

    Attributes:
        n: keys.
        yy: sum of squares of y, likewise xx; xy: sum of products.
    """

    n: int
    y: float
    x: float
    yy: float
    xx: float
    xy: float

    def __add__(self, other: "ArmSums") -> "ArmSums":
        """The sums of both sets of keys, which must share no key."""
        return ArmSums(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def updated(self, *, before: "ArmSums", after: "ArmSums") -> "ArmSums":
        """The sums once some keys have new rows.

        Args:
            before: sums of just these keys as they are in `self`; new keys are not in it.
            after: sums of just these keys as they are now, over all their rows.

        >>> old = sums_of_keys([1, 4], [1, 1])
        >>> new = old.updated(before=sums_of_keys([4], [1]), after=sums_of_keys([9], [2]))
        >>> new == sums_of_keys([1, 9], [1, 2])
        True
        """
        less = ArmSums(**{f.name: -getattr(before, f.name) for f in fields(before)})
        return self + less + after

    @property
    def mean(self) -> float:
        """The metric: `sum(y) / sum(x)`."""
        return self.y / self.x

    @property
    def variance(self) -> float:
        """Variance of the metric times keys: that of one key's share in it, by the delta method.

        For `x` = 1 it is the sample variance (n - 1). For keys of many requests it is the cluster-robust one.

        Source: Deng, Knoblich and Lu (2018), Applying the delta method in metric analytics.
        """
        r, n = self.mean, self.n
        residuals = self.yy - 2 * r * self.xy + r * r * self.xx
        return max(residuals, 0.0) / (n - 1) / (self.x / n) ** 2


NO_KEYS = ArmSums(n=0, y=0.0, x=0.0, yy=0.0, xx=0.0, xy=0.0)
"""Sums of nothing: where adding up begins."""


def sums_of_keys(y: ArrayLike, x: ArrayLike | None = None) -> ArmSums:
    """Sums of keys' values.

    Args:
        y: one value a key, shape (n_keys,).
        x: what it is counted per, same shape; None: each key counts once.
    """
    ys = np.asarray(y, dtype=float)
    xs = np.ones_like(ys) if x is None else np.asarray(x, dtype=float)
    # Sums beyond a float become infinite, and `problem_of` tells of them.
    with np.errstate(over="ignore", invalid="ignore"):
        return ArmSums(
            n=len(ys),
            y=float(ys.sum()),
            x=float(xs.sum()),
            yy=float(ys @ ys),
            xx=float(xs @ xs),
            xy=float(xs @ ys),
        )


def sums_of_rows(keys: Sequence[str], values: ArrayLike) -> ArmSums:
    """Sums of a mean per request: rows of the same key are put together first.

    >>> sums_of_rows(["a", "a", "b"], [1, 0, 1]) == sums_of_keys([1, 1], [2, 1])
    True
    """
    _, group = np.unique(np.asarray(keys, dtype=str), return_inverse=True)
    y = np.bincount(group, weights=np.asarray(values, dtype=float))
    return sums_of_keys(y, np.bincount(group))


def problem_of(arm: ArmSums, *, share: bool = False) -> str | None:
    """What makes sums impossible; None: nothing does. Few keys, or none, are no problem.

    Args:
        share: each request is good or bad, so the metric must lie in 0..1.

    >>> problem_of(ArmSums(n=3, y=float("nan"), x=3, yy=1, xx=3, xy=1))
    'y is nan, not a finite number'
    """
    for field in fields(arm):
        value = getattr(arm, field.name)
        if not math.isfinite(value):
            return f"{field.name} is {value}, not a finite number"
    for name in ("n", "x", "yy", "xx"):
        if getattr(arm, name) < 0:
            return f"{name} is {getattr(arm, name)}, below zero"
    if arm.n == 0 and any(getattr(arm, field.name) for field in fields(arm)):
        return "sums without keys"
    if arm.n > 0 and arm.x == 0:
        return "keys without requests: there is nothing to count per"
    # Cauchy and Schwarz: no keys have such sums. A part in a billion is rounding.
    slack = 1 + 1e-9
    if arm.y**2 > arm.n * arm.yy * slack or arm.xy**2 > arm.xx * arm.yy * slack:
        return "sum and sum of squares contradict each other"
    if share and not 0 <= arm.y <= arm.x:
        return f"a share of {arm.y:g} in {arm.x:g}, outside 0 to 1"
    return None

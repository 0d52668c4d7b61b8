"""Many tests at once: q-values that control the share of false ones among the discoveries."""

from collections.abc import Sequence

import numpy as np


def benjamini_yekutieli(p_values: Sequence[float]) -> tuple[float, ...]:
    """The q-value of each test: reporting those with q <= r keeps the expected share of false ones at r.

    It holds whatever the tests have to do with each other. Benjamini and Hochberg's needs positive
    dependence; slices overlap, and each is tested against its own rest, so that two disjoint ones push each
    other's differences apart. The price is a factor of 1 + 1/2 + ... + 1/n: 2.9 for ten tests.

    Source: Benjamini and Yekutieli (2001), theorem 1.3.

    >>> [round(q, 4) for q in benjamini_yekutieli([0.01, 0.04, 0.5])]
    [0.055, 0.11, 0.9167]
    """
    n = len(p_values)
    if not n:
        return ()
    order = np.argsort(p_values, kind="stable")
    harmonic = float(np.sum(1 / np.arange(1, n + 1)))
    scaled = np.asarray(p_values, dtype=np.float64)[order] * n * harmonic / np.arange(1, n + 1)
    # A q-value is never above that of a test with a larger p-value.
    stepped = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    q = np.empty(n)
    q[order] = stepped
    return tuple(float(value) for value in q)

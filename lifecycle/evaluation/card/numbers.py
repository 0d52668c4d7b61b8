"""Numbers of a card as people read them."""

import math

from lifecycle.evaluation.gates.verdict import Side


def number(value: float | None) -> str:
    """Four significant digits, whole numbers in full; `unknown` is never a number.

    >>> number(0.123456), number(12345), number(None), number(1234.5), number(0.00001234)
    ('0.1235', '12,345', 'unknown', '1,234', '0.00001')
    """
    if value is None or not math.isfinite(value):
        return "unknown"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.5f}"  # small effects stand below each other; an exponent is no reading matter
    return f"{value:.4g}"


def span(low: float | None, high: float | None) -> str:
    """An interval that no line break tears apart; `none` where there is none.

    >>> span(0.61234, 0.75), span(None, None)
    ('0.6123\xa0to\xa00.75', 'none')
    """
    return "none" if low is None or high is None else f"{number(low)}\u00a0to\u00a0{number(high)}"


def share(value: float | None) -> str:
    """A share in percent.

    >>> share(0.98765), share(None)
    ('98.8%', 'unknown')
    """
    return "unknown" if value is None else f"{value:.1%}"


def limit(side: Side, value: float | None) -> str:
    """A gate's limit that no line break tears apart.

    >>> limit("max", 0.5)
    'at\xa0most\xa00.5'
    """
    if value is None:
        return "none"
    return f"at\u00a0{'least' if side == 'min' else 'most'}\u00a0{number(value)}"

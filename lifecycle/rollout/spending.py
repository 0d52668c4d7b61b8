"""How the declared error rate is shared out between all the chances to be wrong."""

RESERVED = 0.25
"""Share of alpha for windows that nobody planned: those that begin anew after a fault or an edit by hand."""


def alpha_of_window(alpha: float, *, planned: int, window: int) -> float:
    """Error rate of one check in one window, so that all windows of a rollout together keep to `alpha`.

    A window is a stretch of time with the same weights. Within it looks are free (the intervals are always
    valid); each further window is another chance to be wrong. Planned ones share evenly. After them the
    r-th gets `1 / (r (r + 1))` of the reserve, which adds up to all of it however many there are.

    Args:
        alpha: of one check over the whole rollout.
        planned: windows that the plan foresees, at least 1.
        window: number of the window, from 1.

    >>> [round(alpha_of_window(0.04, planned=3, window=n), 5) for n in (1, 3, 4, 5)]
    [0.01, 0.01, 0.005, 0.00167]
    """
    if window <= planned:
        return alpha * (1 - RESERVED) / planned
    extra = window - planned
    return alpha * RESERVED / (extra * (extra + 1))

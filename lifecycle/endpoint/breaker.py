"""The circuit breaker of one variant: after failures in a row it is left alone for a while."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breaker:
    """State of a breaker."""

    failures: int = 0
    """In a row, by now."""
    open_until_s: float | None = None
    """Until then no request is admitted, by the clock of whoever asks; None: all are."""


def after_failure(breaker: Breaker, *, now_s: float, limit: int, pause_s: float) -> Breaker:
    """The breaker once a request failed: open from the `limit`-th failure in a row on."""
    failures = breaker.failures + 1
    return Breaker(failures, now_s + pause_s if failures >= limit else None)


def admit(breaker: Breaker, *, now_s: float, pause_s: float) -> tuple[bool, Breaker]:
    """Whether a request may try the variant, and the breaker from then on.

    After the pause one request is let through, and the next one a pause later, until one succeeds: a
    variant that is still broken gets one request a pause, not a burst.
    """
    if breaker.open_until_s is None:
        return True, breaker
    if now_s < breaker.open_until_s:
        return False, breaker
    return True, Breaker(breaker.failures, now_s + pause_s)

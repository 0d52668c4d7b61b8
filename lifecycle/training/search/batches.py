"""Which trials run together, and how much time the ones that are done took."""

from collections.abc import Mapping, Sequence

from lifecycle.training.search.records import TrialResult


def next_batch(done: Mapping[int, TrialResult], *, trials: int, parallel: int) -> Sequence[int]:
    """Numbers of the trials to run next, together; empty when all are done.

    A batch is always the same numbers, so that it does not matter where an earlier search was stopped: its
    trials know those of the batches before it and no others.

    >>> next_batch({}, trials=5, parallel=2)
    [0, 1]
    >>> next_batch({0: ..., 1: ..., 3: ...}, trials=5, parallel=2)
    [2]
    """
    for start in range(0, trials, parallel):
        missing = [number for number in range(start, min(start + parallel, trials)) if number not in done]
        if missing:
            return missing
    return []


def seconds_spent(done: Mapping[int, TrialResult], *, parallel: int) -> float:
    """Time of searching so far, whatever was between: a batch takes as long as its slowest trial."""
    slowest: dict[int, float] = {}
    for number, trial in done.items():
        batch = number // parallel
        slowest[batch] = max(slowest.get(batch, 0.0), trial.seconds)
    return sum(slowest.values())

"""Which trial of a search is the best one."""

from collections.abc import Sequence

from lifecycle.errors import LifecycleError
from lifecycle.training.search.records import Direction, TrialResult


def best_trial(trials: Sequence[TrialResult], direction: Direction) -> TrialResult:
    """The complete trial with the best value; of equals the one that was chosen first.

    A pruned trial is never the best, whatever its last value: it was judged at another round than the others.

    Raises:
        LifecycleError: no trial is complete; with the reason of the first that failed.
    """
    best = leader(trials, direction)
    if best is None:
        failed = next((trial for trial in trials if trial.state == "failed"), None)
        why = f"; trial {failed.number}, {_told(failed)}: {failed.reason}" if failed else ""
        raise LifecycleError(
            f"none of the {len(trials)} trials of the search came to its end{why}: change training.search"
        )
    return best


def leader(trials: Sequence[TrialResult], direction: Direction) -> TrialResult | None:
    """The best trial so far; None: none is complete yet."""
    sign = 1 if direction == "minimize" else -1
    losses = [
        (sign * trial.value, trial.number, trial)
        for trial in trials
        if trial.state == "complete" and trial.value is not None
    ]
    return min(losses, key=lambda entry: entry[:2])[2] if losses else None


def _told(trial: TrialResult) -> str:
    return ", ".join(f"{name} {value}" for name, value in trial.parameters.items())

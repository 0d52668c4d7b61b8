"""A search from its first trial to its best one: trials in batches, each kept as soon as it is done."""

import math
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Scalar
from lifecycle.training.job import TrainingJob
from lifecycle.training.search.attempt import Attempt
from lifecycle.training.search.batches import next_batch, seconds_spent
from lifecycle.training.search.best import best_trial, leader
from lifecycle.training.search.metrics import SEARCH_METRICS
from lifecycle.training.search.records import SearchJob, SearchResult, TrialResult, TrialState
from lifecycle.training.search.study import Journal, ask, report_every, result_of, search_result
from lifecycle.training.trainer import Progress

if TYPE_CHECKING:
    import optuna

_SHOWN = 300
"""Most characters of the reason of a failure."""


def search_parameters(
    job: TrainingJob, search: SearchJob, attempt: Attempt, *, journal: Path, progress: Progress
) -> SearchResult:
    """Try sets of parameters until all trials are done, or the time is over.

    Args:
        job: whose rounds and task they are tried with.
        search: what is asked for.
        attempt: fits one set and scores it on the validation rows; it never sees the holdout.
        journal: file of the study; trials that it holds are not run again.
        progress: told of each trial.

    Raises:
        LifecycleError: no trial came to its end, or the journal is none.
    """
    direction = SEARCH_METRICS[job.task][search.metric]
    kept = Journal(journal, search, direction)
    done = {number: result_of(trial) for number, trial in kept.finished().items() if number < search.trials}
    if done:
        progress(f"search: {len(done)} of {search.trials} trials were done by an earlier run")
    while batch := next_batch(done, trials=search.trials, parallel=search.parallel):
        if (
            search.time_limit_s is not None
            and seconds_spent(done, parallel=search.parallel) > search.time_limit_s
        ):
            progress(f"search: its time is over after {len(done)} of {search.trials} trials")
            break
        start = batch[0] - batch[0] % search.parallel
        before = [trial for number, trial in kept.finished().items() if number < start]
        with ThreadPoolExecutor(max_workers=search.parallel) as threads:
            running = [
                threads.submit(
                    _try,
                    number,
                    ask(search, direction, before, number, rounds=job.rounds),
                    attempt,
                    job.rounds,
                )
                for number in batch
            ]
            for ended in as_completed(running):
                trial, result = ended.result()
                kept.add(trial, result)
                done[result.number] = result
                progress(_line(result, search, done=len(done), best=leader(list(done.values()), direction)))
    finished = [trial for number, trial in kept.finished().items() if number < search.trials]
    results = [result_of(trial) for trial in finished]
    try:
        best = best_trial(results, direction)
    except LifecycleError:
        # What let all of them fail may lie outside of the search and be gone the next time.
        journal.unlink()
        raise
    return search_result(search, direction, best, results, finished)


@dataclass(slots=True)
class _Watched:
    """A trial in the eyes of its pruner."""

    trial: "optuna.Trial"
    every: int
    curve: list[tuple[int, float]] = field(default_factory=list)
    pruned: bool = False

    def __call__(self, rounds: int, value: float) -> bool:
        if not math.isfinite(value):
            raise LifecycleError(f"the score is {value} after {rounds} rounds")
        if rounds % self.every:
            return False
        self.curve.append((rounds, value))
        self.trial.report(value, step=rounds)
        self.pruned = self.trial.should_prune()
        return self.pruned


def _try(
    number: int, trial: "optuna.Trial", attempt: Attempt, rounds: int
) -> tuple["optuna.trial.FrozenTrial", TrialResult]:
    """Fit and score one trial; whatever it fails of is its own failure, not that of the search."""
    started, watched = time.monotonic(), _Watched(trial, report_every(rounds))
    state: TrialState = "failed"
    value, best_round, reason = None, None, ""
    try:
        attempted = attempt(trial.params, watch=watched)
    except (
        Exception
    ) as exc:  # a trainer may be anybody's: what it raises at some parameters is not ours to name
        reason = _reason(exc)
    else:
        if watched.pruned:
            state, value = "pruned", watched.curve[-1][1]
        elif math.isfinite(attempted.value):
            state, value, best_round = "complete", attempted.value, attempted.best_round
        else:
            reason = f"the score is {attempted.value}"
    frozen = trial.study.get_trials(deepcopy=True)[trial.number]
    result = TrialResult(
        number=number,
        state=state,
        parameters=trial.params,
        value=value,
        best_round=best_round,
        curve=tuple(watched.curve),
        seconds=round(time.monotonic() - started, 3),
        reason=reason,
    )
    return frozen, result


def _reason(exc: Exception) -> str:
    """The first line of what an exception says; libraries put traces of their own behind it."""
    told = next(iter(str(exc).strip().splitlines()), "")
    named = told if isinstance(exc, LifecycleError) else f"{type(exc).__name__}: {told}"
    return named[:_SHOWN]


def _line(trial: TrialResult, search: SearchJob, *, done: int, best: TrialResult | None) -> str:
    """A line for the log: what came of a trial, and where the search stands."""
    parameters = ", ".join(f"{name} {_short(value)}" for name, value in trial.parameters.items())
    came = trial.reason if trial.value is None else f"{search.metric} {trial.value:.5f}"
    led = "" if best is None else f"; best is trial {best.number} with {best.value:.5f}"
    return f"{done} of {search.trials}: trial {trial.number} {trial.state}, {came} ({parameters}){led}"


def _short(value: Scalar) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

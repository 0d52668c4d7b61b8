"""Optuna as a search uses it: parameters are chosen by a pure function, and a journal keeps what is done.

Optuna's samplers and pruners have a state that dies with the process. Here it is made anew for each trial,
from the seed, the trial's number and the trials of the batches before it. So a search that was stopped goes
on as if it had not been, and trials that run at the same time cannot disturb each other.

Only finished trials are in the journal: one that was killed leaves no trace, and is run again.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.errors import LifecycleError
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.search import SearchRange
from lifecycle.training.search.records import Direction, SearchJob, SearchResult, TrialResult, TrialState

if TYPE_CHECKING:
    import optuna

PRUNING_BEGINS = 5
"""Complete trials before the median prunes any."""
POINTS = 100
"""Most points of a trial's curve, which are also the moments at which it may be pruned."""
_LOCK_S = 5
"""A lock of a killed process is broken after this long; it is held for a single write."""
_NUMBER, _SECONDS, _BEST, _REASON = "number", "seconds", "best_round", "reason"


def report_every(rounds: int) -> int:
    """Rounds between two looks at a trial.

    >>> report_every(600), report_every(50)
    (6, 1)
    """
    return max(1, -(-rounds // POINTS))


def ask(
    search: SearchJob,
    direction: Direction,
    finished: Sequence["optuna.trial.FrozenTrial"],
    number: int,
    *,
    rounds: int,
) -> "optuna.Trial":
    """The trial of a number, with its parameters, in a study of its own in memory.

    Args:
        search: space, sampler, pruning and seed.
        direction: of the metric.
        finished: the trials of all batches before this one, in the order of their numbers.
        number: of the trial. Those between are asked for, too: it must differ from trials that run beside it.
        rounds: most rounds of a trial.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=search.study, direction=direction, pruner=_pruner(search, rounds=rounds)
    )
    study.add_trials(finished)
    space = {name: _distribution(values) for name, values in search.space.items()}
    for beside in range(len(finished), number + 1):
        study.sampler = _sampler(search, beside)
        trial = study.ask(space)
    return trial


class Journal:
    """The finished trials of a study, in a file of Optuna's own (JSON lines): its dashboard shows it."""

    def __init__(self, path: Path, search: SearchJob, direction: Direction) -> None:
        """Open the journal, or begin it.

        Raises:
            LifecycleError: the file is there and is no journal.
        """
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_half_a_line(path)
        lock = JournalFileSymlinkLock(str(path), grace_period=_LOCK_S)
        try:
            storage = JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
            self._study = optuna.create_study(
                storage=storage, study_name=search.study, direction=direction, load_if_exists=True
            )
        except (ValueError, KeyError) as exc:
            raise LifecycleError(
                f"{path} is no journal of a search ({exc}): delete it, and run again"
            ) from exc

    def finished(self) -> Mapping[int, "optuna.trial.FrozenTrial"]:
        """Number -> trial. Of two with one number, as two processes may leave them, the first."""
        found: dict[int, optuna.trial.FrozenTrial] = {}
        for trial in self._study.get_trials(deepcopy=False):
            found.setdefault(int(trial.user_attrs[_NUMBER]), trial)
        return dict(sorted(found.items()))

    def add(self, trial: "optuna.trial.FrozenTrial", result: TrialResult) -> None:
        """Keep a trial that is done."""
        # Hyperband keeps there how far a trial came.
        self._study.add_trial(_frozen(result, trial.params, trial.distributions, trial.system_attrs))


def frozen_trial(result: TrialResult, space: Mapping[str, SearchRange]) -> "optuna.trial.FrozenTrial":
    """A trial that somebody else led, as Optuna knows trials."""
    distributions = {name: _distribution(values) for name, values in space.items()}
    return _frozen(result, dict(result.parameters), distributions, {})


def _frozen(
    result: TrialResult,
    parameters: dict[str, Any],
    distributions: "dict[str, optuna.distributions.BaseDistribution]",
    system: dict[str, Any],
) -> "optuna.trial.FrozenTrial":
    import optuna

    states = {
        "complete": optuna.trial.TrialState.COMPLETE,
        "pruned": optuna.trial.TrialState.PRUNED,
        "failed": optuna.trial.TrialState.FAIL,
    }
    facts = {
        _NUMBER: result.number,
        _SECONDS: result.seconds,
        _BEST: result.best_round,
        _REASON: result.reason,
    }
    return optuna.trial.create_trial(
        state=states[result.state],
        value=result.value,
        params=parameters,
        distributions=distributions,
        user_attrs=facts,
        system_attrs=system,
        intermediate_values=dict(result.curve),
    )


def result_of(trial: "optuna.trial.FrozenTrial") -> TrialResult:
    """A trial of the journal."""
    states: Mapping[str, TrialState] = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    facts = trial.user_attrs
    return TrialResult(
        number=facts[_NUMBER],
        state=states[trial.state.name],
        parameters=trial.params,
        value=trial.value,
        best_round=facts[_BEST],
        curve=tuple(sorted(trial.intermediate_values.items())),
        seconds=facts[_SECONDS],
        reason=facts[_REASON],
    )


def search_result(
    search: SearchJob,
    direction: Direction,
    best: TrialResult,
    trials: Sequence[TrialResult],
    finished: Sequence["optuna.trial.FrozenTrial"],
) -> SearchResult:
    """What came of a search, whoever led it.

    Args:
        finished: its trials as Optuna sees them; what failed may be left out.
    """
    return SearchResult(
        metric=search.metric,
        direction=direction,
        sampler=search.sampler,
        pruning=search.pruning,
        seed=search.seed,
        best=best.number,
        parameters=best.parameters,
        trials=tuple(trials),
        importance=importance(finished, direction, search.space),
        study=search.study,
    )


def importance(
    finished: Sequence["optuna.trial.FrozenTrial"], direction: Direction, space: Mapping[str, SearchRange]
) -> Mapping[str, float]:
    """Parameter -> share in what makes a trial one of the best, by PED-ANOVA (Watanabe et al. 2023).

    Empty below ten complete trials, where it would be chance.
    """
    import optuna

    complete = [trial for trial in finished if trial.state == optuna.trial.TrialState.COMPLETE]
    if len(complete) < 10 or len({trial.value for trial in complete}) < 2:
        return {}
    if len(space) == 1:
        return dict.fromkeys(space, 1.0)
    study = optuna.create_study(direction=direction)
    study.add_trials(complete)
    # The usual fANOVA needs scikit-learn, which no training image ships.
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    found = optuna.importance.get_param_importances(study, evaluator=evaluator, params=list(space))
    return {name: float(found[name]) for name in space}


def _sampler(search: SearchJob, number: int) -> "optuna.samplers.BaseSampler":
    import optuna

    seed = int(fingerprint(search.seed, number), 16) % 2**32
    if search.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    # Trials that run beside this one count as bad ones: else all of a batch would try the same place.
    return optuna.samplers.TPESampler(seed=seed, constant_liar=True)


def _pruner(search: SearchJob, *, rounds: int) -> "optuna.pruners.BasePruner":
    import optuna

    if search.pruning == "median":
        # A small learning rate starts behind and ends ahead: no trial is judged by its first rounds.
        return optuna.pruners.MedianPruner(n_startup_trials=PRUNING_BEGINS, n_warmup_steps=rounds // 5)
    if search.pruning == "hyperband":
        shortest = max(report_every(rounds), rounds // 27)
        return optuna.pruners.HyperbandPruner(min_resource=shortest, max_resource=rounds, reduction_factor=3)
    return optuna.pruners.NopPruner()


def _distribution(values: SearchRange) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if values.int is not None:
        lowest, highest = values.int
        return IntDistribution(lowest, highest, log=values.log, step=values.step or 1)
    if values.float is not None:
        low, high = values.float
        return FloatDistribution(low, high, log=values.log)
    return CategoricalDistribution(values.choice or ())


def _drop_half_a_line(path: Path) -> None:
    """Cut off what a full disk left of a write: Optuna would write on behind it, and read it never again."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)

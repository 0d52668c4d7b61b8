"""What `model` shows and records of the search that chose its parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from assets.metadata import Metadata, markdown_table, picture
from lifecycle.evaluation.search_pictures import parameter_importance_png, search_history_png
from lifecycle.training.job import TrainingResult
from lifecycle.training.search.records import SearchResult
from resources.tracking.base import TrialFact

SEARCH_TAG = "flywheel.search"
_SHOWN = 10


def trial_facts(result: TrainingResult) -> Sequence[TrialFact]:
    """The trials of a training's search for the tracker; empty without one."""
    if result.search is None:
        return ()
    return tuple(
        TrialFact(
            number=trial.number,
            state=trial.state,
            parameters={name: str(value) for name, value in trial.parameters.items()},
            metric=result.search.metric,
            value=trial.value,
            best_round=trial.best_round,
            curve=trial.curve,
            seconds=trial.seconds,
            reason=trial.reason,
        )
        for trial in result.search.trials
    )


def search_tags(result: TrainingResult) -> Mapping[str, str]:
    """The search as a fact of the version's making; empty without one."""
    return {} if result.search is None else {SEARCH_TAG: _told(result.search)}


def search_metadata(training: Mapping[str, Any]) -> Metadata:
    """What the UI shows of a search: trials by state, the best ones, and how it went on.

    Args:
        training: facts of the training as a bundle holds them; without a search nothing is shown.
    """
    if (raw := training.get("search")) is None:
        return {}
    search = SearchResult.model_validate(raw, strict=False)
    shown: dict[str, dg.MetadataValue] = {
        "search": dg.MetadataValue.text(_told(search)),
        "search_parameters": markdown_table(
            ["parameter", "best", "importance"],
            [(name, _short(value), _importance(search, name)) for name, value in search.parameters.items()],
        ),
        "search_best_trials": _best_trials(search),
        "search_history": picture(search_history_png(search), "value of each trial, best so far"),
    }
    if search.importance:
        shown["search_importance"] = picture(parameter_importance_png(search), "importance of parameters")
    return shown


def _told(search: SearchResult) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in search.counts.items() if count)
    best = next(trial for trial in search.trials if trial.number == search.best)
    return (
        f"{len(search.trials)} trials ({counts}); best is trial {search.best}, "
        f"{search.metric} {best.value:.5f}; "
        f"sampler {search.sampler}, pruning {search.pruning}, seed {search.seed}"
    )


def _best_trials(search: SearchResult) -> dg.MarkdownMetadataValue:
    sign = 1 if search.direction == "minimize" else -1
    ranked = sorted(
        (sign * trial.value, trial.number, trial)
        for trial in search.trials
        if trial.state == "complete" and trial.value is not None
    )
    rows = [
        (trial.number, f"{trial.value:.5f}", trial.best_round, *map(_short, trial.parameters.values()))
        for _, _, trial in ranked[:_SHOWN]
    ]
    return markdown_table(["trial", search.metric, "best round", *search.parameters], rows)


def _importance(search: SearchResult, name: str) -> str:
    return f"{search.importance[name]:.0%}" if search.importance else "too few trials to tell"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

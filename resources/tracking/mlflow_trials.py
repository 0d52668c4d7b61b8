"""The trials of a search in MLflow: a run each, below the run of the version that they led to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from resources.tracking.base import TrialFact

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

TRIAL, STATE, METRIC, REASON = (
    "flywheel.trial",
    "flywheel.trial_state",
    "flywheel.trial_metric",
    "flywheel.trial_reason",
)
_PARENT = "mlflow.parentRunId"
_STATUS: Mapping[Literal["complete", "pruned", "failed"], str] = {
    "complete": "FINISHED",
    "pruned": "KILLED",
    "failed": "FAILED",
}
_BEST_ROUND, _SECONDS, _BY_ROUND = "best_round", "seconds", "_by_round"


def log_trials(client: "MlflowClient", parent: "Run", trials: Sequence[TrialFact]) -> None:
    """Log each trial as a run of its own: three requests each, one of them for all that is in it.

    A call that was killed is completed by the next one: what is there is found by its number. A run is ended
    last, so that one which has ended is whole.
    """
    if not trials:
        return
    begun = {run.data.tags[TRIAL]: run for run in _runs_below(client, parent)}
    for trial in trials:
        run = begun.get(str(trial.number)) or _begin(client, parent, trial)
        if run.info.status == "RUNNING":
            _log(client, run, trial)


def logged_trials(client: "MlflowClient", parent: str) -> Sequence[TrialFact]:
    """The trials below a run, by number."""
    # Two calls at once may both have begun a run of one number: they hold the same.
    runs = {run.data.tags[TRIAL]: run for run in _runs_below(client, client.get_run(parent))}
    return sorted((_read(client, run) for run in runs.values()), key=lambda trial: trial.number)


def _begin(client: "MlflowClient", parent: "Run", trial: TrialFact) -> "Run":
    return client.create_run(
        parent.info.experiment_id,
        start_time=parent.info.start_time,
        tags={
            _PARENT: parent.info.run_id,
            TRIAL: str(trial.number),
            STATE: trial.state,
            METRIC: trial.metric,
            REASON: trial.reason,
        },
        run_name=f"trial {trial.number}",
    )


def _log(client: "MlflowClient", run: "Run", trial: TrialFact) -> None:
    from mlflow.entities import Metric, Param

    # All at the run's start: MLflow drops a point that it has already, time and all.
    run_id, at = run.info.run_id, run.info.start_time
    values = {trial.metric: trial.value, _BEST_ROUND: trial.best_round, _SECONDS: trial.seconds}
    points = [(name, 0, float(value)) for name, value in values.items() if value is not None]
    points += [(f"{trial.metric}{_BY_ROUND}", round_, value) for round_, value in trial.curve]
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, at, step) for name, step, value in points],
        params=[Param(name, value) for name, value in trial.parameters.items()],
    )
    client.set_terminated(run_id, _STATUS[trial.state], end_time=at + round(trial.seconds * 1000))


def _read(client: "MlflowClient", run: "Run") -> TrialFact:
    tags, metrics = run.data.tags, run.data.metrics
    metric = tags[METRIC]
    curve = client.get_metric_history(run.info.run_id, f"{metric}{_BY_ROUND}")
    best_round = metrics.get(_BEST_ROUND)
    state = next(known for known in _STATUS if known == tags[STATE])
    return TrialFact(
        number=int(tags[TRIAL]),
        state=state,
        parameters=dict(run.data.params),
        metric=metric,
        value=metrics.get(metric),
        best_round=None if best_round is None else int(best_round),
        curve=sorted((point.step, point.value) for point in curve),
        seconds=metrics[_SECONDS],
        reason=tags.get(REASON, ""),
    )


def _runs_below(client: "MlflowClient", parent: "Run") -> Iterator["Run"]:
    """Trials of a run, whatever their state."""
    where, token = f"tags.`{_PARENT}` = '{parent.info.run_id}'", None
    while True:
        page = client.search_runs([parent.info.experiment_id], where, page_token=token)
        yield from (run for run in page if TRIAL in run.data.tags)
        token = page.token
        if not token:
            return

"""One MLflow run for each Dagster run, by dagster-mlflow: the parent of the trainings in that Dagster run."""

import os
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import dagster as dg

_ONE_AT_A_TIME = threading.Lock()
_GLOBAL_NAMES = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID")


def dagster_parent(context: dg.InitResourceContext, *, uri: str, experiment: str) -> str | None:
    """ID of the MLflow run that stands for the Dagster run at hand, found or created; None outside of one.

    The run ends FINISHED at once: it only groups. Whether a training worked is the state of its own run.

    Args:
        context: of the resource that asks.
        uri: tracking store.
        experiment: one that exists, else dagster-mlflow creates it with its artifacts in the working folder.
    """
    if context.run is None:
        return None
    # dagster-mlflow works through MLflow's global state. The active run is kept by thread, so a thread of its
    # own keeps it from taking over a run that the user has open, and from leaving one behind.
    with _ONE_AT_A_TIME, _globals_kept(), ThreadPoolExecutor(max_workers=1) as own_thread:
        return own_thread.submit(_find_or_create, context, uri, experiment).result()


def _find_or_create(context: dg.InitResourceContext, uri: str, experiment: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        # dagster-mlflow 0.29 reads the run by the names that Dagster 1.13 deprecates.
        warnings.filterwarnings("ignore", message=r"InitResourceContext\.", category=DeprecationWarning)
        from dagster_mlflow import mlflow_tracking

        config = {"experiment_name": experiment, "mlflow_tracking_uri": uri, "env": {}, "extra_tags": {}}
        with dg.build_resources(
            {"mlflow": mlflow_tracking},
            instance=context.instance,
            resource_config={"mlflow": {"config": config}},
            dagster_run=context.run,
            log_manager=context.log,
        ) as resources:
            run_id: str = resources.mlflow.active_run().info.run_id
            # Its own way to end a run is a hook on the job, which assets do not have.
            resources.mlflow.end_run()
    return run_id


@contextmanager
def _globals_kept() -> Iterator[None]:
    """Put back what dagster-mlflow sets for the whole process: URI, experiment, and their variables."""
    from mlflow.tracking import fluent
    from mlflow.tracking._tracking_service import utils

    uri, experiment = utils._tracking_uri, fluent._active_experiment_id
    variables = {name: os.environ.pop(name, None) for name in _GLOBAL_NAMES}
    try:
        yield
    finally:
        utils.set_tracking_uri(uri)  # type: ignore[arg-type]  # None is its own "not set", as it starts
        fluent._active_experiment_id = experiment
        for name, value in variables.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

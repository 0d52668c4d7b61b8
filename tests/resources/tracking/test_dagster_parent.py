"""Trainings in a Dagster run: children of one MLflow run, which dagster-mlflow finds and makes."""

import os
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.tracking import fluent

from resources.tracking.mlflow import MlflowTracking
from tests.resources.tracking.records import MODEL, training


def materialize(
    tracking: MlflowTracking, instance: dg.DagsterInstance, folder: Path, *identities: str
) -> str:
    """Register trainings in one Dagster run, one asset each; the run's id."""

    def trained(identity: str) -> dg.AssetsDefinition:
        @dg.asset(name=identity)
        def model(tracking: MlflowTracking) -> None:
            tracking.register(training(folder, identity))

        return model

    assets = [trained(identity) for identity in identities]
    result = dg.materialize(assets, resources={"tracking": tracking}, instance=instance)
    assert result.success
    return result.run_id


def runs(tracking: MlflowTracking) -> dict[str, tuple[str, str | None]]:
    """Run name -> status and the Dagster run of its parent."""
    client = MlflowClient(tracking.tracking_uri)
    experiment = client.get_experiment_by_name(f"flywheel/{MODEL}")
    assert experiment is not None
    held = {run.info.run_id: run for run in client.search_runs([experiment.experiment_id])}
    children = {
        run.data.tags["flywheel.identity"]: (
            run.info.status,
            held[run.data.tags["mlflow.parentRunId"]].data.tags["dagster_run_id"],
        )
        for run in held.values()
        if "mlflow.parentRunId" in run.data.tags
    }
    parents = {
        run.data.tags["dagster_run_id"]: (run.info.status, None)
        for run in held.values()
        if "dagster_run_id" in run.data.tags
    }
    assert len(held) == len(children) + len(parents)
    return {**children, **parents}


def test_trainings_of_a_dagster_run_are_children_of_one_finished_run(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first = materialize(sqlite_tracking, instance, tmp_path, "inputs_1", "inputs_2")
        second = materialize(sqlite_tracking, instance, tmp_path, "inputs_2", "inputs_3")
    assert runs(sqlite_tracking) == {
        first: ("FINISHED", None),
        second: ("FINISHED", None),
        "inputs_1": ("FINISHED", first),
        "inputs_2": ("FINISHED", first),
        "inputs_3": ("FINISHED", second),
    }


def test_a_run_left_by_a_killed_dagster_run_moves_to_the_one_that_completes_it(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        with (
            patch.object(MlflowClient, "create_model_version", side_effect=OSError("killed")),
            pytest.raises(Exception, match="killed"),
        ):
            materialize(sqlite_tracking, instance, tmp_path, "inputs_1")
        second = materialize(sqlite_tracking, instance, tmp_path, "inputs_1")
    assert runs(sqlite_tracking)["inputs_1"] == ("FINISHED", second)
    assert {status for status, _ in runs(sqlite_tracking).values()} == {"FINISHED"}


def test_nothing_of_dagster_mlflow_stays_in_the_process(
    sqlite_tracking: MlflowTracking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "77")
    monkeypatch.setattr(fluent, "_active_experiment_id", "77")
    uri = mlflow.get_tracking_uri()
    with dg.DagsterInstance.ephemeral() as instance:
        materialize(sqlite_tracking, instance, tmp_path, "inputs_1")
    assert mlflow.get_tracking_uri() == uri
    assert mlflow.active_run() is None
    assert str(fluent._active_experiment_id) == os.environ["MLFLOW_EXPERIMENT_ID"] == "77"
    assert not {"MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"} & set(os.environ)


def test_outside_of_a_dagster_run_there_is_no_parent(sqlite_tracking: MlflowTracking, tmp_path: Path) -> None:
    version = sqlite_tracking.register(training(tmp_path))
    run = MlflowClient(sqlite_tracking.tracking_uri).get_run(version.run_id)
    assert "mlflow.parentRunId" not in run.data.tags

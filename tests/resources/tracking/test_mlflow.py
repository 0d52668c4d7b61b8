"""What MLflow holds after a call, and how the adapter fails: beyond the contract of the port."""

import json
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import mlflow
import pandas as pd
import pyarrow as pa
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from lifecycle.errors import LifecycleError
from resources.tracking.base import EvaluationRecord
from resources.tracking.mlflow import MlflowTracking
from resources.tracking.mlflow_model import LOADER, model_signature
from tests.doubles.gcs import Storage
from tests.resources.tracking.records import MODEL, many_numbers, searched, training


def runs_of(tracking: MlflowTracking) -> list[Run]:
    client = MlflowClient(tracking.tracking_uri)
    experiment = client.get_experiment_by_name(f"flywheel/{MODEL}")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


@pytest.mark.parametrize("fixture", ["sqlite_tracking", "server_tracking"])
def test_a_training_is_a_finished_run_with_all_that_went_in(
    fixture: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    tracking: MlflowTracking = request.getfixturevalue(fixture)
    record = training(tmp_path)
    version = tracking.register(record)
    (run,) = runs_of(tracking)
    assert (run.info.run_id, run.info.run_name) == (version.run_id, "flight_delay as of 2013-03")
    assert run.info.status == "FINISHED"
    assert run.data.params == record.parameters
    assert run.data.metrics == {**record.metrics, "validation/logloss": 0.45}
    assert record.tags.items() <= run.data.tags.items()
    assert run.inputs is not None
    (used,) = run.inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("flight_delay/features", "f" * 36)
    assert json.loads(used.dataset.source) == {"uri": "file:///lake/features.parquet", "digest": "f" * 64}
    assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "training")]
    client = MlflowClient(tracking.tracking_uri)
    curve = client.get_metric_history(run.info.run_id, "validation/logloss")
    assert [(point.step, point.value) for point in curve] == [(0, 0.6), (1, 0.5), (2, 0.45)]
    assert client.get_registered_model(MODEL).description == record.description
    (model,) = client.search_logged_models([run.info.experiment_id])
    assert model.status == "READY"
    assert run.outputs is not None
    assert [output.model_id for output in run.outputs.model_outputs] == [model.model_id]


def test_artifacts_lie_in_a_bucket(storage: Storage, database: Path, tmp_path: Path) -> None:
    bucket = storage.bucket()
    tracking = MlflowTracking(tracking_uri=f"sqlite:///{database}", artifact_root=f"gs://{bucket}/mlflow")
    record = training(tmp_path / "bundles")
    version = tracking.register(record)
    fetched = tracking.fetch_bundle(record.model, version.version, tmp_path / "fetched")
    for name in ("bundle.json", "lookups/weather.parquet"):
        assert (fetched / name).read_bytes() == (record.bundle / name).read_bytes()
    kept = {blob.name.rsplit("/", 1)[-1] for blob in storage.client().list_blobs(bucket)}
    assert {"bundle.json", "weather.parquet"} <= kept


def test_a_version_is_an_mlflow_model_of_plain_files_with_a_signature_and_an_example(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    sqlite_tracking.register(training(tmp_path))
    source = MlflowClient(sqlite_tracking.tracking_uri).get_model_version_download_uri(MODEL, "1")
    model = mlflow.models.Model.load(source)
    assert model.flavors["python_function"]["loader_module"] == LOADER
    assert model.flavors["python_function"]["data"] == "data/bundle"
    assert (model.metadata or {})["output_example"] == [0.25, 0.5]
    assert [(column.name, column.type.name) for column in model.signature.inputs] == [
        ("carrier", "string"),
        ("distance", "long"),
        ("wind", "double"),
        ("sched_dep", "datetime"),
        ("day", "datetime"),
        ("is_hub", "boolean"),
    ]
    example = model.load_input_example(source)
    assert isinstance(example, pd.DataFrame)
    assert example["sched_dep"].to_list() == [pd.Timestamp("2013-03-01T12:00:00")] * 2
    endings = {path.suffix for path in Path(source).rglob("*") if path.is_file()}
    assert endings <= {"", ".json", ".yaml", ".txt", ".parquet"}, "nothing that is executed when it is read"


def test_a_column_that_no_signature_can_hold_is_named() -> None:
    with pytest.raises(LifecycleError, match=r"request column route is of type list<item: string>"):
        model_signature(pa.table({"route": [["JFK", "LAX"]]}))


def test_more_numbers_than_one_request_may_hold_all_arrive(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    record = many_numbers(training(tmp_path))
    version = sqlite_tracking.register(record)
    (run,) = runs_of(sqlite_tracking)
    curve = MlflowClient(sqlite_tracking.tracking_uri).get_metric_history(version.run_id, "loss")
    assert run.data.params == record.parameters
    assert sorted((point.step, point.value) for point in curve) == list(enumerate(record.curves["loss"]))


def test_trials_are_runs_below_that_of_the_version_and_a_cut_off_call_is_completed(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    record = searched(training(tmp_path))
    real, calls = MlflowClient.set_terminated, list[str]()

    def killed_at_the_second(self: MlflowClient, run_id: str, *args: object, **kwargs: object) -> None:
        calls.append(run_id)
        if len(calls) == 2:
            raise OSError("killed here")
        real(self, run_id, *args, **kwargs)  # type: ignore[arg-type]  # handed on

    with (
        patch.object(MlflowClient, "set_terminated", killed_at_the_second),
        pytest.raises(LifecycleError, match="killed here"),
    ):
        sqlite_tracking.register(record)
    version = sqlite_tracking.register(record)
    below = {run.info.run_name: run for run in runs_of(sqlite_tracking) if run.info.run_id != version.run_id}
    assert {name: run.info.status for name, run in below.items()} == {
        "trial 0": "FINISHED",
        "trial 1": "KILLED",
        "trial 2": "FAILED",
    }
    assert {run.data.tags["mlflow.parentRunId"] for run in below.values()} == {version.run_id}
    first = below["trial 0"]
    assert first.data.params == {"eta": "0.1", "max_depth": "3"}
    assert first.data.metrics == {"log_loss": 0.4, "log_loss_by_round": 0.4, "best_round": 9, "seconds": 1.5}
    assert first.info.end_time - first.info.start_time == 1500


def test_an_evaluation_is_logged_to_the_versions_run_once(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    version = sqlite_tracking.register(training(tmp_path))
    report = tmp_path / "report.html"
    for auc in (0.69, 0.69, 0.64):
        report.write_text(f"<p>{auc}</p>")
        evidence = EvaluationRecord(
            verdict="fail", metrics={"auc": auc, "f1": float("nan")}, artifacts=[report], tags={}
        )
        sqlite_tracking.record_evaluation(MODEL, "1", evidence)
    (run,) = runs_of(sqlite_tracking)
    history = MlflowClient(sqlite_tracking.tracking_uri).get_metric_history
    assert run.data.metrics["holdout/auc"] == 0.64
    assert [point.value for point in history(version.run_id, "holdout/auc")] == [0.69, 0.64]
    assert len(history(version.run_id, "holdout/f1")) == 1
    assert (Path(run.info.artifact_uri) / "evaluation" / "report.html").read_text() == "<p>0.64</p>"


def test_an_evaluation_cut_short_leaves_no_verdict_of_another(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    sqlite_tracking.register(training(tmp_path))
    sqlite_tracking.record_evaluation(
        MODEL, "1", EvaluationRecord(verdict="pass", metrics={"auc": 0.7}, artifacts=[], tags={})
    )
    gone = EvaluationRecord(verdict="fail", metrics={"auc": 0.5}, artifacts=[tmp_path / "gone"], tags={})
    with pytest.raises(LifecycleError, match="gone"):
        sqlite_tracking.record_evaluation(MODEL, "1", gone)
    assert sqlite_tracking.version(MODEL, "1").verdict is None


def test_a_run_left_by_another_bundle_is_not_mixed_in(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    with (
        patch.object(MlflowClient, "create_model_version", side_effect=OSError("killed here")),
        pytest.raises(LifecycleError, match="killed here"),
    ):
        sqlite_tracking.register(training(tmp_path, weights="first"))
    version = sqlite_tracking.register(training(tmp_path, weights="second"))
    statuses = {run.info.run_id: run.info.status for run in runs_of(sqlite_tracking)}
    assert statuses.pop(version.run_id) == "FINISHED"
    assert list(statuses.values()) == ["KILLED"]


def test_an_experiment_that_somebody_deleted_is_put_back(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    sqlite_tracking.register(training(tmp_path))
    client = MlflowClient(sqlite_tracking.tracking_uri)
    client.delete_experiment(runs_of(sqlite_tracking)[0].info.experiment_id)
    assert sqlite_tracking.register(training(tmp_path, "inputs-2")).version == "2"


def test_the_list_of_versions_takes_two_requests_and_counts_past_nine(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    for index in range(10):
        sqlite_tracking.register(training(tmp_path, f"inputs-{index}"))
    asked: list[str] = []
    store = MlflowClient(sqlite_tracking.tracking_uri)._get_registry_client().store  # type: ignore[no-untyped-call]  # untyped in MLflow
    for name in ("search_model_versions", "get_registered_model", "get_model_version"):
        method = getattr(store, name)

        def counted(*args: object, _name: str = name, _method: object = method, **kwargs: object) -> object:
            asked.append(_name)
            return _method(*args, **kwargs)  # type: ignore[operator]  # a bound method

        setattr(store, name, counted)
    numbers = [version.version for version in sqlite_tracking.versions(MODEL)]
    assert numbers == [str(index + 1) for index in range(10)]
    assert sorted(asked) == ["get_registered_model", "search_model_versions"]


def test_a_version_links_to_the_page_where_people_see_it(
    database: Path, server_tracking: MlflowTracking, tmp_path: Path
) -> None:
    pages = MlflowTracking(tracking_uri=f"sqlite:///{database}", ui_url="https://mlflow.example/")
    version = pages.register(training(tmp_path))
    assert version.url == "https://mlflow.example/#/models/flight_delay/versions/1"
    assert version.run_url == f"https://mlflow.example/#/runs/{version.run_id}"
    own = server_tracking.register(training(tmp_path))
    assert own.url == f"{server_tracking.tracking_uri}/#/models/flight_delay/versions/1"
    assert own.run_url == f"{server_tracking.tracking_uri}/#/runs/{own.run_id}"
    no_pages = MlflowTracking(tracking_uri=f"sqlite:///{database}").version(MODEL, "1")
    assert (no_pages.url, no_pages.run_url) == (None, None)


def test_nothing_of_the_process_is_changed_but_defaults(
    sqlite_tracking: MlflowTracking, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = mlflow.get_tracking_uri()
    sqlite_tracking.register(training(tmp_path))
    assert (mlflow.get_tracking_uri(), mlflow.active_run()) == (before, None)
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert "MLFLOW_TRACKING_URI" not in os.environ
    assert capfd.readouterr().out == ""


@pytest.fixture
def locked(database: Path) -> Iterator[Path]:
    """The database, held by another connection as a writer that hangs holds it."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield database


def test_a_locked_database_is_waited_for_and_then_named(locked: Path, tmp_path: Path) -> None:
    tracking = MlflowTracking(tracking_uri=f"sqlite:///{locked}", lock_wait_s=0.5)
    began = time.monotonic()
    with pytest.raises(LifecycleError, match=rf"MLflow database {locked} is locked by another process: end"):
        tracking.register(training(tmp_path))
    assert 0.4 < time.monotonic() - began < 5


def test_a_lock_that_is_let_go_in_time_is_no_error(database: Path) -> None:
    tracking = MlflowTracking(tracking_uri=f"sqlite:///{database}", lock_wait_s=20)
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(0.3, other.execute, ["ROLLBACK"])
        release.start()
        assert tracking.versions(MODEL) == []
        release.join()


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "mlflow.db"
    damaged.write_bytes(b"not a database" * 100)
    with pytest.raises(LifecycleError, match=rf"{damaged} cannot be used \(file is not a database\)"):
        MlflowTracking(tracking_uri=f"sqlite:///{damaged}").versions(MODEL)


def test_a_full_disk_is_one_clear_error_and_the_next_call_completes(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    full = OSError(28, "No space left on device")
    with (
        patch.object(MlflowClient, "log_model_artifacts", side_effect=full),
        pytest.raises(LifecycleError, match="No space left on device"),
    ):
        sqlite_tracking.register(training(tmp_path))
    assert sqlite_tracking.versions(MODEL) == []
    assert sqlite_tracking.register(training(tmp_path)).version == "1"


@pytest.mark.parametrize("listens", [pytest.param(True, id="silent"), pytest.param(False, id="refused")])
def test_a_server_that_does_not_answer_is_an_error_within_seconds(
    listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.tracking.mlflow_store.REACH_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        if not listens:
            silent.close()
        began = time.monotonic()
        with pytest.raises(LifecycleError, match=f"MLflow server at {url} does not answer: check"):
            MlflowTracking(tracking_uri=url).versions(MODEL)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        pytest.param("http://ann:s3cret@mlflow:5000", "MLFLOW_TRACKING_PASSWORD", id="password for a server"),
        pytest.param("postgresql://ann:s3cret@db/mlflow", "kind 'postgresql'", id="database with a password"),
        pytest.param("/home/mlruns", "kind 'none'", id="folder"),
        pytest.param("sqlite://", "kind 'sqlite'", id="database in memory"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_showing_its_secret(uri: str, says: str) -> None:
    with pytest.raises(LifecycleError, match=says) as caught:
        MlflowTracking(tracking_uri=uri).versions(MODEL)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None

"""One whole life with a real MLflow server in it, and what MLflow's own users find there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import dagster as dg
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from mlflow import MlflowClient

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, stage_key
from assets.links import DAGSTER_URL
from assets.semantic import SEMANTIC_TAG
from lifecycle.endpoint.scorer import Scorer
from lifecycle.features.encoding import Encoding
from lifecycle.registry.bundle import open_bundle
from resources.tracking.mlflow import MlflowTracking
from tests.fakes.life import Life, new_life

NAME = "parcels"
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


@pytest.fixture(scope="module")
def life(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """From the data of two months to an endpoint, registered on the server."""
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setenv(DAGSTER_URL, "http://127.0.0.1:3000/")
        life = new_life(tmp_path_factory.mktemp("server-life") / NAME, instance, page=True)
        life.tracking = cast(Any, MlflowTracking(tracking_uri=server))
        life.run(DATA, FEATURES, partition="2024-01", last="2024-02")
        life.run(MODEL, EVALUATION, ENDPOINT, partition="2024-02")
        yield life


@pytest.fixture
def users_mlflow(server: str, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """MLflow as its users set it up: the environment names the server."""
    # Not `mlflow.set_tracking_uri`, which sets the variable for good.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    return MlflowClient()


def metadata(life: Life, stage: str, partition: str | None = None) -> dict[str, object]:
    partitions = [partition] if partition else None
    wanted = dg.AssetRecordsFilter(stage_key(NAME, stage), asset_partitions=partitions)
    made = life.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert made is not None
    return {name: value.value for name, value in made.metadata.items()}


def test_a_life_on_a_server_ends_in_a_champion(life: Life) -> None:
    (version,) = life.tracking.versions(NAME)
    assert (version.as_of, version.verdict, version.aliases) == ("2024-02", "pass", ("champion",))
    assert version.tags[SEMANTIC_TAG] == "1.0.0"
    state = life.serving.state(NAME)
    assert state is not None and state.bundle_digest == version.bundle_digest


def test_the_pages_lead_to_each_other(life: Life, server: str) -> None:
    (version,) = life.tracking.versions(NAME)
    for stage, partition in ((MODEL, "2024-02"), (EVALUATION, "2024-02"), (ENDPOINT, None)):
        told = metadata(life, stage, partition)
        assert told["mlflow"] == f"{server}/#/models/{NAME}/versions/1"
        assert told["mlflow_run_page"] == f"{server}/#/runs/{version.run_id}"
    made_by = version.tags["flywheel.dagster_run"]
    assert version.tags["flywheel.dagster_run_url"] == f"http://127.0.0.1:3000/runs/{made_by}"


def test_a_run_is_where_mlflow_users_look_for_it(life: Life, users_mlflow: MlflowClient) -> None:
    found = users_mlflow.get_model_version_by_alias(NAME, "champion")
    run = users_mlflow.get_run(found.run_id or "")
    experiment = users_mlflow.get_experiment(run.info.experiment_id)
    assert (experiment.name, run.info.run_name) == (f"flywheel/{NAME}", f"{NAME} as of 2024-02")
    assert run.info.status == "FINISHED"
    assert str(run.info.artifact_uri).startswith("mlflow-artifacts:"), "the server keeps the files"
    assert run.inputs is not None
    months = ("2024-01", "2024-02")
    assert {i.dataset.name for i in run.inputs.dataset_inputs} == {
        *(f"{NAME}/{stage} {month}" for stage in (DATA, FEATURES) for month in months),
        f"{NAME}/lookup wind",
    }
    for tag in ("commit", "spec", "data", "plan", "code", "trigger", "dagster_run", "makings"):
        assert found.tags[f"flywheel.{tag}"] == run.data.tags[f"flywheel.{tag}"] != ""
    evidence = {file.path for file in users_mlflow.list_artifacts(run.info.run_id, "evaluation")}
    assert {"evaluation/report.json", "evaluation/evidently.html"} <= evidence


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_loads_as_any_mlflow_model(life: Life, users_mlflow: MlflowClient, tmp_path: Path) -> None:
    model = mlflow.pyfunc.load_model(f"models:/{NAME}@champion")
    assert model.metadata.signature is not None
    assert {column.name for column in model.metadata.signature.inputs} >= {"carrier", "distance"}
    example = model.input_example
    assert isinstance(example, pd.DataFrame) and len(example) > 0
    said = model.predict(example)
    scorer = Scorer.load(open_bundle(life.tracking.fetch_bundle(NAME, "1", tmp_path)))
    answered = [score.probability for score in scorer.score([row["request"] for row in scorer.golden])]
    assert said == pytest.approx(answered, abs=1e-9)


def test_the_weights_load_with_xgboost_alone(life: Life, users_mlflow: MlflowClient, tmp_path: Path) -> None:
    found = users_mlflow.get_model_version_by_alias(NAME, "champion")
    folder = Path(mlflow.artifacts.download_artifacts(found.source, dst_path=str(tmp_path)))
    booster = xgboost.Booster()
    booster.load_model(folder / "data" / "bundle" / "model.ubj")
    encoding = Encoding.from_json(json.loads((folder / "data" / "bundle" / "encoding.json").read_text()))
    assert booster.num_features() == len(encoding.features)
    assert booster.feature_names == [feature.name for feature in encoding.features]
    rows = np.zeros((2, booster.num_features()), dtype=np.float32)
    scores = booster.predict(xgboost.DMatrix(rows, feature_names=booster.feature_names))
    assert scores.shape == (2,)


def test_a_registered_version_is_seen_once_however_often_it_is_made(life: Life) -> None:
    life.run(MODEL, partition="2024-02")
    assert [version.version for version in life.tracking.versions(NAME)] == ["1"]

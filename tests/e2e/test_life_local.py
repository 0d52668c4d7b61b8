"""The whole life by the commands of the README: `dg launch` builds it, HTTP and MLflow answer with it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.keys import ENDPOINT, MODEL, stage_key
from assets.metadata import DATA_VERSION_TAG
from lifecycle.registry.bundle import GOLDEN_FILE, open_bundle
from tests.e2e.life import NAME, NEWEST, TABLES, WEEKS, Life

pytestmark = pytest.mark.e2e


def test_the_newest_version_became_champion(life: Life) -> None:
    (version,) = life.versions()
    assert (version.as_of, version.verdict, version.aliases) == (NEWEST, "pass", ("champion",))


def test_the_printed_curl_line_answers_with_the_score_of_training(live: Life, tmp_path: Path) -> None:
    line = materialization(live, ENDPOINT).metadata["try_it"].value
    asked = subprocess.run(
        ["sh", "-c", str(line).strip("`\n")], capture_output=True, text=True, timeout=30, check=True
    )
    golden = golden_rows(live, tmp_path)[-1]
    answer = json.loads(asked.stdout)
    assert (answer["model"], answer["version"]) == (NAME, "1")
    assert [row["probability"] for row in answer["predictions"]] == pytest.approx(golden["scores"], abs=1e-6)


# MLflow warns about a type hint of its own when its pyfunc module is loaded.
@pytest.mark.filterwarnings("ignore:.*inferred as AnyType")
def test_mlflow_loads_the_champion_and_gives_the_scores_of_training(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow
    import pandas as pd

    # Not `mlflow.set_tracking_uri`, which sets the variable for good.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{life.home / 'mlflow.db'}")
    golden = golden_rows(life, tmp_path)
    model = mlflow.pyfunc.load_model(f"models:/{NAME}@champion")
    frame = pd.DataFrame([row["request"] for row in golden])
    for column, kind in model.metadata.get_input_schema().input_types_dict().items():
        if kind.name == "datetime":
            frame[column] = pd.to_datetime(frame[column]).dt.tz_localize(None)
    assert model.predict(frame) == pytest.approx([row["scores"][0] for row in golden], abs=1e-6)


@pytest.mark.parametrize("stage", TABLES)
def test_a_partition_of_a_range_has_its_own_content_as_data_version(life: Life, stage: str) -> None:
    versions = {week: data_version(life, stage, week) for week in WEEKS}
    tables = {week: life.environment.warehouse.published(NAME, stage, week) for week in WEEKS}
    assert versions == {week: table and table.content_hash for week, table in tables.items()}
    assert len(set(versions.values())) == len(WEEKS)


def test_unchanged_data_made_again_changes_no_version_downstream(life: Life) -> None:
    def data_versions() -> dict[str, str]:
        found = {f"{stage} {week}": data_version(life, stage, week) for stage in TABLES for week in WEEKS}
        return found | {MODEL: data_version(life, MODEL, NEWEST)}

    before, facts = data_versions(), life.facts()
    # A partition by itself, which was made in one run with others before.
    assert life.run(*TABLES, partition=WEEKS[1]).success
    assert life.run(MODEL, partition=NEWEST).success
    assert (data_versions(), life.facts()) == (before, facts)


def test_the_instance_keeps_every_check(life: Life) -> None:
    with life.instance() as instance:
        keys = [
            dg.AssetCheckKey(stage_key(NAME, stage), check)
            for stage, check in [
                ("data", "contract"),
                ("data", "expectations"),
                ("features", "no_value_from_the_future"),
                ("model", "smoke"),
                ("evaluation", "gate_auc_min"),
                ("evaluation", "gate_log_loss_max"),
                ("evaluation", "gate_ece_max"),
                ("endpoint", "healthy"),
            ]
        ]
        records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    assert {key.name: records[key].status.value for key in keys} == {key.name: "SUCCEEDED" for key in keys}


def data_version(life: Life, stage: str, partition: str) -> str:
    return (materialization(life, stage, partition).tags or {})[DATA_VERSION_TAG]


def materialization(life: Life, stage: str, partition: str | None = None) -> dg.AssetMaterialization:
    """The newest one that the instance keeps of an asset, or of a partition of it."""
    wanted = dg.AssetRecordsFilter(
        asset_key=stage_key(NAME, stage), asset_partitions=[partition] if partition else None
    )
    with life.instance() as instance:
        (record,) = instance.fetch_materializations(wanted, limit=1).records
    assert record.asset_materialization is not None
    return record.asset_materialization


def golden_rows(life: Life, folder: Path) -> list[dict[str, Any]]:
    """The rows whose scores training left in the champion's bundle."""
    champion = life.champion()
    assert champion is not None
    fetched = life.environment.tracking.fetch_bundle(NAME, champion.version, folder)
    rows: list[dict[str, Any]] = open_bundle(fetched).read_json(GOLDEN_FILE)
    return rows

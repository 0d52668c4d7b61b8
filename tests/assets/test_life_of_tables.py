"""Lives of tables that are cut otherwise: not at all, by years, at once though they have a time."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_diabetes

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, PERFORMANCE
from assets.performance_watch import PERFORMANCE_FILE
from lifecycle.monitoring.performance_report import read_performance_report
from lifecycle.spec.parse import parse_spec
from tests.fakes.bundles import INSTANT
from tests.fakes.flowers import flowers_spec, write_flowers
from tests.fakes.life import Life, new_life

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

DIABETES = """
model: {name: diabetes, task: regression}
data:
  source: {files: diabetes.parquet}
  entity: patient
  event_time: seen_at
  partition: {every: year, start: 2019-01-01, end: 2022-01-01}
  columns:
    patient: {type: int}
    seen_at: {type: timestamp}
    bmi: {type: float}
    pressure: {type: float}
    lipids: {type: float}
    progression: {type: float, null_share: 1}
  label: {column: progression, delay: 30d}
features:
  columns: {bmi: bmi, pressure: pressure, lipids: lipids}
training: {rounds: 40, early_stopping_rounds: 5, parameters: {max_depth: 2, eta: 0.2}}
evaluation:
  resamples: 200
  gates: [{metric: rmse, max: 80, min_rows: 50}]
"""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def write_diabetes(folder: Path) -> None:
    """The real measurements, as if the patients had come one by one in three years."""
    found = load_diabetes()
    count = len(found.target)
    days = np.arange(count) * (3 * 365 / count)
    table = {
        "patient": range(count),
        "seen_at": pa.array(
            np.datetime64("2019-01-01T00:00:00", "us") + (days * 86_400e6).astype("m8[us]")
        ).cast(INSTANT),
        "bmi": found.data[:, 2],
        "pressure": found.data[:, 3],
        "lipids": found.data[:, 8],
        "progression": found.target,
    }
    folder.mkdir(parents=True)
    pq.write_table(pa.table(table), folder / "diabetes.parquet")


def live(life: Life, *partitions: str) -> None:
    """Every stage, as a user would ask for it."""
    first, last = partitions[0], partitions[-1]
    span = {"partition": first} if first == last else {"partition": first, "last": last}
    life.run(DATA, FEATURES, **span)
    life.run(MODEL, EVALUATION, ENDPOINT, partition=last)


def test_a_regression_on_years_ends_in_an_endpoint(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    write_diabetes(tmp_path / "diabetes")
    spec = parse_spec(DIABETES).with_folder(tmp_path / "diabetes")
    life = Life(folder=tmp_path / "diabetes", instance=instance, spec=spec)
    live(life, "2019", "2020", "2021")
    (version,) = life.tracking.versions("diabetes")
    assert (version.as_of, version.verdict, version.aliases) == ("2021", "pass", ("champion",))
    state = life.serving.state("diabetes")
    assert state is not None and state.healthy


def test_rows_without_a_label_are_counted_and_the_rest_is_judged(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    write_flowers(tmp_path)
    life = Life(folder=tmp_path, instance=instance, spec=flowers_spec().with_folder(tmp_path))
    live(life, "all")
    (version,) = life.tracking.versions("flowers")
    assert (version.as_of, version.aliases) == ("all", ("champion",))
    trained, metrics = life.tracking.records["flowers", "1"].metrics, life.tracking.metrics("flowers", "1")
    assert trained["rows_never_labelled"] == 30
    # Of the rows without a label some lie in the holdout: they are counted there as well.
    assert metrics["rows"] == trained["rows_holdout"] == 114
    assert 0 < metrics["unlabelled"] < 30
    # Rows are resampled, since there are no days: an interval is there though all rows are of one day.
    assert metrics["accuracy_low"] < metrics["accuracy"] < metrics["accuracy_high"]
    life.run(PERFORMANCE, partition="all")
    table = life.warehouse.published("flowers", FEATURES, "all")
    assert table is not None
    report = read_performance_report(life.warehouse.attached(table, PERFORMANCE_FILE) or b"")
    # The same rows are measured, and no label of another one settles one of them.
    assert (report.rows, report.settled) == (114 + metrics["unlabelled"], 114)


@pytest.mark.parametrize("split", ["time", "random"])
def test_a_table_with_a_time_may_be_trained_on_at_once(
    tmp_path: Path, instance: dg.DagsterInstance, split: str
) -> None:
    life = new_life(tmp_path / "parcels", instance)
    life.edit(
        ("{every: month, start: 2024-01-01, end: 2024-04-01}", "{every: once}"),
        ("training: {", f"training: {{split: {split}, "),
    )
    live(life, "all")
    (version,) = life.tracking.versions("parcels")
    assert (version.as_of, version.verdict) == ("all", "pass")

"""Labels that come late, twice, too early or never: training and evaluation take only what was known.

What the contract says of such tables is in test_tables.py; here is what a model makes of them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.features import sound_snapshot
from assets.keys import DATA, FEATURES, MODEL
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.holdout import Columns, Part, labelled_rows
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.comparison import compare_bundles
from lifecycle.training.job import TrainingResult
from lifecycle.training.run import run_job
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.bundles import CUT_OFF, INSTANT, START, Parcels, parcels, write_job
from tests.fakes.life import Life, new_life
from tests.fakes.orders import DAY, NOON, WINDOW, order, orders_spec, write_orders, write_stock

MICROSECOND = timedelta(microseconds=1)
Change = Callable[[dict[str, object]], dict[str, object]]


def changed(table: pa.Table, where: Callable[[dict[str, object]], bool], change: Change) -> pa.Table:
    """A feature table with some of its rows changed."""
    rows = [row | change(row) if where(row) else row for row in table.to_pylist()]
    return pa.Table.from_pylist(rows, table.schema)


def trained(folder: Path, made: Parcels, table: pa.Table) -> TrainingResult:
    write_job(folder, made, table)
    return run_job(folder, progress=lambda line: None)


def sent_after(moment: datetime) -> Callable[[dict[str, object]], bool]:
    return lambda row: isinstance(sent := row["sent_at"], datetime) and sent >= moment


LATE = sent_after(CUT_OFF - timedelta(days=20))


def every_other(row: dict[str, object]) -> bool:
    return LATE(row) and int(str(row["parcel"])[1:]) % 2 == 0


def known_at(moment: datetime) -> Change:
    """A label that says the opposite, known at a moment."""
    return lambda row: {"outcome": not row["outcome"], "label_known_at": moment}


def test_a_label_known_a_microsecond_after_the_cut_off_does_not_exist(tmp_path: Path) -> None:
    made = parcels()
    never = changed(made.features, every_other, lambda row: {"outcome": None})
    planted = changed(made.features, every_other, known_at(CUT_OFF + MICROSECOND))
    at_the_cut = changed(made.features, every_other, known_at(CUT_OFF))
    without, after, at = (
        trained(tmp_path / str(number), made, table)
        for number, table in enumerate([never, planted, at_the_cut])
    )
    assert after.model_dump(exclude={"seconds"}) == without.model_dump(exclude={"seconds"})
    assert at.files != after.files, "a label known at the very cut-off counts, or this test shows nothing"


def test_nor_does_it_for_the_evaluation() -> None:
    def judged(table: pa.Table) -> tuple[list[object], int]:
        columns = Columns(
            entity="parcel", event_time="sent_at", label="outcome", label_known_at="label_known_at"
        )
        start_us, end_us = (round(moment.timestamp() * 1e6) for moment in (START, CUT_OFF))
        part = Part(start=start_us, end=end_us, cut_off_us=end_us, seed=None)
        rows = labelled_rows(table, part, columns)
        return rows.table["outcome"].to_pylist(), rows.unlabelled

    features = parcels().features
    never = changed(features, every_other, lambda row: {"outcome": None})
    assert judged(changed(features, every_other, known_at(CUT_OFF + MICROSECOND))) == judged(never)
    assert judged(changed(features, every_other, known_at(CUT_OFF))) != judged(never)


def test_a_delay_that_doubles_costs_rows_and_leaks_none(tmp_path: Path) -> None:
    made = parcels()

    def delayed(days: int) -> pa.Table:
        times = [sent + timedelta(days=days) for sent in made.features["sent_at"].to_pylist()]
        at = made.features.schema.get_field_index("label_known_at")
        return made.features.set_column(at, "label_known_at", pa.array(times, INSTANT))

    once, twice = (trained(tmp_path / str(days), made, delayed(days)).split for days in (2, 4))
    assert twice.purged > once.purged
    assert twice.never_labelled > once.never_labelled
    for split in (once, twice):
        parts = (split.fit, split.validation, split.holdout, split.never_labelled, split.purged)
        assert sum(parts) == made.features.num_rows


def test_rows_that_never_get_a_label_are_counted_and_the_rest_is_trained_on(tmp_path: Path) -> None:
    made = parcels()
    table = changed(made.features, every_other, lambda row: {"outcome": None})
    split = trained(tmp_path, made, table).split
    known = (row["outcome"] is not None and row["label_known_at"] <= CUT_OFF for row in table.to_pylist())
    assert split.never_labelled == table.num_rows - sum(known)


def test_no_label_at_all_is_one_error_and_no_model(tmp_path: Path) -> None:
    made = parcels()
    none = changed(made.features, lambda row: True, lambda row: {"outcome": None})
    with pytest.raises(LifecycleError, match="has 0 rows whose label was known at the cut-off, at least 60"):
        trained(tmp_path, made, none)
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param([order("a"), order("a")], "order_id: found 1 rows of an entity", id="twice"),
        pytest.param([order("a"), order("a", returned=True)], "order_id: found 1 rows of an entity",
                     id="conflicting"),
        pytest.param([order("a"), order("b", known_at=NOON - MICROSECOND)],
                     "known_at: found 1 labels known before their event", id="before the prediction"),
        pytest.param([order("a"), order("b", known_at=None)], "known_at: found 1 labels for which no time",
                     id="without a time"),
    ],
)  # fmt: skip  # one case a line or two
def test_a_label_that_cannot_be_right_reaches_no_features(
    tmp_path: Path, rows: Sequence[dict[str, object]], why: str
) -> None:
    spec = orders_spec().with_folder(tmp_path / "orders")
    warehouse = DuckDBWarehouse(root=str(tmp_path / "lake"), home=str(tmp_path), threads=1)
    write_orders(tmp_path, rows)
    write_stock(tmp_path, [])
    warehouse.snapshot(spec, DAY, WINDOW)
    with pytest.raises(LifecycleError, match=f"orders/data {DAY} breaks its contract: {why}"):
        sound_snapshot(spec, warehouse, DAY)


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_labels_of_a_second_read_change_the_record_and_not_what_was_known(tmp_path: Path) -> None:
    """Labels of February's last ten days come in March: the model as of February learns nothing of them."""
    with dg.DagsterInstance.ephemeral() as instance:
        life = new_life(tmp_path / "parcels", instance)
        life.edit(
            ("{column: outcome, delay: 1d}", "{column: outcome, known_at: told_at}"),
            ("    outcome:", "    told_at: {type: timestamp, null_share: 1}\n    outcome:"),
        )
        write_source(life, told_in_march=False)
        life.run(DATA, FEATURES, partition="2024-01", last="2024-02")
        life.run(MODEL, partition="2024-02")
        january = life.warehouse.published("parcels", FEATURES, "2024-01")
        write_source(life, told_in_march=True)
        life.run(DATA, FEATURES, partition="2024-01", last="2024-02")
        life.run(MODEL, partition="2024-02")
        first, second = (bundle_of(life, version, tmp_path) for version in ("1", "2"))
        assert life.warehouse.published("parcels", FEATURES, "2024-01") == january
        compared = compare_bundles(first, second)
        assert (compared.files, compared.golden) == ((), 0.0)
        assert set(compared.facts) == {"data_versions", "made_from"}
        features = life.warehouse.published("parcels", FEATURES, "2024-02")
        assert features is not None
        coverage = life.warehouse.label_coverage(life.spec, features, as_of=CUT_OFF)
        states = coverage.states()
        assert states["later"] > 200
        assert states["overdue"] == states["pending"] == 0


def write_source(life: Life, *, told_in_march: bool) -> None:
    path = life.folder / "parcels.parquet"
    rows = pq.read_table(path, columns=["parcel", "sent_at", "distance", "carrier"]).to_pylist()
    known = np.random.default_rng(3).random(len(rows)) < 0.5
    for row, late in zip(rows, known, strict=True):
        told = row["sent_at"] + timedelta(hours=20)
        if row["sent_at"] >= CUT_OFF - timedelta(days=10):
            told = CUT_OFF + timedelta(days=5) if told_in_march else None
        row |= {"outcome": bool(late != (row["distance"] > 500)) if told else None, "told_at": told}
    schema = pa.schema(
        {
            "parcel": pa.string(),
            "sent_at": INSTANT,
            "distance": pa.float64(),
            "carrier": pa.string(),
            "outcome": pa.bool_(),
            "told_at": INSTANT,
        }
    )
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def bundle_of(life: Life, version: str, folder: Path) -> Bundle:
    return open_bundle(life.tracking.fetch_bundle("parcels", version, folder / version))

"""History features through Dagster: earlier partitions must be there, and travel with the bundle."""

import shutil
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from assets.features import features_asset
from assets.keys import DATA, FEATURES, MODEL, PARITY_CHECK, SMOKE_CHECK, stage_key
from assets.partitions import partitions_of
from lifecycle.endpoint.scorer import Scorer
from lifecycle.features.build import build_plan
from lifecycle.features.online_tables import KnownBy, load_online_tables
from lifecycle.registry.bundle import Bundle, open_bundle, seal_bundle
from tests.fakes.bundles import CUT_OFF
from tests.fakes.life import Life

MONTHS = ("2024-01", "2024-02")
HISTORY = """  events:
    gusts: {table: wind.parquet, known_at: told_at, columns: {carrier: string, speed: float}}
  history:
    sent_7d: {key: {carrier: carrier}, window: 7d, aggregate: count}
    late_14d: {key: {carrier: carrier}, window: 14d, aggregate: mean, value: outcome}
    far_2d: {window: 2d, aggregate: max, value: distance}
    gust_30d: {of: gusts, key: {carrier: carrier}, window: 30d, aggregate: last, value: speed}
  columns: {sent_7d: history.sent_7d, late_14d: history.late_14d, far_2d: history.far_2d,
    gust_30d: history.gust_30d, """
EDIT = ("  columns: {distance", HISTORY + "distance")
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


@pytest.fixture
def past(young: Life) -> Life:
    """A life whose features look back."""
    young.edit(EDIT)
    return young


def checks(done: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in done.get_asset_check_evaluations()}


def test_a_model_that_looks_back_is_trained_and_answers_as_it_was_trained(past: Life, tmp_path: Path) -> None:
    tables = checks(past.run(DATA, FEATURES, partition=MONTHS[0], last=MONTHS[1]))
    assert (tables["no_value_from_the_future"], tables[PARITY_CHECK]) == (True, True)
    assert checks(past.run(MODEL, partition=MONTHS[1])) == {SMOKE_CHECK: True}
    (version,) = past.tracking.versions("parcels")
    bundle = open_bundle(past.tracking.fetch_bundle("parcels", version.version, tmp_path / "fetched"))
    scorer = Scorer.load(bundle)
    assert scorer.known_by == KnownBy.at(CUT_OFF)
    assert scorer.smoke().ok
    assert {name for name in bundle.manifest.files if name.startswith("history/")} == {
        "history/_rows.parquet",
        "history/_labels.parquet",
        "history/gusts.parquet",
    }
    # A request two months after the cut-off: nothing of its windows is known, and that is not zero.
    late = {"parcel": "x", "sent_at": "2024-05-01T00:00:00Z", "distance": 1.0, "carrier": "snail"}
    (features,) = scorer.features([late])
    assert (features["sent_7d"], features["late_14d"], features["far_2d"]) == (None, None, None)
    takes_other_tables(scorer, bundle)


def takes_other_tables(scorer: Scorer, bundle: Bundle) -> None:
    """Fewer past rows change the answers of the scorer that takes them, and of no other."""
    row = {"parcel": "x", "sent_at": CUT_OFF.isoformat(), "distance": 1.0, "carrier": "snail"}
    (before,) = scorer.features([row])
    aside = shutil.copytree(bundle.path, bundle.path.with_name("aside"))
    own = aside / "history" / "_rows.parquet"
    pq.write_table(pq.read_table(own).slice(0, 0), own)
    fewer = seal_bundle(aside, bundle.manifest)
    other = scorer.with_tables(load_online_tables(fewer, scorer.plan))
    (after,) = other.features([row])
    assert before["sent_7d"] and before["far_2d"]
    assert after == {**before, "sent_7d": 0, "far_2d": None}
    assert scorer.features([row]) == [before]


def test_a_hole_in_the_past_is_an_error_and_no_smaller_history(past: Life) -> None:
    past.run(DATA, partition=MONTHS[1])
    failed = past.run(FEATURES, partition=MONTHS[1], good=False)
    error = failed.all_node_events[-1].step_failure_data.error
    assert error is not None and error.cause is not None
    assert "parcels/data has no partition 2024-01: materialize it first" in error.cause.message
    assert past.warehouse.published("parcels", FEATURES, MONTHS[1]) is None


def test_the_first_partition_has_no_past_before_it(past: Life) -> None:
    past.run(DATA, FEATURES, partition=MONTHS[0])
    table = past.warehouse.published("parcels", FEATURES, MONTHS[0])
    assert table is not None and table.rows


def test_dagster_knows_that_features_look_back(past: Life) -> None:
    mapping = features_asset(past.spec).get_partition_mapping(stage_key("parcels", DATA))
    assert mapping is not None
    partitions = partitions_of(past.spec)
    upstream = mapping.get_upstream_mapped_partitions_result_for_partitions(
        partitions.subset_with_partition_keys([MONTHS[1]]), partitions, partitions
    )
    assert build_plan(past.spec).own_lookback_s == 15 * 86_400
    assert list(upstream.partitions_subset.get_partition_keys()) == list(MONTHS)

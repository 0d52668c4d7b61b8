"""From a real log to tables: what was answered, what came true, and what the checks see."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.drift_watch import DRIFT_FILE
from assets.keys import (
    DRIFT,
    DUPLICATES_CHECK,
    LABELS,
    PERFORMANCE,
    SAMPLE_RATIO_CHECK,
    SKEW_CHECK,
    TRAFFIC,
    TRAINING_SKEW_CHECK,
)
from lifecycle.endpoint.log.record import LoggedVariant, PartEntry, RequestEntry
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.scorer import Score
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.request import from_python
from lifecycle.monitoring.drift_report import read_drift_report
from lifecycle.spec.deployment import RequestLogSection
from tests.fakes.life import Life
from tests.fakes.tracking import FakeTracking

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

MONTH = "2024-02"


def feature_rows(life: Life, *, most: int | None = 40) -> Sequence[Mapping[str, object]]:
    table = life.warehouse.published("parcels", "features", MONTH)
    assert table is not None
    return life.warehouse.read(table).slice(0, most).to_pylist()


def variant_of(life: Life) -> LoggedVariant:
    champion = life.tracking.holder("parcels", "champion")
    assert champion is not None
    plan = build_plan(life.spec)
    return LoggedVariant(
        name="champion",
        role="champion",
        version=champion.version,
        digest=champion.bundle_digest,
        features=tuple((f.name, f.kind) for f in plan.features),
    )


def answer(
    life: Life, rows: Sequence[Mapping[str, object]], *, propensity: float = 1.0, **wrong: object
) -> None:
    """Log an answer to each row, a request a row, an hour after the event."""
    log = RequestLog(life.folder / "endpoints/parcels/requests", "parcels", RequestLogSection())
    variant = variant_of(life)
    for number, row in enumerate(rows):
        sent_at = row["sent_at"]
        assert isinstance(sent_at, datetime)
        log.begin()
        one = log.number(variant)
        part = PartEntry(
            assigned=one,
            answered=one,
            how="hash",
            propensity=propensity,
            reason=None,
            scoring_us=180,
            rows=[0],
            keys=[str(row["parcel"])],
            buckets=[number],
            scores=[Score(value=True, probability=0.75)],
            features=[[from_python({**row, **wrong}[name]) for name, _ in variant.features]],
            columns=[{"sent_at": sent_at.isoformat()}],
        )
        log.append(
            RequestEntry(
                request=f"r-{number}",
                at_us=int((sent_at + timedelta(hours=1)).timestamp()) * 1_000_000,
                latency_us=1000 * (number + 1),
                protocol="plain",
                generation=1,
                status=200,
                parts=[part],
            )
        )
    log.close()


def checks(done: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    found = done.get_asset_check_evaluations()
    return {one.check_name: (one.passed, one.description or "") for one in found}


def metadata(done: dg.ExecuteInProcessResult, stage: str) -> Mapping[str, dg.MetadataValue]:
    (event,) = done.asset_materializations_for_node(f"parcels__{stage}")
    return event.metadata


def test_a_month_of_answers_becomes_a_table_and_gets_its_labels(life: Life) -> None:
    rows = feature_rows(life)
    answer(life, rows)
    done = life.run(TRAFFIC, LABELS, partition=MONTH)
    assert {name: passed for name, (passed, _) in checks(done).items()} == {
        SAMPLE_RATIO_CHECK: True,
        DUPLICATES_CHECK: True,
        SKEW_CHECK: True,
        TRAINING_SKEW_CHECK: False,
        "one_label": True,
    }
    # A month shows of the wind only that it goes up and down; all else is as it was learned.
    told = checks(done)[TRAINING_SKEW_CHECK][1]
    assert told.startswith(f"{MONTH}: version 1: 31 blocks of reference do not tell")
    assert "wanders in wind:" in told
    assert checks(done)[SKEW_CHECK][1] == f"{MONTH}: 40 rows compared, all alike"
    told = metadata(done, TRAFFIC)
    assert told["requests"].value == 40
    assert "| 20.00 | 40.00 |" in str(told["variants"].value)
    assert life.traffic.backlog("parcels").segments == 0
    joined = life.warehouse.published("parcels", LABELS, MONTH)
    assert joined is not None
    labels = life.warehouse.read(joined)
    by_key = {row["parcel"]: row for row in rows}
    expected = [str(by_key[key]["outcome"]).lower() for key in labels["key"].to_pylist()]
    assert labels["label"].to_pylist() == expected
    share = expected.count("true") / 40
    assert f"{share:.5f}" in str(metadata(done, LABELS)["versions"].value)
    assert metadata(done, LABELS)["coverage"].value == 1.0
    again = life.run(TRAFFIC, partition=MONTH)
    assert data_versions(again) == data_versions(done)[:1]


def data_versions(done: dg.ExecuteInProcessResult) -> list[str]:
    events = done.get_asset_materialization_events()
    return [(e.materialization.tags or {})["dagster/data_version"] for e in events]


def test_performance_tells_how_the_partition_was_served_and_how_right_that_was(life: Life) -> None:
    """By the real assets on a real log: a score of .75 to each parcel, whatever became of it."""
    rows = feature_rows(life, most=700)  # the last ones are answered in March
    answer(life, rows)
    done = life.run(TRAFFIC, LABELS, PERFORMANCE, partition=MONTH)
    seen = {name: value.value for name, value in metadata(done, PERFORMANCE).items()}
    traffic, labels = metadata(done, TRAFFIC), metadata(done, LABELS)
    assert seen["served_requests"] == len(rows)
    assert seen["served_variants"] == traffic["variants"].value
    assert seen["served_versions"] == labels["versions"].value
    assert (seen["served_fallback_share"], seen["served_coverage"]) == (0.0, 1.0)
    missing = sum(row[name] is None for row in rows for name in ("distance", "carrier", "hour", "wind"))
    assert seen["served_null_rate"] == pytest.approx(missing / (4 * len(rows)))
    share = sum(bool(row["outcome"]) for row in rows) / len(rows)
    loss = -(share * math.log(0.75) + (1 - share) * math.log(0.25))
    assert seen["served_realised"] == pytest.approx(loss)
    low, high = seen["served_realised_low"], seen["served_realised_high"]
    assert isinstance(low, float) and isinstance(high, float)
    assert low < loss < high
    event = done.asset_materializations_for_node("parcels__performance")[0]
    read = {f"dagster/input_data_version/parcels/{stage}" for stage in ("features", TRAFFIC, LABELS)}
    assert read <= (event.tags or {}).keys()


def test_performance_needs_no_deployment(life: Life) -> None:
    seen = metadata(life.run(PERFORMANCE, partition=MONTH), PERFORMANCE)
    assert not [name for name in seen if name.startswith("served_")]


def test_a_feature_that_was_served_otherwise_is_told(life: Life) -> None:
    answer(life, feature_rows(life), wind=123.0)
    passed, told = checks(life.run(TRAFFIC, partition=MONTH))[SKEW_CHECK]
    assert (passed, told) == (False, f"{MONTH}: 40 rows compared, that differ: wind in 40")


NO_WIND = (
    "evaluation:",
    "monitoring: {drift: {page: false, columns: {wind: {statistics: []}}}}\nevaluation:",
)
"""The wind of the swift rose in January: that moved in the world."""


def skewed(life: Life, change: Callable[[Mapping[str, object]], Mapping[str, object]]) -> tuple[bool, str]:
    """What `training_skew` says of a month whose features were changed between the request and the model."""
    life.edit(NO_WIND)
    answer(life, [change(row) for row in feature_rows(life, most=None)])
    return checks(life.run(TRAFFIC, partition=MONTH))[TRAINING_SKEW_CHECK]


def test_what_is_served_as_it_was_learned_is_not_called_skewed(life: Life) -> None:
    passed, told = skewed(life, lambda row: row)
    assert passed, told
    assert told.startswith(f"{MONTH}: as in the training, by ")


def test_a_column_that_serving_scales_is_called_though_its_table_is_right(life: Life) -> None:
    passed, told = skewed(life, lambda row: {**row, "distance": 1.8 * float(str(row["distance"]))})
    assert not passed
    assert told.startswith(f"{MONTH}: version 1: distance: ")
    assert "feature table" not in told
    life.run(DRIFT, partition=MONTH)
    table = life.warehouse.published("parcels", "features", MONTH)
    assert table is not None
    kept = life.warehouse.attached(table, DRIFT_FILE)
    assert kept is not None
    assert "distance" not in read_drift_report(kept).drifted_columns
    # Had the table moved as well, people would be told so.
    traffic = life.warehouse.published("parcels", TRAFFIC, MONTH)
    assert traffic is not None
    served = life.warehouse.attached(traffic, "training_skew.1.json")
    assert served is not None
    life.warehouse.attach(table, DRIFT_FILE, served)
    _, told = checks(life.run(TRAFFIC, partition=MONTH))[TRAINING_SKEW_CHECK]
    assert "; in the feature table, too: distance" in told


def test_columns_that_serving_swaps_are_called_and_ranked_by_what_they_do(life: Life) -> None:
    passed, told = skewed(life, lambda row: {**row, "distance": row["hour"], "hour": row["distance"]})
    assert not passed
    assert "distance: " in told
    assert "hour: " in told
    traffic = life.warehouse.published("parcels", TRAFFIC, MONTH)
    assert traffic is not None
    kept = life.warehouse.attached(traffic, "training_skew.1.json")
    assert kept is not None
    report = read_drift_report(kept)
    assert set(report.drifted_columns) == {"distance", "hour"}
    assert report.columns[0].effect is not None
    weights = [(t.effect or 0) * (t.importance or 0) for t in report.columns if t.drifted]
    assert weights == sorted(weights, reverse=True)


def test_without_the_champions_bundle_the_table_of_answers_is_made_anyway(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Path:
        raise LifecycleError("the bundle is gone")

    answer(life, feature_rows(life))
    monkeypatch.setattr(FakeTracking, "fetch_bundle", gone)
    passed, told = checks(life.run(TRAFFIC, partition=MONTH))[TRAINING_SKEW_CHECK]
    assert (passed, told) == (False, f"{MONTH}: not comparable: the bundle is gone")


def test_answers_that_are_there_twice_and_a_split_that_was_not_kept_are_told(life: Life) -> None:
    rows = feature_rows(life)
    for _ in range(2):
        answer(life, rows, propensity=0.01)
    found = checks(life.run(TRAFFIC, partition=MONTH))
    assert found[DUPLICATES_CHECK] == (False, f"{MONTH}: 40 rows")
    assert found[SAMPLE_RATIO_CHECK][0] is False


def test_a_month_without_answers_has_an_empty_table_and_compares_nothing(life: Life) -> None:
    done = life.run(TRAFFIC, LABELS, partition=MONTH)
    assert checks(done)[SKEW_CHECK] == (False, f"{MONTH}: not comparable: nothing was answered")
    assert metadata(done, LABELS)["coverage"].value == 0.0


def test_labels_ask_for_the_answers_first(life: Life) -> None:
    done = life.run(LABELS, partition=MONTH, good=False)
    told = str(done.all_events)
    assert "materialize it before the labels" in told

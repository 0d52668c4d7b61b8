"""From a real log to tables: what was answered, what came true, and what the checks see."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.keys import DUPLICATES_CHECK, LABELS, SAMPLE_RATIO_CHECK, SKEW_CHECK, TRAFFIC
from assets.performance_served import served_metadata
from lifecycle.endpoint.log.record import LoggedVariant, PartEntry, RequestEntry
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.scorer import Score
from lifecycle.features.build import build_plan
from lifecycle.features.request import from_python
from lifecycle.spec.records import RequestLogSection
from tests.fakes.life import Life

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

MONTH = "2024-02"


def feature_rows(life: Life) -> Sequence[Mapping[str, object]]:
    table = life.warehouse.published("parcels", "features", MONTH)
    assert table is not None
    return life.warehouse.read(table).slice(0, 40).to_pylist()


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
        "one_label": True,
    }
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
    served = served_metadata(life.spec, life.warehouse, MONTH, as_of=datetime(2024, 3, 1, tzinfo=UTC))
    assert served["served_variants"] == told["variants"]
    assert served["served_versions"] == metadata(done, LABELS)["versions"]
    assert served_metadata(life.spec, life.warehouse, "2024-01", as_of=datetime(2024, 3, 1, tzinfo=UTC)) == {}
    again = life.run(TRAFFIC, partition=MONTH)
    assert data_versions(again) == data_versions(done)[:1]


def data_versions(done: dg.ExecuteInProcessResult) -> list[str]:
    events = done.get_asset_materialization_events()
    return [(e.materialization.tags or {})["dagster/data_version"] for e in events]


def test_a_feature_that_was_served_otherwise_is_told(life: Life) -> None:
    answer(life, feature_rows(life), wind=123.0)
    passed, told = checks(life.run(TRAFFIC, partition=MONTH))[SKEW_CHECK]
    assert (passed, told) == (False, f"{MONTH}: 40 rows compared, that differ: wind in 40")


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

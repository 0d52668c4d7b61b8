"""Tables of the log: of several versions as one, and what they say of each variant."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.endpoint.log.compaction import table_of
from lifecycle.endpoint.log.realised import Realised, realised
from lifecycle.endpoint.log.record import LoggedRow, LoggedVariant
from lifecycle.endpoint.log.summary import SUMMARY_COLUMNS, summarize
from lifecycle.endpoint.log.uniting import united
from lifecycle.endpoint.service_metrics import service_metrics
from tests.fakes.logged import CHAMPION

AT = datetime(2024, 3, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")
CHALLENGER = LoggedVariant(name="challenger", role="challenger", version="4", digest="b" * 64, features=())
DAY_S = 86_400


def logged(
    number: int, variant: LoggedVariant, latency: int, score: float, failed: bool, override: bool
) -> LoggedRow:
    return LoggedRow(
        request=f"r{number % 5}",  # some come with several rows
        row=number,
        at=AT + timedelta(seconds=number % 5),
        latency_us=(number % 5) * 1000 + latency,
        scoring_us=100,
        protocol="plain",
        generation=1,
        status=200,
        key="k",
        bucket=1,
        assignment="override" if override else "hash",
        propensity=1.0,
        assigned=variant,
        answered=None if failed else variant,
        reason="error" if failed else None,
        value=None if failed else True,
        probability=None if failed else score,
        probabilities=None,
        features={},
        columns={},
    )


@given(
    st.lists(st.tuples(st.sampled_from([CHAMPION, CHALLENGER]), st.floats(0, 1), st.booleans()), max_size=30)
)
def test_a_summary_says_what_the_metrics_of_rows_say(
    told: Sequence[tuple[LoggedVariant, float, bool]],
) -> None:
    # A request has one latency and one fate with each variant.
    rows = [
        logged(i, variant, 500, score, i % 5 == 2, override)
        for i, (variant, score, override) in enumerate(told)
    ]
    table = united(
        [table_of([row for row in rows if row.assigned == v]) for v in (CHAMPION, CHALLENGER)],
        SUMMARY_COLUMNS,
    )
    found = summarize(table, window_s=DAY_S)
    expected = sorted(service_metrics(rows, window_s=DAY_S), key=lambda m: m.variant)
    assert [
        (f.variant, f.version, f.requests, f.rows, f.failures, f.error_rate, f.p50_ms, f.p99_ms)
        for f in found
    ] == [
        (m.variant, m.version, m.requests, m.rows, m.failures, m.error_rate, m.p50_ms, m.p99_ms)
        for m in expected
    ]
    assert [f.fallback_rate for f in found] == [0.0] * len(found)
    for one, other in zip(found, expected, strict=True):
        assert (one.scores is None) == (other.scores is None)
        if one.scores and other.scores:
            assert (one.scores.n, one.scores.counts) == (other.scores.n, other.scores.counts)
            assert (one.scores.mean, one.scores.sd) == pytest.approx((other.scores.mean, other.scores.sd))


def test_missing_features_and_rows_that_another_one_answered_for_are_counted() -> None:
    rows = [
        replace(
            logged(i, CHAMPION, 500, 0.5, False, False),
            features={"miles": None if i < 3 else 1.0, "carrier": "AA"},
            assignment="fallback" if i == 9 else "hash",
        )
        for i in range(10)
    ]
    (found,) = summarize(table_of(rows), window_s=DAY_S)
    (expected,) = service_metrics(rows, window_s=DAY_S)
    assert (found.null_rate, found.fallback_rate) == (expected.null_rate, 0.1)
    assert found.null_rate == 3 / 20
    (untold,) = summarize(table_of(rows).select(SUMMARY_COLUMNS), window_s=DAY_S)
    assert untold.null_rate is None


def test_a_feature_that_changed_its_type_becomes_text() -> None:
    tables = [pa.table({"feature.a": pa.array(v)}) for v in (["x"], [1], [None])]
    assert united(tables, ["feature.a"])["feature.a"].to_pylist() == ["x", "1", None]
    numbers = united([pa.table({"feature.a": pa.array(v)}) for v in ([1], [2.5])], ["feature.a"])
    assert numbers["feature.a"].to_pylist() == [1.0, 2.5]


def answered(
    value: Sequence[object], label: Sequence[object], probability: Sequence[float | None]
) -> pa.Table:
    n = len(value)
    return pa.table(
        {
            "at": pa.array([AT] * n, INSTANT),
            "assignment": ["hash"] * n,
            "version": ["3"] * n,
            "value": pa.array([json.dumps(v) for v in value]),
            "probability": pa.array(probability, pa.float64()),
            "label": pa.array([None if v is None else json.dumps(v) for v in label], pa.string()),
            "label_known_at": pa.array(
                [None if v is None else AT + timedelta(seconds=10) for v in label], INSTANT
            ),
        }
    )


def test_realised_metrics_of_a_binary_model() -> None:
    table = answered([True, True, False, True], [True, False, False, None], [0.9, 0.6, 0.1, 0.8])
    (found,) = realised(table, task="binary", positive=True)
    brier = (0.1**2 + 0.6**2 + 0.1**2) / 3
    assert found == Realised(
        version="3",
        rows=4,
        labelled=3,
        metrics={"accuracy": pytest.approx(2 / 3), "brier": pytest.approx(brier)},  # type: ignore[dict-item]
        delays_s=(10.0, 10.0, 10.0),
    )
    assert found.coverage == 0.75


def test_realised_error_of_a_regression_and_nothing_without_labels() -> None:
    (found,) = realised(answered([1.5, 4], [1, 5.5], [None, None]), task="regression", positive=True)
    assert found.metrics == {"mae": 1.0}
    (none,) = realised(answered([1.5], [None], [None]), task="regression", positive=True)
    assert (none.metrics, none.delays_s, none.coverage) == ({}, None, 0.0)

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.endpoint.log.record import LoggedRow
from lifecycle.endpoint.service_metrics import Scores, ServiceMetrics, nearest_rank, service_metrics
from tests.fakes.logged import CHAMPION

NOON = datetime(2013, 4, 1, 12, tzinfo=UTC)
CHALLENGER = replace(CHAMPION, name="challenger", role="challenger", version="4", digest="b" * 64)


def row(request: str, *, s: float = 0, **changed: Any) -> LoggedRow:
    plain = LoggedRow(
        request=request,
        row=0,
        at=NOON + timedelta(seconds=s),
        latency_us=1000,
        scoring_us=800,
        protocol="plain",
        generation=1,
        status=200,
        key="k",
        bucket=1,
        assignment="hash",
        propensity=0.95,
        assigned=CHAMPION,
        answered=CHAMPION,
        reason=None,
        value=True,
        probability=0.75,
        probabilities=None,
        features={"miles": 1.5, "carrier": "AA"},
        columns={},
    )
    return replace(plain, **changed)


def test_a_window_worked_by_hand() -> None:
    rows = [
        row("a", latency_us=1000, probability=0.25, value=False, features={"miles": None, "carrier": "AA"}),
        row("b", latency_us=3000, s=30),
        row("b", latency_us=3000, s=30, row=1),
        row("c", latency_us=2000, s=59, assignment="fallback", reason="error", answered=CHALLENGER),
        row("later", s=60),
        row("wished", assignment="override"),
    ]
    first, second = service_metrics(rows, window_s=60, edges=[0.5])
    assert first == ServiceMetrics(
        variant="champion",
        version="3",
        start=NOON,
        window_s=60,
        requests=3,
        rows=4,
        failures={"error": 1},
        error_rate=1 / 3,
        null_rate=1 / 6,
        p50_ms=2.0,
        p99_ms=3.0,
        per_s=0.05,
        scores=Scores(n=3, mean=7 / 12, sd=pytest.approx(0.2886751), counts=(1, 2)),  # type: ignore[arg-type]
        classes={"False": 1, "True": 2},
    )
    assert (second.start, second.requests) == (NOON + timedelta(minutes=1), 1)


def test_a_variant_that_never_answered_has_no_scores_and_no_null_rate() -> None:
    failed = row(
        "a", assigned=CHALLENGER, answered=None, value=None, probability=None, reason="open", features={}
    )
    (found,) = service_metrics([failed], window_s=60)
    assert (found.variant, found.error_rate, found.null_rate, found.scores) == ("challenger", 1.0, None, None)


def test_nothing_asked_is_no_window() -> None:
    assert service_metrics([], window_s=60) == []
    with pytest.raises(ValueError, match="has no length"):
        service_metrics([], window_s=0)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=300), st.floats(0.01, 1))
def test_quantiles_are_those_of_numpy(latencies: list[int], share: float) -> None:
    found = nearest_rank(sorted(latencies), share)
    assert found == np.quantile(latencies, share, method="inverted_cdf")


@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 300), min_size=1, max_size=50))
def test_the_order_of_rows_does_not_matter_and_none_is_lost(
    chance: random.Random, seconds: list[int]
) -> None:
    rows = [row(str(i), s=s, assigned=chance.choice([CHAMPION, CHALLENGER])) for i, s in enumerate(seconds)]
    found = service_metrics(rows, window_s=60)
    assert sum(metrics.requests for metrics in found) == len(rows)
    chance.shuffle(rows)
    assert service_metrics(rows, window_s=60) == found

"""Label coverage: the query against a count by plain loops."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.data.maturity import Cohort, LabelCoverage
from lifecycle.features.build import build_plan
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import Warehouse
from tests.fakes.orders import DAY, NOON, WINDOW, order, orders_spec, write_orders, write_stock
from tests.resources.warehouse.conftest import EXAMPLES

SPEC = orders_spec()
FIXED = orders_spec(("known_at: known_at}", "delay: 3d}"))
HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
Row = Mapping[str, object]


def measured(
    warehouse: Warehouse, models: Path, rows: Sequence[Row], spec: ModelSpec = SPEC, *, as_of: datetime = NOON
) -> LabelCoverage:
    write_orders(models, rows)
    return warehouse.label_coverage(spec, warehouse.snapshot(spec, DAY, WINDOW), as_of=as_of)


def labelled(name: str, at: datetime, delay: timedelta) -> dict[str, object]:
    return order(name, ordered_at=at, known_at=at + delay)


def unlabelled(name: str, at: datetime) -> dict[str, object]:
    return order(name, ordered_at=at, returned=None, known_at=None)


def test_a_label_counts_to_the_microsecond(warehouse: Warehouse, models: Path) -> None:
    rows = [
        labelled("at the cut-off", NOON - HOUR, HOUR),
        labelled("later", NOON - HOUR, HOUR + MICROSECOND),
        unlabelled("old", WINDOW.start),
        unlabelled("young", NOON),
        order("undated", known_at=None),
    ]
    (cohort,) = measured(warehouse, models, rows).cohorts
    assert cohort == Cohort(
        name=DAY,
        rows=5,
        known=1,
        later=1,
        undated=1,
        missing=2,
        missing_aged=1,  # the last sign of life is the label one microsecond after noon: half a day later
        delays_s=cohort.delays_s,
    )
    assert cohort.delays_s == pytest.approx((3600.0, 3600.0, 3600.0), abs=1e-6)


def test_the_delay_of_the_spec_is_the_limit(warehouse: Warehouse, models: Path) -> None:
    rows = [order("a", ordered_at=WINDOW.start), order("b", ordered_at=NOON), unlabelled("c", NOON)]
    coverage = measured(warehouse, models, rows, FIXED, as_of=WINDOW.start + timedelta(days=3))
    assert (coverage.fixed, coverage.longest_s) == (True, 3 * 86_400.0)
    assert coverage.states() == {
        "known": 1,
        "later": 1,
        "undated": 0,
        "pending": 1,
        "overdue": 0,
        "unknown": 0,
    }


def test_cohorts_are_days_on_the_clock_of_the_spec_and_hours_below(
    warehouse: Warehouse, models: Path
) -> None:
    tokyo = orders_spec(("time_zone: UTC", "time_zone: Asia/Tokyo"))
    rows = [labelled("a", WINDOW.start, HOUR), labelled("b", WINDOW.start + 15 * HOUR, HOUR)]
    assert [c.name for c in measured(warehouse, models, rows, tokyo).cohorts] == ["2024-03-01", "2024-03-02"]
    hourly = orders_spec(("every: day", "every: hour"))
    names = [c.name for c in measured(warehouse, models, rows, hourly).cohorts]
    assert names == ["2024-03-01 00:00", "2024-03-01 15:00"]


def test_a_table_without_rows_has_no_cohort(warehouse: Warehouse, models: Path) -> None:
    coverage = measured(warehouse, models, [])
    assert (coverage.cohorts, coverage.labels, coverage.last_sign, coverage.judged) == ((), 0, None, False)


def test_a_feature_table_tells_the_same_as_its_snapshot(warehouse: Warehouse, models: Path) -> None:
    write_stock(models, [])
    rows = [labelled("a", NOON, HOUR), labelled("b", NOON, 5 * HOUR), unlabelled("c", NOON)]
    expected = measured(warehouse, models, rows, as_of=NOON + 2 * HOUR)
    snapshot = warehouse.published("orders", "data", DAY)
    assert snapshot is not None
    features = warehouse.build_features(build_plan(SPEC), SPEC, snapshot, DAY)
    assert warehouse.label_coverage(SPEC, features, as_of=NOON + 2 * HOUR) == expected
    later = warehouse.label_coverage(SPEC, features, as_of=NOON, since=NOON + MICROSECOND)
    assert later.cohorts == ()


ROWS = st.lists(
    st.tuples(st.integers(0, 86_399), st.none() | st.integers(0, 200_000), st.booleans()),
    min_size=1,
    max_size=25,
)


@given(ROWS, st.integers(-10_000, 250_000))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_query_counts_what_plain_loops_count(
    warehouse: Warehouse, models: Path, drawn: list[tuple[int, int | None, bool]], cut: int
) -> None:
    second, as_of = timedelta(seconds=1), WINDOW.start + timedelta(seconds=cut)
    rows = []
    for number, (at_s, delay_s, dated) in enumerate(drawn):
        at = WINDOW.start + at_s * second
        if delay_s is None:
            rows.append(unlabelled(str(number), at))
        else:
            rows.append(labelled(str(number), at, delay_s * second) | ({} if dated else {"known_at": None}))
    known = [(a, a + d) for a, d, dated in drawn if d is not None and dated]
    newest = max([a for a, _, _ in drawn] + [k for _, k in known])
    longest = max((k - a for a, k in known), default=None)
    missing = [a for a, d, _ in drawn if d is None]
    coverage = measured(warehouse, models, rows, as_of=as_of)
    (cohort,) = coverage.cohorts
    found = (cohort.rows, cohort.known, cohort.later, cohort.undated, cohort.missing, cohort.missing_aged)
    assert found == (
        len(drawn),
        sum(k <= cut for _, k in known),
        sum(k > cut for _, k in known),
        sum(d is not None and not dated for _, d, dated in drawn),
        len(missing),
        0 if longest is None else sum(newest - a > longest for a in missing),
    )
    assert (coverage.labels, coverage.longest_s) == (len(known), longest)

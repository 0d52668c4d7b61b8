"""Offline equals online, for every allowed function, on generated rows; both equal a slow third reading."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lifecycle.features.calendar import calendar
from lifecycle.features.expression import Call, Expression
from lifecycle.features.functions import FUNCTIONS
from lifecycle.features.offline import feature_table
from lifecycle.features.online import LookupTable, OnlineFeatures
from lifecycle.features.parity import same
from lifecycle.features.parse import parse_expression
from lifecycle.features.plan import Feature, FeaturePlan, LookupPlan
from lifecycle.features.request import from_python
from lifecycle.spec.columns import Column
from lifecycle.spec.data import Label
from tests.lifecycle.features.expressions import EXPRESSIONS
from tests.lifecycle.features.rows import KINDS, known_then, moments, online, requests, table


def functions_in(expression: Expression) -> set[str]:
    if not isinstance(expression, Call):
        return set()
    return {expression.function}.union(*map(functions_in, expression.args))


def make_plan(
    expressions: Mapping[str, str], *, lookups: Sequence[LookupPlan] = (), zone: str = "America/New_York"
) -> FeaturePlan:
    kinds = {"at": "timestamp", **KINDS}
    scope = {"": kinds, **{lookup.name: lookup.columns for lookup in lookups}}
    return FeaturePlan(
        entity="n",
        event_time="at",
        request={name: Column(type=kind, null_share=1.0) for name, kind in kinds.items() if kind != "null"},
        features=tuple(
            Feature(name=k, expression=parse_expression(v, scope)) for k, v in expressions.items()
        ),
        lookups=tuple(lookups),
        calendar=calendar(zone),
    )


def offline_rows(
    plan: FeaturePlan, rows: Sequence[Mapping[str, Any]], lookups: Mapping[str, Any]
) -> list[dict[str, Any]]:
    kinds = {"at": "timestamp", **KINDS, "row": "int", "late": "bool", "late_at": "timestamp"}
    numbered = [{**row, "row": i, "late": None, "late_at": None} for i, row in enumerate(rows)]
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    events = con.create_table("events", table(numbered, kinds))
    sides = {name: con.create_table(name, side) for name, side in lookups.items()}
    label = Label(column="late", known_at="late_at")
    window = (datetime(2013, 1, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC))
    # The entity tells the rows apart, whatever order the engine gives them back in.
    numbered_plan = FeaturePlan(
        entity="row",
        event_time=plan.event_time,
        request=plan.request,
        features=plan.features,
        lookups=plan.lookups,
        calendar=plan.calendar,
    )
    found = con.to_pyarrow(feature_table(numbered_plan, label, events, sides, window)).to_pylist()
    con.disconnect()
    return sorted(found, key=lambda row: int(row["row"]))


def test_every_allowed_function_is_tested() -> None:
    plan = make_plan(EXPRESSIONS)
    assert set().union(*(functions_in(f.expression) for f in plan.features)) == set(FUNCTIONS)


# Each example compiles fifty expressions to SQL: shrinking would take minutes, the message names it anyway.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=12, deadline=None, phases=UNSHRUNK)
@given(
    rows=st.lists(requests, min_size=1, max_size=30),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]),
)
def test_offline_equals_online(rows: list[dict[str, Any]], zone: str) -> None:
    plan = make_plan(EXPRESSIONS, zone=zone)
    compute = OnlineFeatures(plan, {}).compute
    differing = {
        (name, repr(request), value, found[name])
        for request, found in zip(rows, offline_rows(plan, rows, {}), strict=True)
        for name, value in compute(online(request)).items()
        if not same(value, found[name])
    }
    assert differing == set()


lookup_rows = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["a", "b", None]),
            "known_at": moments,
            "value": st.none() | st.integers(0, 9),
        }
    ),
    max_size=20,
    unique_by=lambda row: (row["key"], row["known_at"]),
)
near = st.datetimes(datetime(2013, 3, 30), datetime(2013, 4, 1), timezones=st.just(UTC))


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(data=st.data(), max_age_s=st.sampled_from([None, 0, 3600, 86_400]))
def test_lookup_gives_the_latest_row_known_then(data: st.DataObject, max_age_s: int | None) -> None:
    side = data.draw(lookup_rows)
    side = [{**row, "known_at": data.draw(near)} for row in side]
    side = list({(row["key"], row["known_at"]): row for row in side}.values())
    known_times = [row["known_at"] for row in side]
    times = near | st.sampled_from(known_times) if known_times else near
    drawn: list[dict[str, Any]] = data.draw(st.lists(requests, min_size=1, max_size=10))
    rows: list[dict[str, Any]] = [
        {**row, "at": data.draw(times), "s": data.draw(st.sampled_from(["a", "b", "c", None]))}
        for row in drawn
    ]
    lookup = LookupPlan(
        name="w", key={"key": "s"}, known_at="known_at", max_age_s=max_age_s, columns={"value": "int"}
    )
    plan = make_plan({"seen": "w.value"}, lookups=[lookup])
    found = offline_rows(
        plan, rows, {"w": table(side, {"key": "string", "known_at": "timestamp", "value": "int"})}
    )
    slots = [{name: from_python(value) for name, value in row.items()} for row in side]
    features = OnlineFeatures(plan, {"w": LookupTable.build(lookup, slots)})
    age = None if max_age_s is None else timedelta(seconds=max_age_s)
    slow = [known_then(side, key=row["s"], at=row["at"], max_age=age) for row in rows]
    expected = [None if row is None else row["value"] for row in slow]
    assert [row["seen"] for row in found] == expected
    assert [features.compute(online(row))["seen"] for row in rows] == expected
    assert [row["w__known_at"] for row in found] == [None if row is None else row["known_at"] for row in slow]


def test_lookup_without_time_holds_for_ever() -> None:
    lookup = LookupPlan(name="p", key={"key": "s"}, known_at=None, max_age_s=None, columns={"value": "int"})
    plan = make_plan({"seen": "p.value"}, lookups=[lookup])
    side: list[dict[str, Any]] = [{"key": "a", "value": 1}, {"key": "b", "value": None}]
    base: dict[str, Any] = dict.fromkeys(KINDS)
    rows = [{**base, "at": datetime(2013, 5, 1, tzinfo=UTC), "s": key} for key in ["a", "b", "c", None]]
    found = offline_rows(plan, rows, {"p": table(side, {"key": "string", "value": "int"})})
    features = OnlineFeatures(plan, {"p": LookupTable.build(lookup, side)})
    assert [row["seen"] for row in found] == [1, None, None, None]
    assert [features.compute(online(row))["seen"] for row in rows] == [1, None, None, None]


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Europe/Zurich", "Australia/Lord_Howe", "Africa/Monrovia"]
)
@given(moment=moments)
def test_calendar_agrees_with_the_time_zone_database(zone: str, moment: datetime) -> None:
    from zoneinfo import ZoneInfo

    utc_s = int(moment.replace(microsecond=0).timestamp())
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    assert calendar(zone).local_s(utc_s) - utc_s == int(offset.total_seconds())

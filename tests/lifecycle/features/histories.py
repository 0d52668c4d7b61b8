"""Histories of every kind over generated rows: the spec, the rows, and both paths over them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import ibis
from hypothesis import strategies as st

from lifecycle.features.build import build_plan
from lifecycle.features.history import HistorySource
from lifecycle.features.history_online import HistoryTable, PastRows
from lifecycle.features.lowering import IBIS_TYPES
from lifecycle.features.offline import feature_table
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import from_python
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec
from tests.lifecycle.features.rows import table
from tests.lifecycle.features.slow_history import (
    Row,
    SlowHistory,
    delayed_at,
    event_at,
    label_at,
    row_at,
)

OWN: Mapping[str, str] = {
    "row": "int",
    "at": "timestamp",
    "k": "string",
    "j": "int",
    "x": "float",
    "n": "int",
    "s": "string",
    "b": "bool",
    "t": "timestamp",
    "d": "date",
    "late": "bool",
    "late_at": "timestamp",
}
EVENTS: Mapping[str, str] = {
    "known": "timestamp",
    **{name: OWN[name] for name in ("k", "j", "x", "n", "s", "b", "t", "d")},
}
ZONE = "America/New_York"
WINDOW, MAX_DELAY, DELAY = timedelta(hours=2), timedelta(hours=3), timedelta(hours=1)
START = datetime(2013, 3, 10, 4, tzinfo=UTC)
"""Three hours before New York's clocks go forward."""
BOUNDS = (START, START + timedelta(hours=12))
KEYS = ((("k", "k"),), (("k", "k"), ("j", "j")), ())
LABELS = {
    "known_at": ("known_at: late_at", label_at(MAX_DELAY)),
    "delay": ("delay: 1h", delayed_at(DELAY)),
}


def local_hour(row: Row) -> int | None:
    return None if row["t"] is None else row["t"].astimezone(ZoneInfo(ZONE)).hour


VALUES: Mapping[str, Callable[[Row], Any]] = {
    **{name: (lambda row, name=name: row[name]) for name in ("x", "n", "s", "b", "t", "d")},
    "x + n": lambda row: None if row["x"] is None or row["n"] is None else row["x"] + row["n"],
    "hour(t)": local_hour,
}
LABEL_VALUES: Mapping[str, Callable[[Row], Any]] = {
    "late": lambda row: row["late"],
    "CASE WHEN late THEN x ELSE 0.5 END": lambda row: row["x"] if row["late"] else 0.5,
}
ADDED = ("x", "n", "b", "x + n", "hour(t)", *LABEL_VALUES)
NEEDS_NO_VALUE = ("count", "days_since")
AGGREGATES = ("count", "mean", "sum", "min", "max", "last", "days_since", "distinct")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One history, as the spec says it and as the slow implementation takes it."""

    aggregate: str
    source: str
    """`events`, `rows` or `labels`."""
    key: tuple[tuple[str, str], ...]
    """Pairs of a column of the past row and one of the request."""
    value: str | None

    @property
    def text(self) -> str:
        key = ", ".join(f"{past}: {asked}" for past, asked in self.key)
        parts = [f"key: {{{key}}}", "window: 2h", f"aggregate: {self.aggregate}"]
        parts += ["of: happened"] if self.source == "events" else []
        parts += [f"value: '{self.value}'"] if self.value else []
        return f"{{{', '.join(parts)}}}"

    def slow(self, label: str) -> SlowHistory:
        at = {"events": event_at, "rows": row_at, "labels": LABELS[label][1]}[self.source]
        values = {**VALUES, **LABEL_VALUES}
        return SlowHistory(
            at=at,
            key=dict(self.key),
            window=WINDOW,
            aggregate=self.aggregate,
            value=None if self.value is None else values[self.value],
        )


def all_cases() -> list[Case]:
    """Every aggregate of every value that it takes, from every source."""
    cases = []
    for source in ("events", "rows", "labels"):
        values = LABEL_VALUES if source == "labels" else VALUES
        for aggregate in AGGREGATES:
            fitting = [value for value in values if aggregate not in ("mean", "sum") or value in ADDED]
            options: list[str | None] = [*fitting]
            options += [None] if aggregate in NEEDS_NO_VALUE and source != "labels" else []
            for value in options:
                key = KEYS[len(cases) % len(KEYS)]
                cases.append(Case(aggregate=aggregate, source=source, key=key, value=value))
    return cases


def spec_of(cases: Sequence[Case], label: str) -> ModelSpec:
    """A model whose features are the histories alone: `h0`, `h1` and so on."""
    columns = "".join(f"    {name}: {{type: {kind}, null_share: 1}}\n" for name, kind in OWN.items())
    events = ", ".join(f"{name}: {kind}" for name, kind in EVENTS.items() if name != "known")
    histories = "".join(f"    h{i}: {case.text}\n" for i, case in enumerate(cases))
    if label == "known_at":
        histories = "".join(
            line.replace("}\n", ", max_delay: 3h}\n") if case.source == "labels" else line
            for case, line in zip(cases, histories.splitlines(keepends=True), strict=True)
        )
    features = "".join(f"    h{i}: {_feature(case, f'history.h{i}')}\n" for i, case in enumerate(cases))
    return parse_spec(f"""
model: {{name: past, task: binary}}
data:
  source: {{files: past.parquet}}
  entity: row
  event_time: at
  time_zone: {ZONE}
  partition: {{every: day, start: 2013-01-01}}
  columns:
{columns}  label: {{column: late, {LABELS[label][0]}}}
features:
  events:
    happened: {{table: happened.parquet, known_at: known, columns: {{{events}}}}}
  history:
{histories}  columns:
{features}evaluation: {{gates: [{{metric: auc, min: 0.5}}]}}
""")


def _feature(case: Case, name: str) -> str:
    """Times are no features: their hour, or whether there is one, stands for them."""
    if case.aggregate in ("min", "max", "last") and case.value in ("t", "d"):
        return f"dayofyear({name}) * 24 + hour({name})"
    return name


def expected(case: Case, found: Any) -> Any:
    """What a slow result is as a feature."""
    if found is None or case.aggregate not in ("min", "max", "last") or case.value not in ("t", "d"):
        return found
    if case.value == "d":
        return found.timetuple().tm_yday * 24
    local = found.astimezone(ZoneInfo(ZONE))
    return local.timetuple().tm_yday * 24 + local.hour


@dataclass(frozen=True, kw_only=True)
class Histories:
    """Some histories, compiled once: compiling takes longer than running them on a few rows."""

    cases: tuple[Case, ...]
    label: str
    spec: ModelSpec
    plan: FeaturePlan
    sql: str

    def offline(
        self, connection: duckdb.DuckDBPyConnection, rows: Sequence[Row], events: Sequence[Row]
    ) -> list[dict[str, Any]]:
        """The feature table in the order of `row`, by DuckDB."""
        connection.register("own", table(rows, OWN))
        connection.register("happened", table(events, EVENTS))
        found = connection.execute(f'SELECT * FROM ({self.sql}) ORDER BY "row"').to_arrow_table()
        return found.to_pylist()


@lru_cache
def histories_of(cases: tuple[Case, ...], label: str = "known_at") -> Histories:
    """The spec, plan and SQL of some histories."""
    spec = spec_of(cases, label)
    plan = build_plan(spec)
    own, happened = (
        ibis.table({column: IBIS_TYPES[kind] for column, kind in kinds.items()}, name=name)
        for name, kinds in (("own", OWN), ("happened", EVENTS))
    )
    sources = {source.name: happened if source.role == "events" else own for source in plan.sources}
    made = feature_table(plan, spec.data.label, own, {}, BOUNDS, sources)
    sql = ibis.to_sql(made, dialect="duckdb", pretty=False)
    return Histories(cases=cases, label=label, spec=spec, plan=plan, sql=str(sql))


def online(plan: FeaturePlan, rows: Sequence[Row], events: Sequence[Row]) -> OnlineFeatures:
    """The online path over the same past."""
    histories = {}
    for source in plan.sources:
        past = past_of(source, events if source.role == "events" else rows)
        for history in plan.histories:
            if history.source == source.name:
                histories[history.name] = HistoryTable.build(history, past, plan.calendar)
    return OnlineFeatures(plan, {}, histories)


def past_of(source: HistorySource, rows: Sequence[Row]) -> PastRows:
    return PastRows.build(source, {name: [from_python(r[name]) for r in rows] for name in source.columns})


HOUR_US = 3_600_000_000
# Around the edges of windows and delays to the microsecond, and ties of them.
edges = st.sampled_from([h * HOUR_US + e for h in range(6) for e in (-1, 0, 1)]).filter(lambda us: us >= 0)
times = (edges | st.integers(0, 6 * HOUR_US)).map(lambda us: START + timedelta(microseconds=us))
floats = st.floats(-1000, 1000) | st.sampled_from(
    [0.0, -0.0, 0.1, 0.2, float("nan"), float("inf"), float("-inf"), 1e300]
)
values: Mapping[str, st.SearchStrategy[Any]] = {
    "k": st.sampled_from(["a", "b", None]),
    "j": st.sampled_from([1, 2, None]),
    "x": st.none() | floats,
    "n": st.none() | st.integers(-3, 3) | st.integers(-(2**40), 2**40),
    "s": st.sampled_from([None, "", "a", "B", "é", "ß"]),
    "b": st.none() | st.booleans(),
    "t": st.none() | times,
    "d": st.none() | st.dates(datetime(2012, 12, 1).date(), datetime(2013, 12, 1).date()),
}
happenings = st.lists(st.fixed_dictionaries({"known": st.none() | times, **values}), max_size=15)
own_rows = st.lists(
    st.fixed_dictionaries(
        {"at": times, **values, "late": st.none() | st.booleans(), "late_at": st.none() | times}
    ),
    min_size=1,
    max_size=15,
).map(lambda rows: [{"row": number, **row} for number, row in enumerate(rows)])

"""History features: offline equals online, and both equal loops over all rows, without shared code."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lifecycle.features.parity import same
from tests.lifecycle.features.histories import (
    START,
    WINDOW,
    Case,
    Histories,
    all_cases,
    expected,
    happenings,
    histories_of,
    online,
    own_rows,
)
from tests.lifecycle.features.rows import online as request_of
from tests.lifecycle.features.slow_history import Row, slow_history

CASES = all_cases()
MICROSECOND = timedelta(microseconds=1)


def chunks() -> Iterator[Any]:
    """Histories of one source and key together, and some of all."""
    for source in ("events", "rows", "labels"):
        for key in dict.fromkeys(case.key for case in CASES):
            chunk = tuple(case for case in CASES if (case.source, case.key) == (source, key))
            name = f"{source} by {' and '.join(past for past, _ in key) or 'nothing'}"
            yield pytest.param(chunk, "known_at", id=name)
            if source == "labels":
                yield pytest.param(chunk, "delay", id=f"{name}, after a delay")
    yield pytest.param(tuple(CASES[::13]), "known_at", id="all sources at once")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


def differing(
    histories: Histories,
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    events: Sequence[Row],
) -> list[tuple[object, ...]]:
    """Histories of rows that the two paths and the loops do not agree on."""
    made = histories.offline(connection, rows, events)
    compute = online(histories.plan, rows, events).compute
    wrong: list[tuple[object, ...]] = []
    for row, table_row in zip(rows, made, strict=True):
        computed = compute(request_of(row))
        for number, case in enumerate(histories.cases):
            past = events if case.source == "events" else rows
            slow = expected(case, slow_history(case.slow(histories.label), past, row, row["at"]))
            found = (table_row[f"h{number}"], computed[f"h{number}"])
            if not all(same(value, slow) for value in found):
                wrong.append((case, row, "offline, online:", found, "slow:", slow))
        ats = [value for name, value in table_row.items() if name.startswith("history__")]
        wrong += [("from the future", at, row) for at in ats if at is not None and at > row["at"]]
    return wrong


@pytest.mark.parametrize(("cases", "label"), list(chunks()))
@settings(
    max_examples=8,
    deadline=None,
    # Shrinking would take minutes; the message names the history anyway.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=own_rows, events=happenings)
def test_offline_equals_online_equals_loops(
    connection: duckdb.DuckDBPyConnection,
    cases: tuple[Case, ...],
    label: str,
    rows: list[dict[str, Any]],
    events: list[dict[str, Any]],
) -> None:
    assert differing(histories_of(cases, label), connection, rows, events) == []


def test_every_aggregate_is_tested_from_every_source_and_by_every_key() -> None:
    assert {case.aggregate for case in CASES} == {
        *("count", "mean", "sum", "min", "max", "last", "days_since", "distinct")
    }
    assert len({(case.source, case.key) for case in CASES}) == 9


PLANTED = tuple(
    Case(aggregate=aggregate, source=source, key=(("k", "k"),), value=value)
    for source, value in (("events", "n"), ("rows", "n"), ("labels", "late"))
    for aggregate in ("count", "sum", "max", "last", "days_since", "distinct")
)
ASKED_AT = START + timedelta(hours=4)
EMPTY: dict[str, Any] = dict.fromkeys(["j", "x", "s", "b", "t", "d", "late", "late_at"])


def own(row: int, at: Any, **values: object) -> dict[str, Any]:
    return {"row": row, "at": at, "k": "a", "n": 1, **EMPTY, **values}


PAST = [
    own(0, ASKED_AT),
    own(1, ASKED_AT - timedelta(hours=1), late=True, late_at=ASKED_AT - timedelta(minutes=1)),
]
HAPPENED = [{"known": ASKED_AT, "k": "a", "n": 1, **{name: EMPTY[name] for name in "jxsbtd"}}]


@pytest.mark.parametrize(
    ("rows", "events"),
    [
        pytest.param([], [{**HAPPENED[0], "known": ASKED_AT + MICROSECOND, "n": 99}], id="a later event"),
        pytest.param([], [{**HAPPENED[0], "known": ASKED_AT - WINDOW, "n": 99}], id="an event of before"),
        pytest.param([], [{**HAPPENED[0], "known": None, "n": 99}], id="an event that is never known"),
        pytest.param([own(2, ASKED_AT, n=99)], [], id="a row asked at the same moment"),
        pytest.param([own(2, ASKED_AT + MICROSECOND, n=99)], [], id="a row asked later"),
        pytest.param(
            [own(2, ASKED_AT - WINDOW - MICROSECOND, n=99, late=True, late_at=ASKED_AT + MICROSECOND)],
            [],
            id="a label that is known later",
        ),
        pytest.param(
            [own(2, ASKED_AT - WINDOW * 2, n=99, late=True, late_at=ASKED_AT - MICROSECOND)],
            [],
            id="a label that took too long",
        ),
    ],
)
def test_what_is_planted_in_the_future_changes_nothing(
    connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    planted, found = histories_of(PLANTED), []
    for own_past, happened in ((PAST, HAPPENED), ([*PAST, *rows], [*HAPPENED, *events])):
        table_row = planted.offline(connection, own_past, happened)[0]
        computed = online(planted.plan, own_past, happened).compute(request_of(PAST[0]))
        assert computed == {name: table_row[name] for name in computed}
        found.append(computed)
    assert found[0] == found[1]
    assert {found[0][f"h{number}"] for number in (0, 6, 12)} == {1}


def test_a_label_of_the_row_itself_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    planted, answers = histories_of(PLANTED), []
    for late in (None, True, False):
        # Known before it was even asked for: only a broken table says so, and even then it is not used.
        labelled = {**PAST[0], "late": late, "late_at": ASKED_AT - MICROSECOND}
        answers.append(planted.offline(connection, [labelled, PAST[1]], HAPPENED)[0])
        computed = online(planted.plan, [labelled, PAST[1]], HAPPENED).compute(request_of(labelled))
        assert computed == {name: answers[-1][name] for name in computed}
    without = [{name: row[name] for name in row if name not in ("late", "label_known_at")} for row in answers]
    assert without[0] == without[1] == without[2]

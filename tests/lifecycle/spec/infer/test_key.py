"""Key and event time: what a table has of them, and when nobody can tell."""

from datetime import date, datetime

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers, Undecided
from lifecycle.spec.infer.facts import ColumnFacts
from lifecycle.spec.infer.key import choose_key, choose_time
from tests.lifecycle.spec.infer.columns import column, table

NOBODY: frozenset[str] = frozenset()


def at(name: str, *, day: int = 1, nulls: int = 0) -> ColumnFacts:
    return column(name, "timestamp", low=datetime(2024, 1, day), high=datetime(2024, 3, day), nulls=nulls)


def on(name: str, *, day: int = 1) -> ColumnFacts:
    return column(name, "date", low=date(2024, 1, day), high=date(2024, 3, day))


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        pytest.param(
            [column("a", "int", unique=True, low=5, high=90_000), column("b_id", "int", unique=True)],
            "b_id",
            id="the name that says key",
        ),
        pytest.param(
            [column("a", "int", unique=True, low=1, high=1000)], "a", id="a number that counts the rows"
        ),
        pytest.param([column("a", "int", unique=True, low=5, high=90_000)], None, id="a measure is no key"),
        pytest.param([column("a", "int")], None, id="none: to be made"),
    ],
)
def test_choose_key(columns: list[ColumnFacts], key: str | None) -> None:
    assert choose_key(table(*columns), Answers(), taken=NOBODY).value == key


def test_a_key_that_repeats_is_refused() -> None:
    with pytest.raises(LifecycleError, match="--entity a is no key"):
        choose_key(table(column("a", "int")), Answers(entity="a"), taken=NOBODY)


@pytest.mark.parametrize(
    ("columns", "answers", "time"),
    [
        pytest.param(
            [at("date_of_birth"), at("created_at")], Answers(), "created_at", id="the likelier name"
        ),
        pytest.param([at("x", nulls=100)], Answers(), None, id="many rows without"),
        pytest.param([at("closed_at")], Answers(), None, id="an outcome is no event"),
        pytest.param([at("closed_at")], Answers(time="closed_at"), "closed_at", id="told"),
        pytest.param([at("created_at")], Answers(time="none"), None, id="told that there is none"),
        pytest.param([at("a_date"), at("b_date", day=9)], Answers(), "a_date", id="of equals the earliest"),
        pytest.param(
            [at("start_time"), on("start_date", day=9)], Answers(), "start_time", id="a time before a date"
        ),
        pytest.param(
            [at("start_time", day=9), on("start_date")], Answers(), "start_date", id="a date before a time"
        ),
        pytest.param([column("year", "int", low=1990, high=2020)], Answers(time="year"), "year", id="years"),
    ],
)
def test_choose_time(columns: list[ColumnFacts], answers: Answers, time: str | None) -> None:
    assert choose_time(table(*columns), answers, taken=NOBODY, asking=False).value == time


@pytest.mark.parametrize(
    "other", [at("b_date", day=9), on("b_date", day=9)], ids=["times", "a date and a time"]
)
def test_equal_times_are_asked_about_where_somebody_is_there(other: ColumnFacts) -> None:
    with pytest.raises(Undecided) as caught:
        choose_time(table(at("a_date"), other), Answers(), taken=NOBODY, asking=True)
    assert caught.value.candidates == ("a_date", "b_date", "none")

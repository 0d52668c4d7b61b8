"""Which type a column has, by how many of its values each reading fits."""

from typing import Any

import pytest

from lifecycle.spec.infer.facts import RawColumn, Reading
from lifecycle.spec.infer.readings import choose_reading, read_again

BOTH_WAYS = {"strptime:%d/%m/%Y": 9, "strptime:%m/%d/%Y": 9}


NUMBER = Reading(type="float")


def text(fits: dict[str, int], **more: Any) -> RawColumn:
    return RawColumn(source="x", family="text", values=9, fits=fits, **more)


@pytest.mark.parametrize(
    ("raw", "day_first", "reading", "warn"),
    [
        pytest.param(text({"int": 9, "float": 9}), None, Reading(type="int"), False, id="the narrowest fits"),
        pytest.param(
            text({"int": 8, "float": 8}), None, Reading(type="string"), False, id="one value is enough"
        ),
        pytest.param(
            text({"missing": 2, "int": 7}, words=("na",)),
            None,
            Reading(type="int", missing=("na",)),
            False,
            id="words for missing",
        ),
        pytest.param(text({"words": 9}), None, Reading(type="bool", form="words"), False, id="yes and no"),
        pytest.param(
            text({"strptime:%d/%m/%Y": 9}),
            None,
            Reading(type="date", form="strptime", format="%d/%m/%Y"),
            False,
            id="a day above 12 decides",
        ),
        pytest.param(
            text(BOTH_WAYS),
            None,
            Reading(type="date", form="strptime", format="%m/%d/%Y"),
            True,
            id="ambiguous: said",
        ),
        pytest.param(
            text(BOTH_WAYS),
            True,
            Reading(type="date", form="strptime", format="%d/%m/%Y"),
            False,
            id="told: not ambiguous",
        ),
        pytest.param(
            RawColumn(source="created_ts", family="int", values=9, low=1.7e9, high=1.71e9),
            None,
            Reading(type="timestamp", form="epoch_s"),
            False,
            id="seconds since 1970",
        ),
        pytest.param(
            RawColumn(source="price", family="int", values=9, low=1.7e9, high=1.71e9),
            None,
            Reading(type="int"),
            False,
            id="a price is no time",
        ),
        pytest.param(
            RawColumn(source="x", family="float", values=9, not_finite=1),
            None,
            Reading(type="float", finite_only=True),
            False,
            id="NaN is missing",
        ),
        pytest.param(RawColumn(source="x", family="other", values=9), None, None, False, id="nested values"),
    ],
)
def test_choose_reading(raw: RawColumn, day_first: bool | None, reading: Reading | None, warn: bool) -> None:
    chosen = choose_reading(raw, day_first=day_first)
    assert (chosen.reading, chosen.warn) == (reading, warn)


@pytest.mark.parametrize(
    ("reading", "words", "again"),
    [
        pytest.param(
            NUMBER, None, Reading(type="float", finite_only=True), id="numbers: infinities are missing"
        ),
        pytest.param(
            Reading(type="timestamp"), None, Reading(type="timestamp", finite_only=True), id="times: the same"
        ),
        pytest.param(
            Reading(type="timestamp", form="epoch_s"), None, Reading(type="string"), id="no such number"
        ),
        pytest.param(
            Reading(type="int", missing=("na",)),
            ["?", "na"],
            Reading(type="int", missing=("?", "na")),
            id="text: a word that the sample lacked",
        ),
        pytest.param(
            Reading(type="int", missing=("na",)),
            ["na"],
            Reading(type="string"),
            id="text: it was no such word",
        ),
        pytest.param(NUMBER, [], Reading(type="string"), id="text: no word"),
        pytest.param(
            NUMBER, [f"1e{n}" for n in range(309, 400)], Reading(type="string"), id="text: too many"
        ),
    ],
)
def test_read_again(reading: Reading, words: list[str] | None, again: Reading) -> None:
    assert read_again(reading, words) == again

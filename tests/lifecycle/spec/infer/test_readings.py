"""Which type a column has, by how many of its values each reading fits."""

from typing import Any

import pytest

from lifecycle.spec.infer.facts import RawColumn, Reading
from lifecycle.spec.infer.readings import choose_reading

BOTH_WAYS = {"strptime:%d/%m/%Y": 9, "strptime:%m/%d/%Y": 9}


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

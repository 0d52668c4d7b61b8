"""JSON by two libraries that must agree."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.endpoint.json_bytes import read_json, write_json

SCALARS = st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS | st.integers(-(2**63), 2**64 - 1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_by_everybody(value: object) -> None:
    content = write_json(value)
    assert read_json(content) == value
    assert json.loads(content) == value


@given(VALUES)
def test_what_others_write_is_read(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("text", ['"\\ud800"', '{"key": "\\udfff a"}', '["\\ud83d", "\\ud83d\\ude00"]'])
def test_half_a_surrogate_pair_goes_through(text: str) -> None:
    value = json.loads(text)
    assert read_json(text.encode()) == value
    assert json.loads(write_json(value)) == value


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"NaN", "NaN is no JSON value"),
        (b"[-Infinity]", "-Infinity is no JSON value"),
        (b"", "Expecting value"),
        (b"{'a': 1}", "Expecting property name"),
        (b"[1,]", "Expecting value|Illegal trailing comma"),
        (b'"\xff"', "utf-8"),
        (b"\xef\xbb\xbf{}", "BOM|Expecting value"),
        (b"{} {}", "Extra data"),
    ],
)
def test_what_is_no_json_is_told_in_the_words_of_the_standard_library(content: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_json(content)


def test_more_levels_than_a_stack_has_are_no_crash() -> None:
    with pytest.raises(RecursionError):
        read_json(b"[" * 100_000 + b"]" * 100_000)


def test_a_whole_number_beyond_64_bits_is_near() -> None:
    assert read_json(b"123456789012345678901234567890") == pytest.approx(1.2345678901234568e29)
    assert json.loads(write_json({"n": 2**70})) == {"n": 2**70}


@dataclass
class Record:
    """Not of JSON."""

    a: int = 1


@pytest.mark.parametrize("value", [Record(), datetime(2013, 1, 1, tzinfo=UTC), {1, 2}, object()])
def test_what_json_has_no_type_for_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        write_json([value])

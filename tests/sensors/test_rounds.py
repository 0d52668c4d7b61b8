"""Whom a tick looks at: everybody in the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.rounds import in_time, round_of

NAMES = ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param("", "abcd", id="the first round begins at the beginning"),
        pytest.param("b", "cdab", id="a round goes on where the last one ended"),
        pytest.param("d", "abcd", id="after the last comes the first"),
        pytest.param("bb", "cdab", id="a name that is gone leaves its place"),
    ],
)
def test_round_of(after: str, expected: str) -> None:
    assert "".join(round_of(NAMES, after=after)) == expected


@given(st.sets(st.text("abc", min_size=1), min_size=1), st.integers(1, 4))
def test_everybody_has_their_turn(names: set[str], at_least: int) -> None:
    """However slow: rounds of `at_least` names reach all of them before one comes again."""
    after, seen = "", list[str]()
    while len(seen) < len(names):
        ordered = round_of(sorted(names), after=after)
        looked = list(in_time(ordered, at_least=at_least, most_s=-1, clock=lambda: 0.0))
        after, seen = looked[-1], [*seen, *looked]
    assert set(seen[: len(names)]) == names


def test_no_other_one_begins_when_time_is_over() -> None:
    seconds = iter([0.0, 0.4, 0.9, 1.1])
    looked = list(in_time(NAMES, at_least=1, most_s=1.0, clock=lambda: next(seconds)))
    assert looked == ["a", "b", "c"]

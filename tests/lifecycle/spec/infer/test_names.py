"""Whatever a table calls its columns, the spec has an identifier for each, and no two the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.spec.infer.names import column_names, model_name, shown


@given(st.lists(st.text(max_size=200), unique=True, max_size=20))
def test_every_name_becomes_an_identifier_of_its_own(sources: list[str]) -> None:
    named = column_names(sources)
    assert list(named) == sources
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name) for name in named.values())
    assert len({name.lower() for name in named.values()}) == len(sources)


@given(st.text(max_size=300))
def test_every_text_becomes_a_model_name(text: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,62}", model_name(text))


@given(st.text(max_size=300))
def test_what_is_shown_is_one_printable_line(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 60


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param(["a", "A"], ["a", "a_2"], id="the same but for case"),
        pytest.param(["x y", "x_y"], ["x_y_2", "x_y"], id="one that can stay, stays"),
        pytest.param(["order", "from"], ["order_", "from_"], id="SQL keywords"),
        pytest.param(["日本", "€"], ["column_", "column__2"], id="nothing to make a name of"),
    ],
)
def test_column_names(sources: list[str], expected: list[str]) -> None:
    assert list(column_names(sources).values()) == expected

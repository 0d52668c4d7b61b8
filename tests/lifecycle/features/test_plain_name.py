"""Names of columns for BigQuery: each has a form of its own, which is legal and leads back."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.features.plain_name import original_name, plain_name

# What codes are made of comes often: there names could run into each other.
NAMES = st.one_of(
    st.text(alphabet="_xXuU.29aA", min_size=1, max_size=12),
    st.text(min_size=1, max_size=20),
    st.sampled_from(["_TABLE_x", "_file_", "_PARTITIONTIME", "_row_timestamp", "__root__", "_CoLidentifier"]),
)
RESERVED = re.compile(r"_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER", re.IGNORECASE)


@given(NAMES)
@example("_xu9")
@example("_x2.")
@example("a_x2e_b")
@example(".xu1")
def test_a_name_is_legal_in_bigquery_and_leads_back_however_capitals_are_shown(name: str) -> None:
    plain = plain_name(name)
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,299}", plain) and not RESERVED.match(plain)
    assert original_name(plain) == original_name(plain.lower()) == name


@given(NAMES, NAMES)
def test_no_two_names_look_alike_to_bigquery(one: str, other: str) -> None:
    assert (plain_name(one).lower() == plain_name(other).lower()) == (one == other)


@pytest.mark.parametrize("name", ["", "a" * 301, "." * 61], ids=["empty", "too long", "too long with codes"])
def test_a_name_that_has_no_form_is_refused(name: str) -> None:
    with pytest.raises(LifecycleError, match="BigQuery has no name for the column"):
        plain_name(name)


def test_every_name_that_a_spec_may_give_has_one() -> None:
    assert len(plain_name("feature." + "A" * 128)) <= 300

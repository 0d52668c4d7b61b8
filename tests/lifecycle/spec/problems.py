"""A spec with a piece of its text replaced, and the problems that are told of a text."""

from pathlib import Path

import pytest

from lifecycle.spec.parse import Problem, SpecError, parse_spec
from tests.fakes.orders import ORDERS


def problems_of(text: str, folder: Path | None = None) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, folder=folder)
    return list(caught.value.problems)


def changed(old: str, new: str) -> str:
    assert ORDERS.count(old) == 1, old
    return ORDERS.replace(old, new)

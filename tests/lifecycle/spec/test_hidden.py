from hypothesis import given
from hypothesis import strategies as st

from lifecycle.spec.columns import Column
from lifecycle.spec.hidden import HIDDEN, stand_in, without_sensitive

FINITE = st.none() | st.integers(-1000, 1000).map(float)


def test_what_is_sensitive_is_not_in_a_request_that_is_shown() -> None:
    columns = {"mail": Column(type="string", sensitive=True), "items": Column(type="int")}
    assert without_sensitive({"mail": "ann@x.org", "items": 3}, columns) == {"mail": HIDDEN, "items": 3}


@given(FINITE, FINITE)
def test_a_stand_in_keeps_the_bounds_of_its_column(low: float | None, high: float | None) -> None:
    if low is not None and high is not None:
        low, high = sorted((low, high))
    for kind in ("int", "float"):
        value = stand_in(Column.model_validate({"type": kind, "min": low, "max": high}))
        assert isinstance(value, int if kind == "int" else float)
        assert (low is None or value >= low) and (high is None or value <= high)


def test_a_stand_in_is_one_of_the_allowed_values() -> None:
    assert stand_in(Column(type="string", allowed=("b", "a"))) == "b"

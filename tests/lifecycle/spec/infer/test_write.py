"""Whatever stands in a table, the text of its spec is YAML that says what was meant."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.spec.infer.write import scalar


@given(st.one_of(st.text(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_value_is_read_back_as_it_was(value: str | bool | int | float) -> None:
    assert yaml.safe_load(scalar(value)) == value
    assert yaml.safe_load(f"{{{scalar(str(value))}: {scalar(value)}}}") == {str(value): value}
    assert len(scalar(value).splitlines()) == 1

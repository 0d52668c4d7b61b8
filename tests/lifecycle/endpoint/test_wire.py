"""How deep a body may be nested: the short ways to an answer say what a walk of all of it says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.endpoint.wire import Refusal, decode

BODIES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["", "{", "[["]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab[{"), inner, max_size=2),
    max_leaves=12,
)


def depth(value: object) -> int:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if members is None else 1 + max(map(depth, members), default=0)


@given(body=BODIES | st.lists(BODIES, max_size=6), max_depth=st.integers(1, 6))
def test_what_is_nested_deeper_than_allowed_is_refused_and_nothing_else(body: Any, max_depth: int) -> None:
    content = json.dumps(body).encode()
    if depth(body) > max_depth:
        with pytest.raises(Refusal, match="nested too deep; send rows"):
            decode(content, max_depth=max_depth, shape="send rows")
    else:
        assert decode(content, max_depth=max_depth, shape="send rows") == body

import pytest

from lifecycle.endpoint.breaker import Breaker, admit, after_failure


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(Breaker(), Breaker(1), id="one failure harms nobody"),
        pytest.param(Breaker(1), Breaker(2), id="nor does the second"),
        pytest.param(Breaker(2), Breaker(3, 110.0), id="the third in a row opens it"),
        pytest.param(Breaker(3, 105.0), Breaker(4, 110.0), id="a failed trial keeps it open"),
    ],
)
def test_after_failure(before: Breaker, expected: Breaker) -> None:
    assert after_failure(before, now_s=100.0, limit=3, pause_s=10) == expected


@pytest.mark.parametrize(
    ("before", "now_s", "expected"),
    [
        pytest.param(Breaker(2), 100.0, (True, Breaker(2)), id="closed: everybody"),
        pytest.param(Breaker(3, 110.0), 109.9, (False, Breaker(3, 110.0)), id="open: nobody"),
        pytest.param(Breaker(3, 110.0), 110.0, (True, Breaker(3, 120.0)), id="after the pause: one"),
        pytest.param(Breaker(3, 120.0), 110.1, (False, Breaker(3, 120.0)), id="and nobody beside it"),
    ],
)
def test_admit(before: Breaker, now_s: float, expected: tuple[bool, Breaker]) -> None:
    assert admit(before, now_s=now_s, pause_s=10) == expected

import pytest

from lifecycle.evaluation.gates.family import SliceEvidence, decide_family
from lifecycle.evaluation.gates.verdict import GateResult, Verdict
from lifecycle.evaluation.intervals import Interval


def interval(ends: tuple[float, float] | None) -> Interval | None:
    if ends is None:
        return None
    return Interval(
        low=ends[0], high=ends[1], level=0.95, n_resamples=1000, method="studentised maximum", n_blocks=30
    )


def evidence(
    value: float | None,
    own: tuple[float, float] | None,
    together: tuple[float, float] | None,
    *,
    name: str = "s",
    judged: bool = True,
    limit: float | None = 0.6,
) -> SliceEvidence:
    return SliceEvidence(
        name=name, judged=judged, value=value, own=interval(own), together=interval(together), limit=limit
    )


GOOD = evidence(0.8, (0.7, 0.9), (0.55, 0.95), name="good")
CLOSE = evidence(0.65, (0.6, 0.7), (0.5, 0.8), name="close")
DOUBTFUL = evidence(0.58, (0.5, 0.65), (0.4, 0.7), name="doubtful")
UNLUCKY = evidence(0.5, (0.41, 0.59), (0.3, 0.7), name="unlucky")
BAD = evidence(0.4, (0.35, 0.45), (0.3, 0.59), name="bad")
SMALL = evidence(None, None, None, name="small", judged=False)
UNKNOWN = evidence(None, None, None, name="one class only")
SHORT = evidence(0.7, None, None, name="six days")


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        pytest.param([], "not_enough_data", id="no slices"),
        pytest.param([SMALL], "not_enough_data", id="none is large enough"),
        pytest.param([GOOD], "pass", id="the slice's own interval passes it"),
        pytest.param([GOOD, CLOSE], "pass", id="all keep the limit, the family's interval plays no part"),
        pytest.param([GOOD, SMALL], "pass", id="a small slice does not decide"),
        pytest.param([GOOD, DOUBTFUL], "inconclusive", id="one doubtful slice is doubt"),
        pytest.param([GOOD, UNLUCKY], "inconclusive", id="its own interval alone does not fail it"),
        pytest.param([GOOD, BAD], "fail", id="the family's interval does"),
        pytest.param([DOUBTFUL, BAD, SHORT], "fail", id="a fail is the most telling"),
        pytest.param([GOOD, UNKNOWN], "inconclusive", id="a metric that cannot be computed never passes"),
        pytest.param([GOOD, SHORT], "not_enough_data", id="nor does one without an interval"),
        pytest.param(
            [evidence(0.8, (0.7, 0.9), (0.6, 1.0), limit=None)], "inconclusive", id="nor one without limit"
        ),
    ],
)
def test_decide_family(slices: list[SliceEvidence], expected: Verdict) -> None:
    assert decide_family("g", "auc", "origin", slices, side="min", what="auc").verdict == expected


@pytest.mark.parametrize(
    ("low", "strictly", "expected"),
    [
        pytest.param(0.0, False, "pass", id="the limit itself keeps it"),
        pytest.param(0.0, True, "inconclusive", id="but not strictly"),
        pytest.param(1e-9, True, "pass", id="strictly above"),
    ],
)
def test_a_strict_limit_is_not_kept_by_itself(low: float, strictly: bool, expected: Verdict) -> None:
    only = evidence(0.1, (low, 0.2), (low - 0.1, 0.3), limit=0.0)
    result = decide_family("g", "auc", "origin", [only], side="min", what="auc", strictly=strictly)
    assert result.verdict == expected


def test_the_worst_slice_stands_for_the_family() -> None:
    assert decide_family("g", "auc", "origin", [GOOD, CLOSE, SMALL], side="min", what="auc") == GateResult(
        gate="g",
        metric="auc",
        verdict="pass",
        observed=0.65,
        low=0.6,
        high=0.7,
        limit=0.6,
        side="min",
        reason="all 2 judged slices of origin keep the limit; nearest to it is close: auc 0.65 (0.6 to 0.7), "
        "at least 0.6 is wanted; 1 more has too few rows to be judged",
    )


def test_a_fail_shows_the_interval_that_failed_it() -> None:
    result = decide_family("g", "auc", "origin", [GOOD, BAD], side="min", what="auc")
    assert (result.low, result.high) == (0.3, 0.59)
    assert result.reason == (
        "1 of 2 judged slices of origin break the limit, all slices considered (bad); worst is bad: "
        "auc 0.4 (0.3 to 0.59), at least 0.6 is wanted"
    )


def test_an_upper_limit_is_the_mirror_of_a_lower_one() -> None:
    above = evidence(0.7, (0.65, 0.75), (0.61, 0.9), name="above")
    below = evidence(0.4, (0.3, 0.6), (0.2, 0.7), name="below")
    assert decide_family("g", "ece", "origin", [below], side="max", what="ece").verdict == "pass"
    result = decide_family("g", "ece", "origin", [above, below], side="max", what="ece")
    assert (result.verdict, result.observed, result.limit) == ("fail", 0.7, 0.6)

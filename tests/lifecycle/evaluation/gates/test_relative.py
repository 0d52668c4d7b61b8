from typing import Literal

import pytest

from lifecycle.evaluation.comparison import (
    FIRST_VERSION,
    Comparison,
    ComparisonState,
    MetricDifference,
    SliceDifference,
    without_differences,
)
from lifecycle.evaluation.gates.relative import decide_relative, limit_of
from lifecycle.evaluation.gates.verdict import GateResult, Side, Verdict
from lifecycle.evaluation.intervals import Interval
from lifecycle.spec.gates import RelativeGate


def difference(
    value: float | None, ends: tuple[float, float] | None, *, champion: float | None = 0.7
) -> MetricDifference:
    interval = None
    if ends is not None:
        interval = Interval(
            low=ends[0], high=ends[1], level=0.95, n_resamples=1000, method="studentised maximum", n_blocks=30
        )
    version = None if value is None or champion is None else champion + value
    return MetricDifference(
        metric="auc",
        better="higher",
        version=version,
        champion=champion,
        difference=value,
        interval=interval,
        together=interval,
    )


def comparison(
    *metrics: MetricDifference,
    n_rows: int = 5000,
    n_contaminated: int = 0,
    slices: tuple[SliceDifference, ...] = (),
) -> Comparison:
    return Comparison(
        state="compared",
        reason="",
        champion="3",
        champion_as_of="2013-11",
        n_rows=n_rows,
        n_contaminated=n_contaminated,
        metrics=metrics,
        mcnemar=None,
        slices=slices,
    )


MARGIN = RelativeGate(relative="auc", margin=0.01)  # .007 at a champion of .7
FIXED = RelativeGate(relative="auc", margin=0.007, margin_is="absolute")
BEATS = RelativeGate(relative="auc", superiority=True)


@pytest.mark.parametrize(
    ("gate", "better", "ends", "expected"),
    [
        pytest.param(FIXED, "higher", (0.001, 0.02), "pass", id="better for sure"),
        pytest.param(FIXED, "higher", (-0.007, 0.02), "pass", id="worse by the margin at most"),
        pytest.param(FIXED, "higher", (-0.0071, 0.02), "inconclusive", id="may be worse by more"),
        pytest.param(FIXED, "higher", (-0.03, -0.0071), "fail", id="worse by more for sure"),
        pytest.param(FIXED, "higher", (-0.03, -0.0069), "inconclusive", id="worse, perhaps by less"),
        pytest.param(FIXED, "lower", (-0.02, 0.007), "pass", id="a loss may rise by the margin"),
        pytest.param(FIXED, "lower", (-0.02, 0.0071), "inconclusive", id="and by no more"),
        pytest.param(FIXED, "lower", (0.0071, 0.02), "fail", id="a loss that rises by more"),
        pytest.param(BEATS, "higher", (0.0001, 0.02), "pass", id="superior: all above zero"),
        pytest.param(BEATS, "higher", (0.0, 0.02), "inconclusive", id="superior: zero is no gain"),
        pytest.param(BEATS, "higher", (0.0, 0.0), "inconclusive", id="superior: the same model is not"),
        pytest.param(BEATS, "higher", (-0.02, -0.001), "fail", id="superior: all below zero"),
        pytest.param(BEATS, "lower", (-0.02, -0.0001), "pass", id="superior: a loss that falls"),
    ],
)
def test_decide_relative(
    gate: RelativeGate, better: Literal["higher", "lower"], ends: tuple[float, float], expected: Verdict
) -> None:
    found = comparison(difference(sum(ends) / 2, ends))
    assert decide_relative(gate, found, better=better).verdict == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("first_version", "pass", id="nothing to compare with, and it says so"),
        pytest.param("is_champion", "pass", id="the champion is no worse than itself"),
        pytest.param("contaminated", "not_enough_data", id="the champion saw it all"),
        pytest.param("not_comparable", "inconclusive", id="another question is no pass"),
    ],
)
@pytest.mark.parametrize("slice_name", [None, "origin"])
def test_without_a_comparison_the_reason_is_the_answer(
    state: ComparisonState, expected: Verdict, slice_name: str | None
) -> None:
    gate = RelativeGate(relative="auc", slice=slice_name)
    result = decide_relative(gate, without_differences(state, "why"), better="higher")
    assert result == GateResult(
        gate=gate.name, metric="auc", verdict=expected, observed=None, low=None, high=None, limit=None,
        side="min", reason="why",
    )  # fmt: skip


def test_a_first_version_passes_with_a_reason_of_its_own() -> None:
    result = decide_relative(BEATS, FIRST_VERSION, better="higher")
    assert (result.verdict, result.reason) == ("pass", "first version, nothing to compare with")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(comparison(), "inconclusive", id="the metric was not compared"),
        pytest.param(comparison(difference(None, None)), "inconclusive", id="it cannot be computed"),
        pytest.param(comparison(difference(0.1, None)), "not_enough_data", id="no interval"),
        pytest.param(
            comparison(difference(0.1, (0.05, 0.2)), n_rows=199), "not_enough_data", id="one row short"
        ),
        pytest.param(comparison(difference(0.1, (0.05, 0.2)), n_rows=200), "pass", id="just enough rows"),
        pytest.param(
            comparison(difference(0.1, (0.05, 0.2), champion=None)), "inconclusive", id="a share of no value"
        ),
    ],
)
def test_what_is_missing_never_passes(found: Comparison, expected: Verdict) -> None:
    assert decide_relative(MARGIN, found, better="higher").verdict == expected


@pytest.mark.parametrize(
    ("gate", "champion", "side", "expected"),
    [
        pytest.param(MARGIN, 0.7, "min", -0.007, id="a share of the champion's value"),
        pytest.param(MARGIN, 0.7, "max", 0.007, id="a loss"),
        pytest.param(MARGIN, -0.5, "min", -0.005, id="a share of a negative value is worse as well"),
        pytest.param(MARGIN, None, "min", None, id="a share of nothing"),
        pytest.param(RelativeGate(relative="auc", margin=0.02, margin_is="absolute"), None, "min", -0.02,
                     id="in the metric's unit"),
        pytest.param(RelativeGate(relative="auc", margin=0.0), 0.7, "min", 0.0, id="no margin"),
        pytest.param(BEATS, 0.7, "min", 0.0, id="superiority knows no margin"),
    ],
)  # fmt: skip
def test_limit_of(gate: RelativeGate, champion: float | None, side: Side, expected: float | None) -> None:
    assert limit_of(gate, champion, side) == (expected if expected is None else pytest.approx(expected))


def test_a_result_tells_both_values_and_what_was_left_out() -> None:
    found = comparison(difference(-0.04, (-0.055, -0.021)), n_contaminated=120)
    assert decide_relative(MARGIN, found, better="higher") == GateResult(
        gate="auc_against_champion",
        metric="auc",
        verdict="fail",
        observed=-0.04,
        low=-0.055,
        high=-0.021,
        limit=pytest.approx(-0.007),  # type: ignore[arg-type]  # compares like the float it stands for
        side="min",
        reason="auc 0.66 against 0.7 of version 3: difference -0.04 (-0.055 to -0.021) is not at least -0.007"
        "; contaminated: 120 rows that the champion saw are left out",
    )


def test_each_slice_has_the_margin_of_its_own_champion() -> None:
    def part(name: str, found: MetricDifference, *, judged: bool = True) -> SliceDifference:
        return SliceDifference(
            family="origin", name=name, n_rows=900, min_rows=200, judged=judged,
            metrics=(found,) if judged else (),
        )  # fmt: skip

    strong = part("strong", difference(-0.0075, (-0.0085, -0.006), champion=0.9))
    weak = part("weak", difference(-0.0075, (-0.0085, -0.006), champion=0.6))
    gate = RelativeGate(relative="auc", slice="origin")
    verdicts = [
        decide_relative(gate, comparison(slices=slices), better="higher").verdict
        for slices in ((strong,), (weak,), (strong, part("small", difference(0, (0, 0)), judged=False)))
    ]
    assert verdicts == ["pass", "inconclusive", "pass"]
    result = decide_relative(gate, comparison(slices=(strong, weak)), better="higher")
    assert (result.verdict, result.gate, result.limit) == (
        "inconclusive", "slice_origin_auc_against_champion", pytest.approx(-0.006),
    )  # fmt: skip

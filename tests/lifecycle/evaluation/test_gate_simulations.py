"""What the gates do over many repetitions: days differ, models share them, and the truth is known."""

from collections import Counter

import numpy as np
import pytest

from lifecycle.evaluation.comparison import Comparison, compare
from lifecycle.evaluation.gates.relative import decide_relative
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import Sample, build_sample
from lifecycle.spec.gates import RelativeGate

METRICS = [metric(name, "binary") for name in ("auc", "log_loss")]
ALPHA = 0.05
N_PAIRS = 2000


def models(
    seed: tuple[int, ...], *, noise: tuple[float, float] = (0.5, 0.5), n_days: int = 20, rows_a_day: int = 25
) -> tuple[Sample, Sample]:
    """Two models that see the same signal, each with noise of its own: equally good where it is as strong."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(n_days), rows_a_day)
    signal = random.normal(size=len(day))
    y = random.random(len(day)) < 1 / (1 + np.exp(1 - signal - random.normal(0, 0.5, n_days)[day]))
    first, second = (
        build_sample("binary", y, 1 / (1 + np.exp(1 - signal - random.normal(0, s, len(day)))), blocks=day)
        for s in noise
    )
    return first, second


def compared(pair: tuple[Sample, Sample], *, seed: int) -> Comparison:
    differences, _, test = compare(METRICS, *pair, seed=seed, n_resamples=200, level=1 - ALPHA)
    return Comparison(
        state="compared", reason="", champion="1", champion_as_of="2024-01", n_rows=pair[0].n_rows,
        n_contaminated=0, metrics=differences, mcnemar=test, slices=(),
    )  # fmt: skip


def verdicts(comparison: Comparison, gates: dict[str, RelativeGate]) -> dict[str, str]:
    return {
        name: decide_relative(gate, comparison, better="lower" if name == "log_loss" else "higher").verdict
        for name, gate in gates.items()
    }


def test_no_more_than_alpha_of_equal_models_pass_for_superior() -> None:
    gates = {m.name: RelativeGate(relative=m.name, superiority=True) for m in METRICS}
    passed, failed = Counter[str](), Counter[str]()
    for i in range(N_PAIRS):
        for name, verdict in verdicts(compared(models((1, i)), seed=i), gates).items():
            passed[name] += verdict == "pass"
            failed[name] += verdict == "fail"
    for counts in (passed, failed):
        assert {name for name in gates if counts[name] > ALPHA * N_PAIRS} == set()
        # And the gate is not dead: an interval of .95 has .025 on either side.
        assert {name for name in gates if counts[name] < 0.01 * N_PAIRS} == set()


def test_the_difference_is_covered_as_often_as_the_level_says() -> None:
    noise, n_runs = (0.8, 0.4), 250
    first, second = models((0,), noise=noise, n_days=20_000)
    truth = {m.name: m.value(first) - m.value(second) for m in METRICS}  # type: ignore[operator]  # all known
    covered = Counter[str]()
    for i in range(n_runs):
        for found in compared(models((2, i), noise=noise), seed=i).metrics:
            assert found.interval is not None
            covered[found.metric] += found.interval.low <= truth[found.metric] <= found.interval.high
    # A true coverage of .94 shows as less than .90 in 2 of 1,000 such runs.
    assert {name for name in truth if covered[name] < 0.9 * n_runs} == set()


def test_a_model_that_is_worse_by_the_margin_hardly_passes() -> None:
    noise, n_runs = (0.8, 0.5), 300
    first, second = models((0,), noise=noise, n_days=20_000)
    gates = {
        m.name: RelativeGate(
            relative=m.name,
            margin=abs(m.value(first) - m.value(second)),  # type: ignore[operator]  # both are known
            margin_is="absolute",
        )
        for m in METRICS
    }
    passed = Counter[str]()
    for i in range(n_runs):
        for name, verdict in verdicts(compared(models((3, i), noise=noise), seed=i), gates).items():
            passed[name] += verdict == "pass"
    # At the margin itself a pass is wrong in .025 of the runs; 17 of 300 at .03 happen in 1 of 100.
    assert {name: n for name, n in passed.items() if n > 17} == {}


@pytest.mark.parametrize(
    ("n_days", "least", "most"),
    [
        pytest.param(10, 0.2, 0.75, id="ten days: often in doubt"),
        pytest.param(100, 0.9, 1.0, id="three months: mostly seen"),
    ],
)
def test_more_days_show_that_an_equal_model_is_no_worse(n_days: int, least: float, most: float) -> None:
    gate = {"auc": RelativeGate(relative="auc", margin=0.06)}
    n_runs = 40
    passed = sum(
        verdicts(compared(models((4, i), n_days=n_days), seed=i), gate)["auc"] == "pass"
        for i in range(n_runs)
    )
    assert least * n_runs <= passed <= most * n_runs

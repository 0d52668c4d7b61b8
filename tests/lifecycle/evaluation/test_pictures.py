import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from lifecycle.data.maturity import Cohort, LabelCoverage
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.pictures import (
    WalkForwardRow,
    calibration_png,
    coverage_png,
    roc_png,
    score_histogram_png,
    walk_forward_png,
)
from lifecycle.evaluation.report import EvaluationReport, evaluate

PICTURES = [calibration_png, roc_png, score_histogram_png]
LIMIT_BYTES = 64 * 1024  # they go into the UI's metadata


def report(n: int = 2000, threshold: float | None = 0.4) -> EvaluationReport:
    random = np.random.default_rng(0)
    scores = random.beta(2, 4, n)
    y = random.random(n) < scores
    metrics = ["auc", "ece"]
    return evaluate(
        "binary", y, scores, blocks=np.arange(n) % 9, metrics=metrics, gates=[], threshold=threshold
    )


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", data[16:24])


@pytest.mark.parametrize("draw", PICTURES)
@pytest.mark.parametrize("n", [30, 2000])
@pytest.mark.parametrize("threshold", [None, 0.4])
def test_a_picture_is_a_png_of_modest_size(
    draw: Callable[[EvaluationReport], bytes], n: int, threshold: float | None
) -> None:
    data = draw(report(n, threshold))
    assert min(png_size(data)) > 400
    assert len(data) < LIMIT_BYTES


@pytest.mark.parametrize("draw", [calibration_png, score_histogram_png])
def test_one_row_can_be_drawn(draw: Callable[[EvaluationReport], bytes]) -> None:
    assert min(png_size(draw(report(1)))) > 400


@pytest.mark.parametrize("draw", PICTURES)
def test_the_same_report_gives_the_same_bytes(draw: Callable[[EvaluationReport], bytes]) -> None:
    assert draw(report()) == draw(report())


@pytest.mark.parametrize("draw", PICTURES)
def test_a_report_without_the_curve_cannot_be_drawn(draw: Callable[[EvaluationReport], bytes]) -> None:
    empty = evaluate("binary", [], [], blocks=[], metrics=["auc"], gates=[])
    with pytest.raises(LifecycleError, match="to draw"):
        draw(empty)


@pytest.mark.parametrize("n_rows", [1, 9, 40])
def test_walk_forward_draws_any_number_of_versions_and_gaps(n_rows: int) -> None:
    rows = [
        WalkForwardRow(
            as_of=f"2013-{i:02}",
            value=0.7,
            low=0.68,
            high=0.73,
            champion=0.69,
            holdout=0.71,
            holdout_low=0.7,
            holdout_high=0.72,
        )
        for i in range(n_rows)
    ]
    rows += [WalkForwardRow(as_of="no labels yet", value=None, low=None, high=None)]
    data = walk_forward_png(rows, metric="auc")
    assert min(png_size(data)) > 400
    assert len(data) < LIMIT_BYTES


def test_walk_forward_without_a_value_cannot_be_drawn() -> None:
    with pytest.raises(LifecycleError, match="no auc to draw in 1 walk-forward rows"):
        walk_forward_png([WalkForwardRow(as_of="2013-03", value=None, low=None, high=None)])


def test_drawing_leaves_the_global_state_of_pyplot_alone() -> None:
    loaded = "matplotlib.pyplot" in sys.modules
    roc_png(report())
    assert ("matplotlib.pyplot" in sys.modules) == loaded


def test_drawing_libraries_load_only_when_something_is_drawn() -> None:
    heavy = "{'matplotlib', 'pandas', 'sklearn', 'evidently'}"
    code = f"import sys, lifecycle.evaluation.pictures; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def coverage(days: int) -> LabelCoverage:
    """Cohorts of which the last one is half known, and all of which have rows that never got a label."""
    cohorts = [
        Cohort(
            name=f"2013-{1 + day // 28:02}-{1 + day % 28:02}",
            rows=100,
            known=95 if day < days - 1 else 45,
            later=0 if day < days - 1 else 45,
            undated=0,
            missing=5 if day < days - 1 else 10,
            missing_aged=4,
            delays_s=(1.0, 2.0, 3.0),
        )
        for day in range(days)
    ]
    end = datetime(2013, 2, 1, tzinfo=UTC)
    return LabelCoverage(
        as_of=end, cohorts=tuple(cohorts), labels=500, longest_s=60.0, fixed=False, last_sign=end
    )


@pytest.mark.parametrize("days", [1, 31, 366])
def test_labels_are_drawn_by_cohort(days: int) -> None:
    data = coverage_png(coverage(days))
    assert min(png_size(data)) > 400
    assert len(data) < LIMIT_BYTES
    assert data == coverage_png(coverage(days))


def test_without_a_cohort_there_is_nothing_to_draw() -> None:
    with pytest.raises(LifecycleError, match="label coverage"):
        coverage_png(coverage(0))

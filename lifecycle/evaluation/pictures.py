"""Pictures of a report as PNG bytes, for the UI, the tracker and the model card.

matplotlib is imported when a picture is drawn, and used without pyplot: no global state, safe in any thread.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.data.maturity import LabelCoverage, LabelState
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.canvas import BLUE, INK, MUTED, ORANGE, SQUARE, WIDE, canvas, legend, png
from lifecycle.evaluation.report import EvaluationReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STATE_COLORS: Mapping[LabelState, str] = {
    "known": BLUE,
    "later": "#8fb3dc",
    "undated": INK,
    "pending": "#cfd6de",
    "overdue": ORANGE,
    "unknown": MUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardRow:
    """One as-of version in a walk-forward table; None: not computed.

    Attributes:
        as_of: partition the version was trained as of, as the axis shows it.
        value: metric on the partition after it, low and high its interval.
        champion: the same metric of the model in charge, on the same rows.
        holdout: metric on the version's own holdout, holdout_low and holdout_high its interval.
    """

    as_of: str
    value: float | None
    low: float | None
    high: float | None
    champion: float | None = None
    holdout: float | None = None
    holdout_low: float | None = None
    holdout_high: float | None = None


def calibration_png(report: EvaluationReport) -> bytes:
    """Reliability curve with Wilson intervals against the diagonal, on the range the scores use.

    Raises:
        LifecycleError: the report has no curve (a regression, or no rows), as for the other pictures.
    """
    bins = report.calibration
    if not bins:
        raise _nothing_to_draw("calibration curve")
    figure, axes = canvas("Calibration", _metric_line(report, "ece"), size=SQUARE)
    top = min(1.0, 1.08 * max(max(b.score, b.high) for b in bins))
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="perfect")
    rates = [b.rate for b in bins]
    axes.errorbar(
        [b.score for b in bins],
        rates,
        yerr=([b.rate - b.low for b in bins], [b.high - b.rate for b in bins]),
        color=BLUE,
        marker="o",
        markersize=4.5,
        linewidth=1.6,
        elinewidth=1,
        label=f"{len(bins)} bins of {min(b.n for b in bins):,} to {max(b.n for b in bins):,} rows",
    )
    axes.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    several = report.task == "multiclass"
    axes.set_xlabel("mean probability of the answer given" if several else "mean score")
    axes.set_ylabel("share of right answers" if several else "observed rate of positives")
    legend(axes, "upper left")
    return png(figure)


def roc_png(report: EvaluationReport) -> bytes:
    """ROC curve, with the operating point where there is a threshold."""
    points = report.roc
    if not points:
        raise _nothing_to_draw("ROC curve")
    figure, axes = canvas("ROC", _metric_line(report, "auc"), size=SQUARE)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="chance")
    fpr, tpr = [p.false_positive_rate for p in points], [p.true_positive_rate for p in points]
    axes.fill_between(fpr, tpr, color=BLUE, alpha=0.08, linewidth=0)
    axes.plot(fpr, tpr, color=BLUE, linewidth=1.8, label="model")
    if len(report.confusion) == 2 and report.threshold is not None:
        (true_negatives, false_positives), (false_negatives, true_positives) = report.confusion
        axes.plot(
            false_positives / (false_positives + true_negatives),
            true_positives / (true_positives + false_negatives),
            color=ORANGE,
            marker="o",
            markersize=7,
            linestyle="none",
            label=f"operating point, threshold {report.threshold:.3g}",
        )
    axes.set(xlim=(0, 1), ylim=(0, 1.005), aspect="equal")
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("true positive rate")
    legend(axes, "lower right")
    return png(figure)


def score_histogram_png(report: EvaluationReport) -> bytes:
    """Share of each class per score bin: a model that separates pulls the two apart."""
    bins = report.histogram
    if not bins or not report.n_rows:
        raise _nothing_to_draw("score histogram")
    figure, axes = canvas("Scores by outcome", f"{report.n_rows:,} labelled rows", size=WIDE)
    edges = [b.low for b in bins] + [bins[-1].high]
    for name, color, counts in (
        ("negative", BLUE, [b.negatives for b in bins]),
        ("positive", ORANGE, [b.positives for b in bins]),
    ):
        total = sum(counts)
        shares = [n / total if total else 0.0 for n in counts]
        axes.stairs(shares, edges, fill=True, color=color, alpha=0.22)
        axes.stairs(shares, edges, color=color, linewidth=1.6, label=f"{name} ({total:,})")
    if report.threshold is not None:
        axes.axvline(
            report.threshold,
            color=INK,
            linewidth=1,
            linestyle=(0, (4, 3)),
            label=f"threshold {report.threshold:.3g}",
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set_xlabel("score")
    axes.set_ylabel("share of the class")
    legend(axes, "upper right")
    return png(figure)


def coverage_png(coverage: LabelCoverage) -> bytes:
    """Shares of rows by the state of their label, a bar a cohort; states that never occur are left out.

    Raises:
        LifecycleError: there is no cohort.
    """
    if not coverage.cohorts:
        raise _nothing_to_draw("label coverage")
    by_cohort = [(cohort.rows, coverage.states([cohort])) for cohort in coverage.cohorts]
    known = sum(found["known"] for _, found in by_cohort) / max(coverage.rows, 1)
    subtitle = f"{coverage.rows:,} rows, {known:.1%} known at {coverage.as_of:%Y-%m-%d %H:%M} UTC"
    figure, axes = canvas("Labels by cohort", subtitle, size=WIDE)
    places, below = range(len(by_cohort)), [0.0] * len(by_cohort)
    for state, color in _STATE_COLORS.items():
        shares = [found[state] / rows for rows, found in by_cohort]
        if any(shares):
            axes.bar(places, shares, bottom=below, color=color, width=0.9, label=state)
        below = [low + share for low, share in zip(below, shares, strict=True)]
    step = max(1, math.ceil(len(by_cohort) / 6))
    axes.set_xticks(list(places)[::step], [cohort.name for cohort in coverage.cohorts][::step])
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set_ylabel("share of the cohort's rows")
    # Below: the newest cohorts, where labels are still to come, are at the right end of a full plot.
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=6, fontsize=8.5, labelcolor=INK, frameon=False
    )
    return png(figure)


def walk_forward_png(rows: Sequence[WalkForwardRow], *, metric: str = "auc") -> bytes:
    """Each as-of version on the partition after it and on its own holdout; the champion on the former."""
    if not any(row.value is not None or row.holdout is not None for row in rows):
        raise LifecycleError(
            f"no {metric} to draw in {len(rows)} walk-forward rows; evaluate the versions first"
        )
    figure, axes = canvas(
        "Walk-forward", f"{_shown(metric)} of each as-of version, with intervals", size=WIDE
    )
    later = [(row.value, row.low, row.high) for row in rows]
    _track(axes, later, x_shift=0.0, color=BLUE, marker="o", label="on the partition after it")
    held = [(row.holdout, row.holdout_low, row.holdout_high) for row in rows]
    _track(axes, held, x_shift=-0.14, color=MUTED, marker="D", label="on its own holdout")
    champion = [(row.champion, None, None) for row in rows]
    _track(axes, champion, x_shift=0.0, color=ORANGE, marker="s", label="champion, there")
    step = max(1, math.ceil(len(rows) / 8))  # more dates than that run into each other
    axes.set_xticks(range(0, len(rows), step), [row.as_of for row in rows[::step]])
    axes.set_xlim(-0.5, len(rows) - 0.5)
    axes.margins(y=0.15)
    axes.set_xlabel("trained as of")
    axes.set_ylabel(_shown(metric))
    # Below, not inside: three lines with intervals leave no corner free.
    figure.legend(
        loc="outside lower center", ncols=3, fontsize=8.5, labelcolor=INK, frameon=False, borderaxespad=0.8
    )
    return png(figure)


def _track(
    axes: "Axes",
    points: Sequence[tuple[float | None, float | None, float | None]],
    *,
    x_shift: float,
    color: str,
    marker: str,
    label: str,
) -> None:
    """A line through values, their intervals behind it; a missing value is a gap, nothing at all no line."""
    if all(value is None for value, _, _ in points):
        return
    places = [x + x_shift for x in range(len(points))]
    values = [math.nan if value is None else value for value, _, _ in points]
    axes.plot(places, values, color=color, linewidth=1.6, marker=marker, markersize=4.5, label=label)
    for x, (_, low, high) in zip(places, points, strict=True):
        if low is not None and high is not None:
            axes.vlines(x, low, high, color=color, alpha=0.3, linewidth=6)


def _nothing_to_draw(what: str) -> LifecycleError:
    return LifecycleError(f"no {what} to draw: the report has none (other task, or no rows of both classes)")


def _shown(metric: str) -> str:
    return metric.upper() if metric in ("auc", "ece", "mae", "rmse") else metric.replace("_", " ")


def _metric_line(report: EvaluationReport, name: str) -> str:
    measured = report.metric(name)
    if measured is None or measured.value is None:
        return f"{report.n_rows:,} labelled rows"
    line = f"{_shown(name)} {measured.value:.3f}"
    if interval := measured.interval:
        line += f"  ({interval.level:.0%} interval {interval.low:.3f} to {interval.high:.3f})"
    return f"{line},  {report.n_rows:,} rows"

"""The trend of a model's performance as PNG bytes: metric and estimate by partition, and label coverage."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.canvas import BLUE, INK, MUTED, ORANGE, WIDE, canvas, png
from lifecycle.monitoring.performance_report import MetricPerformance, PerformanceReport, Ranged

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TICKS = 8
CALIBRATION = ("calibration_slope", "calibration_intercept", "ece")


def trend_png(reports: Sequence[PerformanceReport], *, limit: float | None = None) -> bytes:
    """The judged metric by partition: realised and estimated with intervals, the baseline of each version.

    Args:
        reports: oldest first.
        limit: the floor, drawn where there is one.

    Raises:
        LifecycleError: no report has a value.
    """
    metric = reports[-1].metric if reports else "metric"
    found = [_named(report, metric) for report in reports]
    if not any(one and (one.realised or one.estimated) for one in found):
        raise LifecycleError(f"no {metric} to draw in {len(reports)} performance reports")
    figure, axes = canvas("Performance", f"{metric} by partition, with intervals", size=WIDE)
    _track(axes, [one.realised if one else None for one in found], -0.08, BLUE, "o", "realised")
    _track(axes, [one.estimated if one else None for one in found], 0.08, ORANGE, "D", "estimated, no labels")
    levels = [one.baseline.value if one and one.baseline else math.nan for one in found]
    if any(map(math.isfinite, levels)):
        places = range(len(levels))
        axes.step(places, levels, where="mid", color=MUTED, linewidth=1.2, label="on its holdout")
    if limit is not None:
        axes.axhline(limit, color=INK, linewidth=1, linestyle=(0, (4, 3)), label=f"floor {limit:.4g}")
    _ticks(axes, reports)
    _legend_below(axes)
    return png(figure)


def coverage_trend_png(reports: Sequence[PerformanceReport]) -> bytes:
    """Share of rows whose label is known, by partition; paler: those whose label never comes.

    Raises:
        LifecycleError: there is no report.
    """
    if not reports:
        raise LifecycleError("no performance report to draw")
    figure, axes = canvas("Label coverage", "share of rows, when the report was made", size=WIDE)
    places, coverage = range(len(reports)), [report.coverage for report in reports]
    never = [max(0.0, (r.settled - r.labelled) / r.rows) if r.rows else 0.0 for r in reports]
    axes.bar(places, coverage, color=BLUE, width=0.8, label="known")
    axes.bar(places, never, bottom=coverage, color=BLUE, alpha=0.3, width=0.8, label="never comes")
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    _ticks(axes, reports)
    _legend_below(axes)
    return png(figure)


def calibration_trend_png(reports: Sequence[PerformanceReport]) -> bytes | None:
    """Calibration by partition: the slope of a binary model, or else its ECE; None: no report has one."""
    for name in CALIBRATION:
        found = [_named(report, name) for report in reports]
        values = [one.realised if one else None for one in found]
        if any(values):
            figure, axes = canvas("Calibration", name.replace("_", " ") + " by partition", size=WIDE)
            _track(axes, values, 0.0, BLUE, "o", "realised")
            if name == "calibration_slope":
                axes.axhline(1.0, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="perfect")
            _ticks(axes, reports)
            _legend_below(axes)
            return png(figure)
    return None


def _named(report: PerformanceReport, metric: str) -> MetricPerformance | None:
    return next((one for one in report.metrics if one.metric == metric), None)


def _track(
    axes: "Axes", points: Sequence[Ranged | None], x_shift: float, color: str, marker: str, label: str
) -> None:
    """A line through values with their intervals behind it; a missing value is a gap."""
    if not any(points):
        return
    places = [x + x_shift for x in range(len(points))]
    values = [math.nan if point is None else point.value for point in points]
    axes.plot(places, values, color=color, linewidth=1.6, marker=marker, markersize=4.5, label=label)
    for x, point in zip(places, points, strict=True):
        if point is not None and point.low is not None and point.high is not None:
            axes.vlines(x, point.low, point.high, color=color, alpha=0.3, linewidth=6)


def _legend_below(axes: "Axes") -> None:
    # The newest partition, which people look for, is at the right end: nothing may lie over it.
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=4, fontsize=8.5, labelcolor=INK, frameon=False
    )


def _ticks(axes: "Axes", reports: Sequence[PerformanceReport]) -> None:
    step = max(1, math.ceil(len(reports) / _TICKS))
    names = [report.partition for report in reports]
    axes.set_xticks(list(range(len(names)))[::step], names[::step])

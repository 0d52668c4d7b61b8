"""Pictures of a report's parts: its slices, and the version beside the champion. Points with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.canvas import BLUE, MUTED, ORANGE, WIDE, canvas, png
from lifecycle.evaluation.comparison import MetricDifference
from lifecycle.evaluation.report import EvaluationReport

MAX_LINES = 25
"""Most lines of one picture; more would not be read."""
_LINE, _FRAME = 0.27, 1.35  # inches: one line, and title with axis
_LONGEST = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    name: str
    value: float
    low: float
    high: float
    color: str


def slices_png(report: EvaluationReport, metric: str) -> bytes:
    """A metric of each judged slice with its interval, beside that of all rows.

    Raises:
        LifecycleError: no slice has the metric with an interval.
    """
    lines = []
    for part in report.slices:
        found = part.metric(metric)
        interval = found.measured.interval if found else None
        if found is not None and found.measured.value is not None and interval is not None:
            name = f"{part.name}  ({part.n_rows:,})"
            value = found.measured.value
            lines.append(_Line(name=name, value=value, low=interval.low, high=interval.high, color=BLUE))
    whole = report.metric(metric)
    middle = whole.value if whole else None
    subtitle = f"{metric} of each slice (rows)"
    if middle is not None:
        subtitle += f"; all rows {middle:.3f}"
    return _forest("Slices", subtitle, lines, middle, metric)


def comparison_png(report: EvaluationReport, metric: str) -> bytes:
    """Differences from the champion in percent of its value, what is better to the right; slices below.

    Raises:
        LifecycleError: nothing was compared.
    """
    comparison = report.comparison
    if comparison is None or comparison.state != "compared":
        raise LifecycleError("no comparison to draw: the report holds no differences from a champion")
    lines = [line for m in comparison.metrics if (line := _gain(m.metric, m, BLUE))]
    for part in comparison.slices:
        found = part.metric(metric)
        if found is not None and (line := _gain(f"{metric}: {part.name}", found, ORANGE)):
            lines.append(line)
    subtitle = f"against version {comparison.champion}, on the same {comparison.n_rows:,} rows"
    return _forest("Better or worse than the champion", subtitle, lines, 0.0, "better by, % of its value")


def _gain(name: str, m: MetricDifference, color: str) -> _Line | None:
    """The difference in percent, turned so that more is better; None where it cannot be told."""
    if m.difference is None or m.interval is None or not m.champion:
        return None
    scale = (100 if m.better == "higher" else -100) / abs(m.champion)
    low, high = sorted((m.interval.low * scale, m.interval.high * scale))
    return _Line(name=name, value=m.difference * scale, low=low, high=high, color=color)


def _forest(title: str, subtitle: str, lines: Sequence[_Line], middle: float | None, label: str) -> bytes:
    if not lines:
        raise LifecycleError("nothing to draw: no value with an interval (too few rows or days)")
    shown = lines[:MAX_LINES]
    figure, axes = canvas(title, subtitle, size=(WIDE[0], _FRAME + _LINE * len(shown)))
    if middle is not None:
        axes.axvline(middle, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    for y, line in enumerate(shown):
        axes.hlines(y, line.low, line.high, color=line.color, linewidth=2)
        axes.plot(line.value, y, color=line.color, marker="o", markersize=5, linestyle="none")
    names = [_plain(line.name) for line in shown]
    axes.set_yticks(range(len(shown)), names)
    axes.set_ylim(len(shown) - 0.4, -0.6)  # first line on top
    axes.set_xlabel(label if len(lines) == len(shown) else f"{label}  (first {MAX_LINES} of {len(lines)})")
    return png(figure)


def _plain(name: str) -> str:
    """A name that comes from data, as plain text: no formulas, no line breaks, not too long.

    >>> _plain("a $x$" + chr(10) + "b")
    'a \\\\$x\\\\$ b'
    """
    printable = "".join(c if c.isprintable() else " " for c in name)
    short = printable if len(printable) <= _LONGEST else f"{printable[: _LONGEST - 1]}…"
    return short.replace("$", r"\$")

"""Pictures of thresholds, of what harms a model, of a regression's deciles and of a learning curve."""

from collections.abc import Sequence

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.canvas import BLUE, INK, MUTED, ORANGE, WIDE, canvas, legend, png
from lifecycle.evaluation.deciles import Decile
from lifecycle.evaluation.harm import Harm
from lifecycle.evaluation.thresholds import ThresholdRow
from lifecycle.training.job import LearningPoint

MAX_BARS = 15
_NAME_CHARACTERS = 28


def thresholds_png(rows: Sequence[ThresholdRow]) -> bytes:
    """Precision, recall, F1 and cost by threshold, with the operating point.

    Raises:
        LifecycleError: no rows, as for the other pictures here.
    """
    if not rows:
        raise _nothing("thresholds")
    chosen = next((row for row in rows if row.chosen), None)
    told = f"operating point {chosen.threshold:.3g} flags {chosen.flagged:.1%} of the rows" if chosen else ""
    figure, axes = canvas("Thresholds", told, size=WIDE)
    for name, color, style in (("precision", BLUE, "-"), ("recall", ORANGE, "-"), ("f1", INK, ":")):
        points = [(row.threshold, getattr(row, name)) for row in rows if getattr(row, name) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), color=color, linestyle=style, linewidth=1.8, label=name)
    costs = [(row.threshold, row.cost) for row in rows if row.cost is not None]
    if costs and (dearest := max(cost for _, cost in costs)):
        shown = [(threshold, cost / dearest) for threshold, cost in costs]
        label = f"cost (1 is {dearest:.3g} a row)"
        axes.plot(*zip(*shown, strict=True), color=MUTED, linewidth=1.4, linestyle="--", label=label)
    if chosen:
        axes.axvline(chosen.threshold, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("threshold")
    axes.set_ylabel("share")
    legend(axes, "best")
    return png(figure)


def harms_png(harms: Sequence[Harm], *, title: str, metric: str) -> bytes:
    """How much worse the metric gets, a bar each, the fifteen worst, with intervals."""
    known = [harm for harm in harms if harm.harm is not None][:MAX_BARS]
    if not known:
        raise _nothing(title.lower())
    size = (WIDE[0], 1.6 + 0.24 * len(known))
    figure, axes = canvas(title, f"how much worse {metric} gets, with its interval", size=size)
    places = range(len(known))
    values = [harm.harm or 0.0 for harm in known]
    axes.barh(places, values, color=BLUE, height=0.62, alpha=0.85)
    for place, harm in zip(places, known, strict=True):
        if harm.low is not None and harm.high is not None:
            axes.hlines(place, harm.low, harm.high, color=INK, linewidth=1.2)
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set_yticks(list(places), [_short(harm.what) for harm in known])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return png(figure)


def deciles_png(rows: Sequence[Decile]) -> bytes:
    """Observed against predicted by decile, with the middle 80 % of what came, and the line of no error."""
    if not rows:
        raise _nothing("deciles")
    figure, axes = canvas("Predicted and observed", "tenths of the rows by prediction", size=WIDE)
    predicted = [row.predicted for row in rows]
    ends = [min(predicted), max(predicted)]
    axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="no error")
    for row in rows:
        low, high = row.predicted + row.residual_low, row.predicted + row.residual_high
        axes.vlines(row.predicted, low, high, color=BLUE, alpha=0.3, linewidth=6)
    observed = [row.observed for row in rows]
    axes.plot(predicted, observed, color=BLUE, marker="o", markersize=4.5, linewidth=1.6, label="mean")
    axes.set_xlabel("mean prediction")
    axes.set_ylabel("observed")
    legend(axes, "upper left")
    return png(figure)


def residuals_png(rows: Sequence[Decile]) -> bytes:
    """Observed minus predicted by decile: median and the middle 80 %."""
    if not rows:
        raise _nothing("deciles")
    figure, axes = canvas("Residuals", "observed minus predicted: median and middle 80 %", size=WIDE)
    axes.axhline(0, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    places = range(1, len(rows) + 1)
    for place, row in zip(places, rows, strict=True):
        axes.vlines(place, row.residual_low, row.residual_high, color=BLUE, alpha=0.3, linewidth=8)
    axes.plot(places, [row.residual_median for row in rows], color=BLUE, marker="o", linestyle="none")
    axes.set_xticks(list(places))
    axes.set_xlabel("decile of the prediction, lowest first")
    axes.set_ylabel("residual")
    return png(figure)


def learning_curve_png(points: Sequence[LearningPoint]) -> bytes:
    """Score by rows that were fit, on those rows and on the validation rows."""
    if not points:
        raise _nothing("learning curve")
    figure, axes = canvas("Learning curve", "the score that fitting stops by; lower is better", size=WIDE)
    rows = [point.rows for point in points]
    validation, fit = [p.validation_score for p in points], [p.fit_score for p in points]
    axes.plot(rows, validation, color=BLUE, marker="o", linewidth=1.8, label="validation rows")
    axes.plot(rows, fit, color=ORANGE, marker="s", linewidth=1.4, label="rows that were fit")
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("rows that were fit")
    axes.set_ylabel("score")
    legend(axes, "best")
    return png(figure)


def _nothing(what: str) -> LifecycleError:
    return LifecycleError(f"no {what} to draw: the report has none (another task, or no rows)")


def _short(name: str) -> str:
    # A dollar sign would start a formula of the drawing library.
    text = name.replace("$", r"\$")
    return text if len(text) <= _NAME_CHARACTERS else f"{text[: _NAME_CHARACTERS - 3]}..."

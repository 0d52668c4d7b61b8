"""Pictures of drift: columns by partitions as a heat map, and histograms of what moved most."""

from collections.abc import Sequence

import numpy as np

from lifecycle.data.table_profile import TableProfile
from lifecycle.evaluation.canvas import BLUE, INK, MUTED, ORANGE, WIDE, canvas, legend, png
from lifecycle.monitoring.cells import Floats, cells_of
from lifecycle.monitoring.drift_report import DriftReport

SHOWN_COLUMNS, SHOWN_HISTOGRAMS = 40, 4
_BARS = 40
_MOST = 2.0


def heat_map_png(reports: Sequence[DriftReport]) -> bytes:
    """How near each column is to its limit, partition by partition; a cross marks what was called drift.

    A field is empty where the column was not judged.

    Args:
        reports: oldest first, one at least; columns are ordered by the last one.
    """
    order = list(dict.fromkeys(test.column for report in reports[::-1] for test in report.columns))
    shown = order[:SHOWN_COLUMNS]
    values = np.full((len(shown), len(reports)), np.nan)
    called = np.zeros_like(values, dtype=bool)
    for x, report in enumerate(reports):
        for test in report.columns:
            if test.column in shown and test.judged:
                y = shown.index(test.column)
                values[y, x] = np.fmax(values[y, x], test.value / test.limit if test.limit else 0.0)
                called[y, x] |= test.drifted
    size = (max(WIDE[0], 2.6 + 0.32 * len(reports)), 1.9 + 0.2 * max(len(shown), 1))
    more = f", the first {len(shown)} of {len(order)} columns" if len(order) > len(shown) else ""
    figure, axes = canvas("Drift", f"worst statistic as a share of its limit{more}", size=size)
    axes.grid(False)
    drawn = axes.imshow(np.minimum(values, _MOST), cmap="cividis", vmin=0, vmax=_MOST, aspect="auto")
    for y, x in np.argwhere(called):
        axes.text(x, y, "x", ha="center", va="center", color=ORANGE, fontsize=11, fontweight="bold")
    axes.set_yticks(range(len(shown)), shown)
    axes.set_xticks(range(len(reports)), [report.partition for report in reports], rotation=60, ha="right")
    bar = figure.colorbar(drawn, ax=axes, ticks=[0, 1, _MOST], shrink=0.6)
    bar.ax.set_yticklabels(["0", "limit", "2 x"], color=MUTED, fontsize=8.5)
    return png(figure)


def histograms_png(
    report: DriftReport, reference: Sequence[TableProfile], current: Sequence[TableProfile]
) -> bytes | None:
    """The columns that the report names first, before and now, one below the other.

    Args:
        reference: profiles of the blocks that were compared with.
        current: profiles of the partition's blocks.

    Returns:
        None: there is nothing to compare.
    """
    named = list(dict.fromkeys(test.column for test in report.columns))[:SHOWN_HISTOGRAMS]
    if not named or not reference or not current:
        return None
    figure, axes = canvas("What moved most", "shares of values, the reference and this partition", size=WIDE)
    figure.set_size_inches(WIDE[0], 1.0 + 1.9 * len(named))
    axes.set_axis_off()
    for position, column in enumerate(named):
        held = [profile.columns[column] for profile in (*reference, *current) if column in profile.columns]
        cells = (
            cells_of(held, reference=len(reference)) if len(held) == len(reference) + len(current) else None
        )
        if cells is None:
            continue
        before = cells.part(0, len(reference)).total().shares[0]
        now = cells.part(len(reference), len(held)).total().shares[0]
        inset = axes.inset_axes((0.0, 1 - (position + 0.86) / len(named), 1.0, 0.62 / len(named)))
        if cells.kind == "number":
            low, high = _central(cells.at, before, now)
            edges = np.linspace(low, high, _BARS + 1)
            middle, wide = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
            sides = [
                np.histogram(np.clip(cells.at, low, high), edges, weights=side)[0] for side in (before, now)
            ]
            inset.bar(middle, sides[0], width=wide, color=BLUE, alpha=0.55, label="reference")
            inset.step(middle, sides[1], where="mid", color=ORANGE, linewidth=1.6, label=report.partition)
        else:
            top = np.argsort(-(before + now), kind="stable")[:12]
            inset.bar(np.arange(len(top)) - 0.2, before[top], width=0.4, color=BLUE, label="reference")
            inset.bar(np.arange(len(top)) + 0.2, now[top], width=0.4, color=ORANGE, label=report.partition)
            inset.set_xticks(range(len(top)), [str(number + 1) for number in range(len(top))])
        inset.set_title(column, loc="left", fontsize=9.5, color=INK)
        inset.tick_params(colors=MUTED, labelsize=8, length=0)
        for side, spine in inset.spines.items():
            spine.set_visible(side == "bottom")
        if not position:
            legend(inset, "best")
    return png(figure)


def _central(at: Floats, before: Floats, now: Floats) -> tuple[float, float]:
    """A range that holds all but the outermost half percent of either side."""
    reached = [np.cumsum(side) / max(side.sum(), 1e-12) for side in (before, now)]
    low = min(float(at[np.argmax(part >= 0.005)]) for part in reached)
    high = max(float(at[np.argmax(part >= 0.995)]) for part in reached)
    return (low, high) if high > low else (low - 0.5, low + 0.5)

"""What all pictures share: paper, ink and the bytes that come out.

matplotlib is imported when a picture is drawn, and used without pyplot: no global state, safe in any thread.
"""

import io
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, GRID = "#1f2933", "#6b7785", "#e4e8ed"
BLUE, ORANGE = "#2563ab", "#e07b28"  # told apart by colour-blind readers, and in grey
Corner = Literal["upper left", "upper right", "lower right", "best"]
SQUARE, WIDE = (4.8, 5.0), (6.0, 3.7)  # inches
DPI = 144  # twice the 72 of the sizes below: sharp on dense screens


def canvas(title: str, subtitle: str, *, size: tuple[float, float]) -> tuple["Figure", "Axes"]:
    """An empty figure with a title, a line below it, and axes that stay in the background."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    margins = ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.14)
    figure = Figure(figsize=size, dpi=DPI, layout=margins, facecolor="white")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=24)
    axes.text(0, 1.025, subtitle, transform=axes.transAxes, fontsize=9, color=MUTED)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=8.5, length=0)
    axes.xaxis.label.set(color=INK, fontsize=9.5)
    axes.yaxis.label.set(color=INK, fontsize=9.5)
    for side, spine in axes.spines.items():
        spine.set(visible=side in ("left", "bottom"), color=GRID)
    return figure, axes


def legend(axes: "Axes", place: Corner) -> None:
    """The legend of what has a label, in a corner where nothing is drawn."""
    axes.legend(loc=place, fontsize=8.5, labelcolor=INK, frameon=True, edgecolor="none", facecolor="white")


def png(figure: "Figure") -> bytes:
    """The figure as a PNG file's bytes."""
    out = io.BytesIO()
    # Without the drawing library's version inside, the same report gives the same bytes.
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()

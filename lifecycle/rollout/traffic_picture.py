"""What variants answered, as a picture: how their scores are spread."""

from collections.abc import Sequence

from lifecycle.endpoint.log.summary import VariantSummary
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.canvas import BLUE, INK, MUTED, ORANGE, WIDE, canvas, legend, png

_COLORS = (BLUE, ORANGE, MUTED, INK)
MAX_VARIANTS = len(_COLORS)


def scores_png(summaries: Sequence[VariantSummary], edges: Sequence[float]) -> bytes:
    """The share of each variant's scores in each bin, the variants with most rows.

    Args:
        summaries: made with the edges.
        edges: of the bins, ascending; the first bin is as wide as the second, and the last as the one before.

    Raises:
        LifecycleError: no variant has scores.
    """
    scored = sorted((s for s in summaries if s.scores), key=lambda s: -s.rows)[:MAX_VARIANTS]
    if not scored:
        raise LifecycleError("no variant has scores, so there is nothing to draw")
    bounds = [2 * edges[0] - edges[1], *edges, 2 * edges[-1] - edges[-2]]
    figure, axes = canvas("Scores", "share of each variant's answers in a bin", size=WIDE)
    for one, color in zip(scored, _COLORS, strict=False):
        if one.scores is not None:
            shares = [100 * count / one.scores.n for count in one.scores.counts]
            name = f"{one.variant}, version {one.version} ({one.scores.n:,} rows)"
            axes.stairs(shares, bounds, color=color, linewidth=1.8, label=name)
    axes.set(xlabel="score", ylabel="% of rows")
    axes.set_ylim(bottom=0)
    axes.margins(y=0.3)
    legend(axes, "best")
    return png(figure)

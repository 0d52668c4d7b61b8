"""Pictures of a search for parameters: how it went on, and which parameters mattered.

matplotlib is imported when a picture is drawn, and used without pyplot: no global state, safe in any thread.
"""

from lifecycle.evaluation.canvas import BLUE, INK, MUTED, ORANGE, WIDE, canvas, legend, png
from lifecycle.training.search.records import SearchResult


def search_history_png(search: SearchResult) -> bytes:
    """The value of each trial by its number, with the best one so far.

    The axis spans the complete trials: those that were pruned or failed lie at its worse end where they would
    stretch it, for a trial that was given up early tells of no value that it would have reached.
    """
    from matplotlib.ticker import MaxNLocator

    complete = [(t.number, t.value) for t in search.trials if t.state == "complete" and t.value is not None]
    values = [value for _, value in complete]
    lowest, highest = min(values), max(values)
    room = 0.08 * (highest - lowest) or abs(highest) * 0.01 or 1.0
    low, high = lowest - room, highest + room
    minimized = search.direction == "minimize"
    worst = high if minimized else low
    counts = ", ".join(f"{count} {state}" for state, count in search.counts.items() if count)
    figure, axes = canvas(
        "Search for parameters", f"{search.metric} of the validation rows; {counts}", size=WIDE
    )
    axes.scatter([n for n, _ in complete], values, s=26, color=BLUE, label="complete", zorder=3)
    pruned = [(t.number, t.value) for t in search.trials if t.state == "pruned" and t.value is not None]
    if pruned:
        inside = [min(max(value, low), high) for _, value in pruned]
        numbers = [number for number, _ in pruned]
        axes.scatter(numbers, inside, s=26, facecolors="white", edgecolors=MUTED, label="pruned", zorder=2)
    failed = [t.number for t in search.trials if t.state == "failed"]
    if failed:
        axes.scatter(failed, [worst] * len(failed), s=30, color=ORANGE, marker="x", label="failed", zorder=2)
    best = min if minimized else max
    so_far = [best(values[: i + 1]) for i in range(len(values))]
    axes.step([n for n, _ in complete], so_far, where="post", color=INK, linewidth=1.2, label="best so far")
    axes.set_ylim(low - room / 2, high + room / 2)
    axes.set_xlabel("trial")
    axes.set_ylabel(search.metric)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes, "best")
    return png(figure)


def parameter_importance_png(search: SearchResult) -> bytes:
    """How much each parameter has to do with a trial being one of the best; the search must have told."""
    shares = sorted(search.importance.items(), key=lambda item: item[1])
    figure, axes = canvas("What mattered", "share in what makes trials good, by PED-ANOVA", size=WIDE)
    axes.barh([name for name, _ in shares], [share for _, share in shares], color=BLUE, height=0.6)
    axes.set_xlabel("share")
    axes.grid(visible=False, axis="y")
    return png(figure)

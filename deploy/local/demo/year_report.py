"""The table and the picture of the replayed year."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from year_scores import Month
from year_story import Kind, Story

from lifecycle.evaluation.canvas import BLUE, INK, MUTED, ORANGE, canvas, legend, png

TABLE, JSON, PICTURE = "replay.md", "replay.json", "replay.png"
TOLD: tuple[Kind, ...] = ("trigger", "retrained", "refused", "promoted", "rolled back", "ended")


def means(months: Sequence[Month]) -> Mapping[str, float]:
    """Mean of the months' AUC, by who scored."""
    return {
        who: sum(getattr(month, who) for month in months) / len(months)
        for who in ("frozen", "oracle", "loop")
    }


def goals(months: Sequence[Month]) -> Mapping[str, bool]:
    """Whether the loop is as good as the oracle, nearly, and better than no loop."""
    mean = means(months)
    return {
        "loop is at least the oracle - 0.005": mean["loop"] >= mean["oracle"] - 0.005,
        "loop is above frozen by 0.02": mean["loop"] >= mean["frozen"] + 0.02,
    }


def write_report(folder: Path, months: Sequence[Month], story: Story, facts: Mapping[str, object]) -> str:
    """Write table, JSON and picture into a folder; the table's text."""
    folder.mkdir(parents=True, exist_ok=True)
    text = table(months, story, facts)
    (folder / TABLE).write_text(text, encoding="utf-8")
    found = {
        "facts": dict(facts),
        "months": [asdict(month) for month in months],
        "means": dict(means(months)) if months else {},
        "goals": dict(goals(months)) if months else {},
        "events": story.as_json(),
    }
    (folder / JSON).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if months:
        (folder / PICTURE).write_bytes(picture(months, story))
    return text


def table(months: Sequence[Month], story: Story, facts: Mapping[str, object]) -> str:
    """Months, goals, and every event that changed what answers, in Markdown."""
    lines = ["# The year replayed", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", "| month | flights | frozen | oracle | loop |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.month} | {one.flights:,} | {one.frozen:.3f} | {one.oracle:.3f} | {one.loop:.3f} |"
        for one in months
    ]
    if months:
        mean = means(months)
        lines += [f"| mean | | {mean['frozen']:.3f} | {mean['oracle']:.3f} | {mean['loop']:.3f} |", ""]
        lines += [f"- {goal}: {'yes' if kept else 'no'}" for goal, kept in goals(months).items()]
    lines += ["", "| day | what | version | why |", "|---|---|---|---|"]
    lines += [
        f"| {one.at:%Y-%m-%d} | {one.kind} | {one.version} | {one.text.replace('|', '/')} |"
        for one in story.happenings
    ]
    return "\n".join(lines) + "\n"


def picture(months: Sequence[Month], story: Story) -> bytes:
    """AUC by month of all three, with the days on which another version took over."""
    mean = means(months)
    told = f"means: frozen {mean['frozen']:.3f}, oracle {mean['oracle']:.3f}, loop {mean['loop']:.3f}"
    figure, axes = canvas("The year replayed", told, size=(7.5, 4.2))
    places = range(len(months))
    for who, color, style in (("frozen", MUTED, ":"), ("oracle", ORANGE, "--"), ("loop", BLUE, "-")):
        axes.plot(places, [getattr(m, who) for m in months], style, color=color, marker="o", label=who)
    names = [month.month for month in months]
    for kind, color in (("promoted", BLUE), ("rolled back", ORANGE), ("refused", ORANGE)):
        for one in story.happenings:
            if one.kind == kind and f"{one.at:%Y-%m}" in names:
                place = names.index(f"{one.at:%Y-%m}") - 0.5 + one.at.day / 31
                axes.axvline(place, color=color, linewidth=0.8, alpha=0.5)
                low = axes.get_ylim()[0]
                axes.text(place, low, f"{kind} v{one.version}", rotation=90, fontsize=7, color=INK)
    axes.set_xticks(list(places), names)
    axes.set_ylabel("AUC")
    legend(axes, "best")
    return png(figure)

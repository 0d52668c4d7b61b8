"""A rollout in one picture: who got how many requests, what labels said, and what watched over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lifecycle.evaluation.canvas import BLUE, DPI, GRID, INK, MUTED, ORANGE, png
from lifecycle.rollout.commands import Command
from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.plan import PRIMARY, Check, StagePlan
from lifecycle.rollout.record import Evidence, RolloutRecord
from lifecycle.rollout.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 9.0  # inches
_WEIGHTS, _PRIMARY, _COVERAGE, _GUARDRAILS, _FRAME = 2.6, 2.3, 1.5, 1.9, 0.9  # heights, inches
_COLUMNS = 3
_LONGEST = 36
_LEAST_SHARE = 0.07
"""Of the width that a stage needs for its name; the next one that is drawn is this far away."""
_RED = "#b3261e"
_COLORS: dict[Verdict, str] = {
    "pass": BLUE,
    "fail": _RED,
    "inconclusive": MUTED,
    "not_enough_data": MUTED,
    "error": MUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time in one stage."""

    stage: StagePlan
    start: datetime
    end: datetime


def rollout_picture(record: RolloutRecord) -> bytes:
    """The record as a PNG, below each other and on one axis of time.

    - The weight of the version on trial as the endpoint told it, with stages and commands.
    - The primary metric against its limit, with the interval that holds at all looks; labels that came in.
      Both only where the plan has a primary metric.
    - Each guardrail against its limit. A cross below a panel is a look without a number.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    primary, guardrails = record.plan.primary, record.plan.guardrails
    heights = [_WEIGHTS] + ([_PRIMARY, _COVERAGE] if primary else [])
    lines = -(-len(guardrails) // _COLUMNS)
    size = (WIDTH, sum(heights) + lines * _GUARDRAILS + _FRAME)
    margins = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    figure = Figure(figsize=size, dpi=DPI, layout=margins, facecolor="white")
    grid = figure.add_gridspec(
        len(heights) + lines, _COLUMNS, height_ratios=[*heights, *[_GUARDRAILS] * lines]
    )
    head = f"{record.model}: version {record.challenger.version}"
    head += f" against {record.champion.version}" if record.champion else ", the first one"
    figure.suptitle(f"{head} (times are UTC)", x=0.02, ha="left", fontsize=13, fontweight="bold", color=INK)
    _draw_weights(figure.add_subplot(grid[0, :]), record)
    if primary:
        _draw_check(figure.add_subplot(grid[1, :]), record, primary, wide=True)
        _draw_labels(figure.add_subplot(grid[2, :]), record)
    for i, check in enumerate(guardrails):
        place = grid[len(heights) + i // _COLUMNS, i % _COLUMNS]
        _draw_check(figure.add_subplot(place), record, check, wide=False)
    return png(figure)


def spans_of(record: RolloutRecord) -> tuple[Span, ...]:
    """When the rollout was in which stage, until its outcome or its last entry.

    A stage that it passed through in no time is left out.
    """
    begins: list[tuple[int, datetime]] = []
    end = record.entries[-1].at
    for entry in record.entries:
        if entry.state.outcome is not None:
            end = entry.at
            break
        if not begins or begins[-1][0] != entry.state.stage:
            begins.append((entry.state.stage, entry.at))
    ends = [*(at for _, at in begins[1:]), end]
    return tuple(
        Span(stage=record.plan.stages[stage], start=start, end=until)
        for (stage, start), until in zip(begins, ends, strict=True)
        if until > start
    )


def weights_of(record: RolloutRecord) -> tuple[tuple[datetime, int], ...]:
    """Percent of the version on trial at each look at which the endpoint could be read."""
    found = []
    for entry in record.entries:
        backend = entry.observations.backend
        if backend.problem is None:
            state = backend.variant(record.challenger)
            found.append((entry.at, state.weight if state else 0))
    return tuple(found)


def commands_of(record: RolloutRecord) -> tuple[Command, ...]:
    """Every command that the rollout was told of, oldest first."""
    told = {c.id: c for entry in record.entries for c in entry.observations.commands}
    return tuple(sorted(told.values(), key=lambda command: (command.at, command.id)))


def evidence_of(record: RolloutRecord, check: str) -> tuple[Evidence, ...]:
    """Every look at a check, in the order of time."""
    return tuple(e for entry in record.entries for e in entry.evidence if e.measurement.check == check)


def _draw_weights(axes: "Axes", record: RolloutRecord) -> None:
    start, end = _bounds(record)
    _prepare(axes, record, f"requests to version {record.challenger.version}, %")
    told = weights_of(record)
    if told:
        times, weights = [_day(at) for at, _ in told], [weight for _, weight in told]
        axes.step([*times, _day(end)], [*weights, weights[-1]], where="post", color=BLUE, linewidth=1.8)
        axes.fill_between([*times, _day(end)], [*weights, weights[-1]], step="post", color=BLUE, alpha=0.12)
    axes.set_ylim(-4, 128)
    axes.set_yticks([0, 25, 50, 75, 100])
    free_from = start
    for span in spans_of(record):
        axes.axvline(_day(span.start), color=GRID, linewidth=1.0, zorder=0)
        if span.end - span.start >= _LEAST_SHARE * (end - start) and span.start >= free_from:
            axes.annotate(
                span.stage.label,
                (_day(span.start), 118),
                (4, 0),
                textcoords="offset points",
                fontsize=8.5,
                color=MUTED,
                va="center",
            )
            free_from = span.start + len(span.stage.label) * 0.011 * (end - start)
    for command in commands_of(record):
        if start <= command.at <= end:
            late = command.at > start + (end - start) / 2
            axes.axvline(_day(command.at), color=ORANGE, linewidth=1.2, linestyle="--")
            axes.annotate(
                f"{command.kind} by {_short(command.actor)}",
                (_day(command.at), 107),
                (-4 if late else 4, 0),
                textcoords="offset points",
                ha="right" if late else "left",
                fontsize=8,
                color=ORANGE,
                va="center",
            )
    axes.set_title(_outcome(record), loc="right", fontsize=9, color=MUTED)


def _draw_check(axes: "Axes", record: RolloutRecord, check: Check, *, wide: bool) -> None:
    looks = evidence_of(record, check.name)
    name = f"primary: {check.metric}" if check.name == PRIMARY else check.name
    how = {"value": "", "difference": ", difference", "ratio": ", ratio"}[check.compare]
    _prepare(axes, record, _short(name, 60 if wide else _LONGEST) + (how if wide else ""))
    if not wide:
        axes.set_title(_short(name), loc="left", fontsize=8.5, color=INK)
        axes.tick_params(labelsize=7)
    low, high = _room([e.measurement for e in looks], check.limit)
    axes.set_ylim(low, high)
    axes.axhline(check.limit, color=ORANGE, linewidth=1.2)
    axes.axhspan(
        *((check.limit, high) if check.worse == "up" else (low, check.limit)), color=ORANGE, alpha=0.07
    )
    for e in looks:
        m, color = e.measurement, _COLORS[e.verdict]
        if m.value is None:
            continue
        if m.low is not None and m.high is not None:
            axes.vlines(
                _day(m.ended_at), max(m.low, low), min(m.high, high), color=color, linewidth=1.4, alpha=0.6
            )
        axes.plot([_day(m.ended_at)], [m.value], marker="o", markersize=3.5 if wide else 2.5, color=color)
    blind = [_day(e.measurement.ended_at) for e in looks if e.measurement.value is None]
    if blind:
        axes.plot(
            blind,
            [low + 0.06 * (high - low)] * len(blind),
            linestyle="",
            marker="x",
            color=_RED,
            markersize=4,
        )
    if not looks:
        _say(axes, "not measured")
    elif wide:
        axes.set_title(
            f"limit {check.limit:.4g}, worse is {check.worse}", loc="right", fontsize=9, color=MUTED
        )


def _draw_labels(axes: "Axes", record: RolloutRecord) -> None:
    _prepare(axes, record, "rows with a label, %")
    axes.set_ylim(-4, 104)
    axes.set_yticks([0, 50, 100])
    looks = [e.measurement for e in evidence_of(record, PRIMARY) if e.measurement.cohorts]
    if not looks:
        _say(axes, "no labels were counted")
        return
    for arm, color in (("champion", MUTED), ("challenger", BLUE)):
        times, shares = [], []
        for look in looks:
            served = sum(c.served for c in look.cohorts if c.arm == arm)
            if served:
                times.append(_day(look.ended_at))
                shares.append(100 * sum(c.labelled for c in look.cohorts if c.arm == arm) / served)
        axes.plot(times, shares, color=color, linewidth=1.5, marker="o", markersize=3, label=arm)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        fontsize=8.5,
        labelcolor=INK,
        frameon=False,
        borderpad=0,
    )


def _prepare(axes: "Axes", record: RolloutRecord, title: str) -> None:
    """One time axis for all panels, in UTC."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    start, end = _bounds(record)
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.grid(color=GRID, linewidth=0.8, axis="y")
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=8.5, length=0)
    for side, spine in axes.spines.items():
        spine.set(visible=side in ("left", "bottom"), color=GRID)
    axes.set_xlim(_day(start), _day(end))
    locator = AutoDateLocator(minticks=2, maxticks=6)  # type: ignore[no-untyped-call]  # no stubs
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.xaxis.get_offset_text().set(fontsize=7.5, color=MUTED)


def _bounds(record: RolloutRecord) -> tuple[datetime, datetime]:
    start, end = record.opened_at, record.entries[-1].at
    room = max((end - start) / 50, timedelta(minutes=1))
    return start - room, end + room


def _day(at: datetime) -> float:
    """Days since 1970, as matplotlib counts time."""
    return at.timestamp() / 86_400


def _room(looks: Sequence[Measurement], limit: float) -> tuple[float, float]:
    """Where a panel begins and ends: values and limit are seen, an interval without an end is cut off."""
    values = [m.value for m in looks if m.value is not None]
    ends = [bound for m in looks for bound in (m.low, m.high) if bound is not None]
    near = max([abs(value - limit) for value in values] + [0.05 * abs(limit), 1e-9])
    wanted = [*values, limit, *(bound for bound in ends if abs(bound - limit) <= 4 * near)]
    low, high = min(wanted), max(wanted)
    room = 0.15 * (high - low) or near
    return low - room, high + room


def _outcome(record: RolloutRecord) -> str:
    outcome = record.state.outcome
    if outcome is None:
        return f"in {record.stage.label}"
    return outcome.kind.replace("_", " ") + (f": {_short(outcome.check)}" if outcome.check else "")


def _say(axes: "Axes", text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=9, color=MUTED)


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"

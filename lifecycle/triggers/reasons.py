"""Why a model should learn again. A fact that is not known is no reason, and hides none that is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lifecycle.spec.retrain import DriftTrigger, PerformanceTrigger, RetrainSection, Trigger
from lifecycle.triggers.facts import (
    DriftWindow,
    Facts,
    Interval,
    PerformanceWindow,
    ReasonKind,
    Trained,
)
from lifecycle.triggers.hysteresis import ActedOn, Seen, speaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason to retrain.

    Attributes:
        evidence: the newest partition that speaks for it.
        text: for people.
    """

    kind: ReasonKind
    evidence: str
    text: str


class _Window(Protocol):
    @property
    def partition(self) -> str: ...
    @property
    def seq(self) -> int: ...


W = TypeVar("W", bound=_Window)


def reasons_of(rules: RetrainSection, facts: Facts) -> tuple[Reason, ...]:
    """All reasons, in the order of their gravity."""
    performance = newest_of(facts.performance)
    found = [*_lost(rules.performance, performance, facts), *_drifted(rules, facts)]
    if facts.trained is not None and facts.target is not None:
        found += _learnable(rules, performance, facts.trained, facts)
    return tuple(found)


def newest_of(windows: Iterable[W]) -> list[W]:
    """The last event of each partition, by partition; keys of partitions sort like their times."""
    last: dict[str, W] = {}
    for window in sorted(windows, key=lambda one: one.seq):
        last[window.partition] = window
    return [last[partition] for partition in sorted(last)]


def below_floor(window: PerformanceWindow, rule: PerformanceTrigger) -> bool | None:
    """Whether the whole interval is worse than the floor; None: that is not known."""
    return _worse(_judged(window, rule), rule.floor, window.greater_is_better)


def decayed(window: PerformanceWindow, rule: PerformanceTrigger) -> bool | None:
    """Whether the whole interval is worse than the baseline by more than is accepted; None: not known."""
    if window.baseline is None or rule.decay is None:
        return None
    limit = window.baseline - rule.decay if window.greater_is_better else window.baseline + rule.decay
    return _worse(_judged(window, rule), limit, window.greater_is_better)


def _judged(window: PerformanceWindow, rule: PerformanceTrigger) -> Interval | None:
    if window.mature:
        return window.realised
    return window.estimated if rule.estimated else None


def _worse(interval: Interval | None, limit: float | None, greater_is_better: bool | None) -> bool | None:
    if interval is None or limit is None or greater_is_better is None:
        return None
    return interval.high < limit if greater_is_better else interval.low > limit


def _lost(
    rule: PerformanceTrigger | None, windows: Sequence[PerformanceWindow], facts: Facts
) -> Iterator[Reason]:
    if rule is None:
        return
    limits: tuple[tuple[ReasonKind, Callable[[PerformanceWindow, PerformanceTrigger], bool | None]], ...] = (
        ("floor", below_floor),
        ("decay", decayed),
    )
    for kind, judge in limits:
        seen = [Seen(window.partition, judge(window, rule)) for window in windows]
        if held := _spoken(kind, rule, seen, facts):
            last = next(window for window in windows if window.partition == held[-1])
            yield Reason(kind=kind, evidence=held[-1], text=_lost_text(kind, rule, last, held))


def _lost_text(
    kind: ReasonKind, rule: PerformanceTrigger, last: PerformanceWindow, held: Sequence[str]
) -> str:
    interval = _judged(last, rule)
    shown = f"{interval.low:.4g} to {interval.high:.4g}" if interval else "unknown"
    than = (
        f"the floor {rule.floor:.4g}"
        if kind == "floor"
        else f"{rule.decay:.4g} off baseline {last.baseline:.4g}"
    )
    return f"{last.metric} of {last.partition} is {shown}, worse than {than} ({_count(held)})"


def _drifted(rules: RetrainSection, facts: Facts) -> Iterator[Reason]:
    rule = rules.drift
    if rule is None:
        return
    windows = newest_of(facts.drift)
    seen = [Seen(window.partition, _has_drifted(window, rule)) for window in windows]
    if held := _spoken("drift", rule, seen, facts):
        last = next(window for window in windows if window.partition == held[-1])
        what = f" in {last.columns}" if last.columns else ""
        yield Reason(
            kind="drift", evidence=held[-1], text=f"drift{what} by {last.partition} ({_count(held)})"
        )


def _has_drifted(window: DriftWindow, rule: DriftTrigger) -> bool | None:
    if not window.drifted:
        return window.drifted
    if rule.certain and window.certain is not None and not window.certain:
        return False
    if rule.min_score == 0:
        return True
    return None if window.score is None else window.score >= rule.min_score


def _learnable(
    rules: RetrainSection, windows: Sequence[PerformanceWindow], trained: Trained, facts: Facts
) -> Iterator[Reason]:
    """Reasons that end by themselves once a model has learned what is new."""
    if facts.target is None:
        return
    newest, since = facts.target.partition, trained.partitions_since
    rows = sum(window.labelled_rows for window in windows if window.partition > trained.as_of)
    if rules.labels is not None and rows >= rules.labels:
        yield Reason(kind="labels", evidence=newest, text=f"{rows} labelled rows came after {trained.as_of}")
    if rules.new_data is not None and since is not None and since >= rules.new_data:
        yield Reason(kind="new_data", evidence=newest, text=f"{since} partitions came after {trained.as_of}")
    if rules.code and trained.code is not None and trained.code != facts.target.code:
        yield Reason(kind="code", evidence=newest, text="the spec or the code makes another model now")


def _spoken(kind: ReasonKind, rule: Trigger, seen: Sequence[Seen], facts: Facts) -> tuple[str, ...]:
    # A retraining that failed changed nothing, so its reason still stands.
    acted = [r for r in facts.requests if r.status == "succeeded" and kind in r.evidence]
    last = max(acted, key=lambda request: (request.at, request.evidence[kind]), default=None)
    acted_on = ActedOn(last.at, last.evidence[kind]) if last else None
    return speaks(rule, seen, acted_on, now=facts.now)


def _count(held: Sequence[str]) -> str:
    return f"{len(held)} partition{'s' if len(held) > 1 else ''} since {held[0]}"

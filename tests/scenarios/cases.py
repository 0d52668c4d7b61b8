"""Changes with known answers: what is planted, who should see it, and after how many partitions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from lifecycle.data.shift import judge_shift
from lifecycle.data.table_profile import LABEL_DELAY, TableProfile, column_profile
from lifecycle.evaluation.sample import Sample
from lifecycle.monitoring.cbpe import calibrate, estimate
from lifecycle.monitoring.concept_gap import gap_between
from lifecycle.monitoring.estimate import estimate_named
from lifecycle.spec.monitoring import DriftRules
from lifecycle.spec.retrain import DriftTrigger, RetrainSection
from lifecycle.triggers.decide import decide
from lifecycle.triggers.facts import DriftWindow, Facts, PerformanceWindow, Request, Target, Trained
from tests.lifecycle.monitoring.worlds import flips
from tests.scenarios import daily
from tests.scenarios.quiet import MONTH_DAYS, false_retrains, judge_quiet_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a scenario.

    Attributes:
        seen_by: detectors that saw it when it was seen first; empty: none did.
        after: partitions until then; None: it was not seen.
        kept: whether what was promised holds.
        note: what else there is to know, for people.
    """

    seen_by: tuple[str, ...]
    after: int | None
    kept: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One change.

    Attributes:
        planted: for people.
        promised: who sees it and when, for people.
    """

    planted: str
    promised: str
    run: Callable[[], Found]


def _planted(change: daily.Change, column: str, statistics: set[str], within: int = 1) -> Callable[[], Found]:
    """A change of one column from a day on, which statistics are to see within so many days."""

    def run() -> Found:
        _, reports = daily.daily(daily.world(3, daily.LEARNT + within, change))
        for after, report in enumerate(reports, start=1):
            seen = [test for test in report.columns if test.drifted and test.column == column]
            if seen:
                by = tuple(sorted(test.statistic for test in seen))
                kept = statistics <= {*by} and report.certain
                return Found(seen_by=by, after=after, kept=kept, note=seen[0].message)
        return Found(seen_by=(), after=None, kept=False)

    return run


def no_drift() -> Found:
    """A year of days in which nothing changes."""
    year = judge_quiet_days(7, 365, DriftRules())
    alerts, retrains = int(year.alerts.sum()), false_retrains(year)
    a_month = alerts / 365 * MONTH_DAYS
    note = f"{alerts} false alerts, {a_month:.2f} a month, and {retrains} false retrains"
    return Found(seen_by=(), after=None, kept=a_month <= 1 and retrains == 0, note=note)


def slow_concept(weeks: int = 12, step: float = 0.15) -> Found:
    """Labels become likelier week by week, while inputs and scores stay what they are."""
    rng = np.random.default_rng(11)
    calibration = calibrate(flips(rng, days=60, rows=200), seed=0)
    before = False
    for week in range(1, weeks + 1):
        window = flips(rng, days=7, rows=200, drift=step * week)
        gap = gap_between(
            _log_loss(window), estimate_named(estimate(calibration, window.scores, window.block), "log_loss")
        )
        shown = gap is not None and gap.shown
        # One week alone is outside of its interval in one of twenty by chance.
        if shown and before and gap is not None:
            note = f"log odds are off by {step * week:.2f}, log loss by {gap.value:.3f} more than inputs tell"
            return Found(seen_by=("gap of realised to estimated",), after=week, kept=week <= 8, note=note)
        before = shown
    return Found(seen_by=(), after=None, kept=False)


def _log_loss(sample: Sample) -> float:
    p = np.where(sample.y > 0, sample.scores, 1 - sample.scores)
    return float(-np.log(p).mean())


def label_delay_doubled() -> Found:
    """Labels take twice as long from a week on."""
    rng = np.random.default_rng(12)

    def week(mean_s: float) -> TableProfile:
        delays = pa.array(rng.exponential(mean_s, 1400))
        return TableProfile(rows=1400, columns={LABEL_DELAY: column_profile("float", [delays])})

    report = judge_shift(week(36_000.0), [week(18_000.0) for _ in range(8)])
    note = f"{report.message}; a warning: until labels are in, `performance` judges the estimate"
    seen = bool(report.shifted)
    return Found(
        seen_by=("shift of the label delay",) if seen else (), after=1 if seen else None, kept=seen, note=note
    )


def feedback_storm(days: int = 14) -> Found:
    """Every hour a reason: days that drifted, and a thousand new labels an hour."""
    rules = RetrainSection(drift=DriftTrigger(), labels=1000)
    start, requests, reasons = datetime(2024, 1, 1, tzinfo=UTC), list[Request](), 0
    held = set[str]()
    for hour in range(24 * days):
        now = start + timedelta(hours=hour)
        partitions = [(start + timedelta(days=day)).date().isoformat() for day in range(hour // 24 + 1)]
        facts = Facts(
            now=now,
            target=Target(partition=partitions[-1], code="code", learns=f"hour {hour}", sound=True),
            trained=Trained(as_of="2023-12-31", code="code", partitions_since=len(partitions)),
            rollout_open=False,
            drift=tuple(DriftWindow(partition=p, seq=i, drifted=True) for i, p in enumerate(partitions)),
            performance=(
                PerformanceWindow(
                    partition=partitions[-1], seq=hour, metric="auc", labelled_rows=1000 * (hour + 1)
                ),
            ),
            requests=tuple(requests),
        )
        decision = decide(rules, facts)
        reasons += bool(decision.reasons)
        held |= {name for name in ("cool-down", "budget") if any(name in text for text in decision.held_by)}
        if decision.retrain:
            requests.append(
                Request(at=now, status="succeeded", learns=f"hour {hour}", evidence=decision.evidence)
            )
    note = f"a reason in {reasons} of {24 * days} ticks made {len(requests)} retrainings in {days} days"
    return Found(
        seen_by=tuple(sorted(held)), after=1 if held else None, kept=0 < len(requests) <= days, note=note
    )


SCENARIOS: Mapping[str, Scenario] = {
    "no_drift": Scenario(
        planted="nothing, for a year of 20 columns a day",
        promised="nobody: at most one false alert a month, no false retrain",
        run=no_drift,
    ),
    "covariate_shift": Scenario(
        planted="a column moves by one spread",
        promised="kolmogorov_smirnov and wasserstein, 1 day",
        run=_planted(daily.shifted, "steady0", {"kolmogorov_smirnov", "wasserstein"}),
    ),
    "slow_concept": Scenario(
        planted="log odds of the label rise by .15 a week; inputs and scores stay",
        promised="the gap of realised to estimated log loss, 8 weeks, once labels are in; no statistic of "
        "inputs or scores can see it, as they do not change",
        run=slow_concept,
    ),
    "label_delay_doubled": Scenario(
        planted="labels take ten hours in place of five",
        promised="the shift of the label delay, 1 week, once that week's labels are in",
        run=label_delay_doubled,
    ),
    "swapped_column": Scenario(
        planted="a steady column and rain change places",
        promised="kolmogorov_smirnov of the steady one, 1 day; rain comes in bursts and has a wide limit",
        run=_planted(daily.swapped, "steady0", {"kolmogorov_smirnov"}),
    ),
    "broken_feed": Scenario(
        planted="a weather feed ends: its column is missing",
        promised="missing, 1 day",
        run=_planted(daily.broken_feed, "level0", {"missing"}),
    ),
    "category_explosion": Scenario(
        planted="every row brings a category of its own",
        promised="new_categories and psi, 1 day",
        run=_planted(daily.explosion, "kind0", {"new_categories", "psi"}),
    ),
    "sensor_fault": Scenario(
        planted="an absurd value in two of 200 rows",
        promised="out_of_range, 1 day",
        run=_planted(daily.sensor_fault, "steady0", {"out_of_range"}),
    ),
    "feedback_storm": Scenario(
        planted="a reason to retrain every hour: drift each day, a thousand labels an hour",
        promised="cool-down and daily budget: at most one retraining a day",
        run=feedback_storm,
    ),
}

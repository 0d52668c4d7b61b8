"""A year in which nothing changes, with all that makes honest columns look as if something did.

Twenty columns: steady ones and heavy tails, levels that wander from day to day, rain in bursts, and
categories with a weekly rhythm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifecycle.data.block_profile import BlockCuts, profile_blocks
from lifecycle.monitoring.calibration import Blocks, calibrated
from lifecycle.monitoring.drift_report import Reference
from lifecycle.monitoring.judge_drift import judge_drift
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.monitoring import DriftRules, Family
from lifecycle.spec.retrain import DriftTrigger, RetrainSection
from lifecycle.triggers.decide import decide
from lifecycle.triggers.facts import DriftWindow, Facts, Request, Target, Trained

DAY_S, MONTH_DAYS = 86_400.0, 30.44
LEARNT = 90
"""Days of the reference."""
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietYear:
    """What was called on the days after the reference, though nothing happened.

    Attributes:
        alerts: whether each day was called drifted, shape (n_days,).
        certain: whether it was for certain, shape (n_days,).
        called: of each day that was: its columns and statistics.
    """

    alerts: NDArray[np.bool_]
    certain: NDArray[np.bool_]
    called: Mapping[int, tuple[str, ...]]


def quiet_days(seed: int, days: int, *, rows: int = 200) -> Blocks:
    """Profiles of so many days of so many rows each."""
    rng = np.random.default_rng(seed)
    day, n = np.repeat(np.arange(days), rows), days * rows
    columns: dict[str, pa.Array] = {f"steady{i}": pa.array(rng.normal(0, 1, n)) for i in range(3)}
    columns |= {f"heavy{i}": pa.array(rng.lognormal(0, 1, n)) for i in range(2)}
    for name, correlation, times in (("level", 0.7, 4), ("slow", 0.9, 3)):
        for i in range(times):
            level = wandering(rng, days, correlation)
            columns[f"{name}{i}"] = pa.array(level[day] + rng.normal(0, 1, n))
    for i in range(4):
        share = np.minimum(rng.gamma(0.5, 0.05, days), 1.0)
        wet = rng.random(n) < share[day]
        columns[f"rain{i}"] = pa.array(np.where(wet, rng.exponential(1, n), 0.0))
    for i in range(4):
        a, b = 0.5 + 0.03 * (day % 7), 0.8 + 0.01 * (day % 7)
        drawn = rng.random(n)
        codes = (drawn > a).astype(np.int8) + (drawn > b).astype(np.int8)
        columns[f"kind{i}"] = pa.DictionaryArray.from_arrays(codes, pa.array(["a", "b", "c"]))
    kinds: dict[str, ColumnType] = {
        name: "string" if name.startswith("kind") else "float" for name in columns
    }
    day_us = int(DAY_S) * 1_000_000
    cuts = BlockCuts(
        names=tuple(f"day {i}" for i in range(days)),
        starts=tuple(i * day_us for i in range(days)),
        block_s=DAY_S,
    )
    batch = pa.RecordBatch.from_pydict({**columns, "at": pa.array(day * day_us, pa.timestamp("us"))})
    found = profile_blocks(kinds, [batch], cuts, event_time="at")
    return Blocks(names=found.names, profiles=found.profiles, block_s=found.block_s)


def wandering(rng: np.random.Generator, days: int, correlation: float) -> Values:
    """A level that goes back to 0 by itself; its steps have a deviation of 1."""
    level, at = np.empty(days), rng.normal(0, 1) / np.sqrt(1 - correlation**2)
    for day in range(days):
        at = correlation * at + rng.normal(0, 1)
        level[day] = at
    return level


def judge_quiet_days(seed: int, days: int, rules: DriftRules, *, rows: int = 200) -> QuietYear:
    """Judge each day after the reference by itself.

    All days are handed over as one window: its incidents are the days by themselves, by the same null and
    chance as a daily partition has.
    """
    blocks = quiet_days(seed, LEARNT + days, rows=rows)
    before, after = (
        Blocks(names=blocks.names[part], profiles=blocks.profiles[part], block_s=DAY_S)
        for part in (slice(0, LEARNT), slice(LEARNT, None))
    )
    families: dict[str, Family] = dict.fromkeys(blocks.profiles[0].columns, "input")
    reference = calibrated(before, rules, families, length=1)
    compared = Reference(kind="rolling", partitions=(), blocks=LEARNT, rows=before.rows)
    called: dict[int, tuple[str, ...]] = {}
    certain = np.zeros(days, bool)
    for incident in judge_drift("the year", after, reference, compared, rules).incidents:
        day = after.names.index(incident.block)
        certain[day] |= incident.drift.certain
        called[day] = (*called.get(day, ()), f"{incident.drift.column} {incident.drift.statistic}")
    alerts = np.zeros(days, bool)
    alerts[list(called)] = True
    return QuietYear(alerts=alerts, certain=certain, called=called)


def false_retrains(year: QuietYear) -> int:
    """How many retrainings the days of a year would have begun, by default rules for drift."""
    start, windows, requests = datetime(2024, 1, 1, tzinfo=UTC), list[DriftWindow](), list[Request]()
    rules = RetrainSection(drift=DriftTrigger())
    for day, (drifted, certain) in enumerate(zip(year.alerts.tolist(), year.certain.tolist(), strict=True)):
        partition = (start + timedelta(days=day)).date().isoformat()
        windows.append(DriftWindow(partition=partition, seq=day, drifted=drifted, certain=certain))
        facts = Facts(
            now=start + timedelta(days=day + 1),
            target=Target(partition=partition, code="code", learns=partition, sound=True),
            trained=Trained(as_of="2023-12-31", code="code", partitions_since=day + 1),
            rollout_open=False,
            drift=tuple(windows),
            requests=tuple(requests),
        )
        decision = decide(rules, facts)
        if decision.retrain:
            asked = Request(at=facts.now, status="succeeded", learns=partition, evidence=decision.evidence)
            requests.append(asked)
    return len(requests)

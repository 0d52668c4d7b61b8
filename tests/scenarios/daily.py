"""Twenty columns by the day, 90 days to learn from, and changes to plant in what comes after."""

from collections.abc import Callable

import numpy as np

from lifecycle.data.table_profile import TableProfile
from lifecycle.monitoring.calibration import Calibration, calibrated
from lifecycle.monitoring.drift_report import DriftReport
from lifecycle.monitoring.judge_drift import judge_drift
from lifecycle.spec.monitoring import DriftRules, Family
from tests.lifecycle.monitoring.windows import ROLLING, days, table

RULES = DriftRules()
LEARNT, ROWS = 90, 200
Columns = dict[str, object]
Change = Callable[[Columns, int], None]


def world(seed: int, n_days: int, change: Change | None = None, *, first: int = LEARNT) -> list[TableProfile]:
    """Steady columns, levels that wander, rain in bursts, and categories with a weekly rhythm."""
    rng = np.random.default_rng(seed)
    made, level = list[TableProfile](), np.zeros(4)
    for day in range(n_days):
        level = 0.7 * level + rng.normal(0, 1, 4)
        columns: Columns = {f"steady{i}": rng.normal(0, 1, ROWS) for i in range(8)}
        columns |= {f"level{i}": rng.normal(level[i], 1, ROWS) for i in range(4)}
        for i in range(4):
            wet = rng.random(ROWS) < min(rng.gamma(0.5, 0.05), 1)
            columns[f"rain{i}"] = np.where(wet, rng.exponential(1, ROWS), 0.0)
        for i in range(4):
            shares = np.array([0.5 + 0.03 * (day % 7), 0.3 - 0.02 * (day % 7), 0.2 - 0.01 * (day % 7)])
            columns[f"kind{i}"] = list(rng.choice(list("abc"), ROWS, p=shares))
        if change is not None and day >= first:
            change(columns, day - first)
        made.append(table(columns))
    return made


def families(profile: TableProfile) -> dict[str, Family]:
    """Every column is an input."""
    return dict.fromkeys(profile.columns, "input")


def daily(tables: list[TableProfile]) -> tuple[Calibration, list[DriftReport]]:
    """Each day after the reference, judged by itself."""
    reference = calibrated(days(tables[:LEARNT]), RULES, families(tables[0]), length=1)
    reports = [
        judge_drift(f"day {i}", days([one], first=i), reference, ROLLING, RULES)
        for i, one in enumerate(tables[LEARNT:])
    ]
    return reference, reports


def shifted(columns: Columns, day: int) -> None:
    """A level moves by one spread."""
    columns["steady0"] = _numbers(columns, "steady0") + 1.0


def swapped(columns: Columns, day: int) -> None:
    """Two columns change their places."""
    columns["steady0"], columns["rain0"] = columns["rain0"], columns["steady0"]


def broken_feed(columns: Columns, day: int) -> None:
    """A feed has ended."""
    columns["level0"] = np.full(ROWS, np.nan)


def explosion(columns: Columns, day: int) -> None:
    """Every row brings a category of its own."""
    columns["kind0"] = [f"{value}{i}" for i, value in enumerate(columns["kind0"])]  # type: ignore[call-overload]


def sensor_fault(columns: Columns, day: int) -> None:
    """Two rows hold an absurd value."""
    _numbers(columns, "steady0")[:2] = 1048.0


def _numbers(columns: Columns, name: str) -> np.ndarray:
    held = columns[name]
    assert isinstance(held, np.ndarray)
    return held

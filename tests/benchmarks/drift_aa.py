"""Years in which nothing changes, judged daily: how many alerts are false, and what they would have trained.

Twenty columns and 90 days of reference that stand for the whole year, which is harder than a reference that
moves along: one that was unlucky stays so. Retrainings are those of the default hysteresis.
"""

import os
from collections import Counter

import numpy as np

from lifecycle.spec.monitoring import DriftRules
from tests.scenarios.quiet import MONTH_DAYS, false_retrains, judge_quiet_days

SEEDS = int(os.environ.get("BENCH_SEEDS", "50"))
DAYS = int(os.environ.get("BENCH_DAYS", "365"))
FIRST_SEED = 2000
"""None of these years was looked at when the null was made."""


def main() -> None:
    """Print the counts."""
    alerts, retrains, who = list[int](), list[int](), Counter[str]()
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        year = judge_quiet_days(seed, DAYS, DriftRules())
        alerts.append(int(year.alerts.sum()))
        retrains.append(false_retrains(year))
        for called in year.called.values():
            who.update({f"{name.rstrip('0123456789')} {name_of}" for name, name_of in map(str.split, called)})
    months = DAYS / MONTH_DAYS
    a_month = np.array(alerts) / months
    print(f"{SEEDS} years of {DAYS} days, 20 columns of 200 rows a day, nothing changed")
    print(f"false alerts a month   {a_month.mean():.3f} (worst year {a_month.max():.2f})")
    print(f"years without any      {sum(count == 0 for count in alerts)}")
    print(f"false retrains         {sum(retrains)}")
    for what, days in who.most_common():
        print(f"  {what:<28}{days:>5} days")

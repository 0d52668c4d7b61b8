"""Nothing happens, and nothing is done: the short form of `make bench NAME=drift_aa`."""

import numpy as np

from lifecycle.spec.monitoring import DriftRules
from tests.scenarios.quiet import false_retrains, judge_quiet_days


def test_months_in_which_nothing_changes_is_quiet_and_retrains_nothing() -> None:
    years = [judge_quiet_days(seed, 60, DriftRules(), rows=150) for seed in range(2)]
    # Four months: one a month is the aim, a tenth of it is what the rules ask for.
    assert sum(int(year.alerts.sum()) for year in years) <= 2
    assert [false_retrains(year.alerts) for year in years] == [0, 0]


def test_the_count_of_false_retrains_sees_two_alerts_of_three_days_and_no_single_one() -> None:
    days = np.zeros(30, bool)
    days[[3, 9, 20, 22]] = True
    assert false_retrains(days) == 1
    days[[20, 22]] = False
    assert false_retrains(days) == 0

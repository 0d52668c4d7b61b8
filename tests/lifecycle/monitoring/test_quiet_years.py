"""Nothing happens, and nothing is done: the short form of `make bench NAME=drift_aa`."""

import numpy as np

from lifecycle.spec.monitoring import DriftRules
from tests.scenarios.quiet import QuietYear, false_retrains, judge_quiet_days


def test_months_in_which_nothing_changes_is_quiet_and_retrains_nothing() -> None:
    years = [judge_quiet_days(seed, 60, DriftRules(), rows=150) for seed in range(2)]
    # Four months: one a month is the aim, a tenth of it is what the rules ask for.
    assert sum(int(year.alerts.sum()) for year in years) <= 2
    assert [false_retrains(year) for year in years] == [0, 0]


def test_the_count_of_false_retrains_sees_two_days_of_three_that_are_certain_and_no_single_one() -> None:
    def count(*, alerts: list[int], certain: list[int]) -> int:
        called, surely = np.zeros(30, bool), np.zeros(30, bool)
        called[alerts] = True
        surely[certain] = True
        return false_retrains(QuietYear(alerts=called, certain=surely, called={}))

    assert count(alerts=[3, 9, 20, 22], certain=[3, 9, 20, 22]) == 1
    assert count(alerts=[3, 9], certain=[3, 9]) == 0
    assert count(alerts=[3, 9, 20, 21, 22], certain=[20]) == 0

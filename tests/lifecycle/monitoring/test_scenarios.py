"""Worlds with a known answer: who sees what, and when. `make scenario` prints them."""

from collections.abc import Callable

import pytest

from lifecycle.monitoring.calibration import calibrated
from lifecycle.monitoring.judge_drift import judge_drift
from tests.lifecycle.monitoring.windows import ROLLING, days
from tests.scenarios.__main__ import main
from tests.scenarios.cases import SCENARIOS, Found, Scenario
from tests.scenarios.daily import LEARNT, RULES, families, world


# A year of days is long: `test_quiet_years.py` has its short form.
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "no_drift"])
def test_what_is_planted_is_seen_within_its_delay(name: str) -> None:
    found = SCENARIOS[name].run()
    assert found.kept
    assert found.seen_by


def test_a_month_in_which_nothing_happens_retrains_nothing() -> None:
    tables = world(100, LEARNT + 30)
    reference = calibrated(days(tables[:LEARNT]), RULES, families(tables[0]), length=30)
    month = days(tables[LEARNT:], first=LEARNT)
    assert not judge_drift("month", month, reference, ROLLING, RULES).drifted


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Callable[[Found], None]:
    def only(found: Found) -> None:
        scenario = Scenario(planted="a flood", promised="the dam, 2 days", run=lambda: found)
        for name in [*SCENARIOS]:
            monkeypatch.delitem(SCENARIOS, name)  # type: ignore[arg-type]
        monkeypatch.setitem(SCENARIOS, "flood", scenario)  # type: ignore[arg-type]

    return only


def test_a_promise_that_is_kept(one: Callable[[Found], None], capsys: pytest.CaptureFixture[str]) -> None:
    one(Found(seen_by=("dam",), after=2, kept=True, note="wet"))
    assert main(["flood"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "planted   a flood",
        "promised  the dam, 2 days",
        "seen      by dam after 2 partitions",
        "kept      yes",
        "note      wet",
    ]


def test_a_promise_that_is_broken_fails(
    one: Callable[[Found], None], capsys: pytest.CaptureFixture[str]
) -> None:
    one(Found(seen_by=(), after=None, kept=False))
    assert (main(["flood"]), main([])) == (1, 1)
    assert capsys.readouterr().out.splitlines()[-2].split() == ["flood", "NO", "-", "nobody"]


def test_without_a_known_name_the_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split()[0] for line in told.err.splitlines()[1:]] == [*SCENARIOS]

"""A measurement and what it says: the whole interval against the limit, and what is no measurement."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.answers import with_evidence
from lifecycle.rollout.judging import judge
from lifecycle.rollout.observations import Cohort, Measurement, measurement
from lifecycle.rollout.plan import Check, StagePlan
from lifecycle.rollout.record import Evidence
from lifecycle.rollout.spending import alpha_of_window
from lifecycle.rollout.verdict import Verdict
from tests.fakes.rollout_world import START, plan_with

PLAN = plan_with()
LATER = START + timedelta(hours=2)
STAGE = StagePlan(name="canary", weight=5, min_requests=100, min_labelled=50)
ERRORS = PLAN.checks["error_rate_max"]
RATIO = PLAN.checks["p99_latency_ms_against_champion"]
PRIMARY = PLAN.checks["primary"]
NONE = float("nan")


def look(check: Check, value: object, low: object, high: object, **changes: object) -> Measurement:
    facts = {
        "started_at": START,
        "ended_at": LATER,
        "alpha": 1e-6,
        "n_champion": 1000,
        "n_challenger": 1000,
        **changes,
    }
    return measurement(check.name, value=value, low=low, high=high, **facts)  # type: ignore[arg-type]


def verdict_of(check: Check, measured: Measurement, *, ratio_is_off: bool = False) -> Verdict:
    return judge(
        measured,
        check,
        plan=PLAN,
        stage=STAGE,
        window=1,
        window_at=START,
        now=LATER,
        ratio_is_off=ratio_is_off,
    ).verdict


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        pytest.param(0.0, 0.02, "pass", id="all of the interval keeps the limit"),
        pytest.param(0.019, 0.021, "inconclusive", id="the limit lies inside"),
        pytest.param(0.0201, 0.1, "fail", id="none of it keeps the limit"),
        pytest.param(0.02, 0.1, "inconclusive", id="its lower end is the limit"),
    ],
)
def test_the_whole_interval_decides(low: float, high: float, expected: Verdict) -> None:
    assert verdict_of(ERRORS, look(ERRORS, low, low, high)) == expected


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        pytest.param(look(ERRORS, NONE, 0.0, 0.1), "error", id="not a number"),
        pytest.param(look(ERRORS, float("inf"), 0.0, 0.1), "error", id="infinite"),
        pytest.param(look(ERRORS, None, 0.0, 0.1), "error", id="null"),
        pytest.param(look(ERRORS, "0.01", 0.0, 0.1), "error", id="text"),
        pytest.param(look(ERRORS, True, 0.0, 0.1), "error", id="a truth value"),
        pytest.param(look(ERRORS, 1.5, 1.0, 2.0), "error", id="a rate over 1"),
        pytest.param(look(ERRORS, -0.1, -0.2, 0.0), "error", id="a rate below 0"),
        pytest.param(look(ERRORS, 0.01, 0.02, 0.03), "error", id="a value outside its bounds"),
        pytest.param(look(ERRORS, 0.01, 0.0, 0.015, n_challenger=-5), "error", id="a negative count"),
        pytest.param(look(ERRORS, 0.01, 0.0, 0.015, alpha=0.05), "error", id="an interval for one look"),
        pytest.param(
            look(ERRORS, 0.01, 0.0, 0.015, ended_at=LATER + timedelta(hours=1)), "error", id="from the future"
        ),
        pytest.param(
            look(ERRORS, 0.01, 0.0, 0.015, started_at=START - timedelta(seconds=1)),
            "not_enough_data",
            id="begun under another split",
        ),
        pytest.param(look(ERRORS, 0.0, 0.0, 0.01, n_challenger=99), "not_enough_data", id="too few"),
        pytest.param(look(ERRORS, 0.9, 0.5, 1.0, n_challenger=9), "fail", id="few, and plainly bad"),
        pytest.param(look(ERRORS, 0.0, 0.0, float("inf")), "inconclusive", id="no upper bound yet"),
        pytest.param(
            look(RATIO, 1.0, 0.9, 1.1, n_champion=9), "not_enough_data", id="too few to compare with"
        ),
    ],
)
def test_what_is_no_measurement_is_no_pass(measured: Measurement, expected: Verdict) -> None:
    check = PLAN.checks[measured.check]
    assert verdict_of(check, measured) == expected


@pytest.mark.parametrize(
    ("check", "value", "expected"),
    [
        pytest.param(RATIO, 9.0, "inconclusive", id="a comparison says nothing when the arms differ"),
        pytest.param(RATIO, 1.0, "inconclusive", id="neither does a good one"),
        pytest.param(ERRORS, 0.5, "fail", id="a limit on the version alone still holds"),
    ],
)
def test_a_sample_ratio_mismatch_blocks_comparisons(check: Check, value: float, expected: Verdict) -> None:
    assert verdict_of(check, look(check, value, value, value), ratio_is_off=True) == expected


def cohort(arm: str, labelled: int, *, age_days: float = 0, served: int = 100) -> Cohort:
    end = LATER - timedelta(days=age_days)
    return Cohort.model_validate(
        {"arm": arm, "started_at": end, "ended_at": end, "served": served, "labelled": labelled}
    )


@pytest.mark.parametrize(
    ("cohorts", "counted", "expected"),
    [
        pytest.param([cohort("challenger", 90)], 90, "pass", id="covered"),
        pytest.param([cohort("challenger", 89)], 89, "error", id="counted before it was covered"),
        pytest.param([cohort("challenger", 60, age_days=7)], 60, "pass", id="old enough"),
        pytest.param([cohort("challenger", 90)], 91, "error", id="counts more labels than there are"),
        pytest.param([cohort("challenger", 101)], 101, "error", id="more labels than predictions"),
        pytest.param([], 0, "not_enough_data", id="no cohort yet"),
        pytest.param([cohort("challenger", 45, served=50)], 45, "not_enough_data", id="too few labels"),
    ],
)
def test_labels_count_by_mature_cohorts(cohorts: list[Cohort], counted: int, expected: Verdict) -> None:
    measured = look(PRIMARY, 1.0, 0.99, 1.01, n_challenger=counted, cohorts=tuple(cohorts))
    assert verdict_of(PRIMARY, measured) == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param(["fail"] * 3, (3, 0, 0), id="three in a row are three"),
        pytest.param(["fail", "error", "fail"], (2, 0, 0), id="an outage ends no row of fails"),
        pytest.param(["fail", "not_enough_data", "fail"], (2, 0, 0), id="nor do missing data"),
        pytest.param(["fail", "inconclusive", "fail"], (1, 0, 0), id="doubt does"),
        pytest.param(["error", "error"], (0, 0, 2), id="outages are counted apart"),
        pytest.param(["error", "not_enough_data", "error"], (0, 0, 1), id="any measurement ends an outage"),
        pytest.param(["inconclusive", "error", "inconclusive"], (0, 2, 0), id="doubt in a row"),
        pytest.param(["inconclusive", "pass", "inconclusive"], (0, 1, 0), id="a pass ends every row"),
    ],
)
def test_fails_doubts_and_outages_are_counted_apart(
    verdicts: list[Verdict], expected: tuple[int, int, int]
) -> None:
    answers: tuple[object, ...] = ()
    for i, verdict in enumerate(verdicts):
        measured = look(ERRORS, 0.0, 0.0, 0.01, ended_at=START + timedelta(minutes=i))
        evidence = Evidence(measurement=measured, verdict=verdict, limit=0.02, reason="")
        answers = with_evidence(answers, evidence, window=1)  # type: ignore[arg-type]  # of answers only
    (last,) = answers
    assert (last.fails, last.inconclusives, last.errors) == expected  # type: ignore[attr-defined]


@given(alpha=st.floats(1e-6, 0.5), planned=st.integers(1, 20), extra=st.integers(0, 200))
def test_all_windows_together_keep_to_alpha(alpha: float, planned: int, extra: int) -> None:
    spent = [alpha_of_window(alpha, planned=planned, window=n) for n in range(1, planned + extra + 1)]
    assert all(part > 0 for part in spent)
    assert sum(spent) <= alpha * (1 + 1e-9)


def test_every_check_together_keeps_to_alpha() -> None:
    checks = [*PLAN.guardrails, PRIMARY]
    spent = sum(PLAN.alpha_of(check.name, n) for check in checks for n in range(1, 100))
    assert 0.9 * PLAN.alpha < spent <= PLAN.alpha

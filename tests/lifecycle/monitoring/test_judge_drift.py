"""A partition against its reference: what is called, what is not, and in which order."""

from collections.abc import Sequence

import numpy as np
import pytest

from lifecycle.monitoring.calibration import Calibration, calibrated
from lifecycle.monitoring.drift_report import DriftReport, read_drift_report
from lifecycle.monitoring.judge_drift import Moved, judge_drift
from lifecycle.spec.monitoring import ColumnDriftRules, DriftRules, Family
from tests.lifecycle.monitoring.windows import ROLLING, days, table

RULES = DriftRules()
FAMILIES: dict[str, Family] = {"hour": "input", "price": "input", "shop": "input"}
ROWS = 300


def day(seed: int, *, price: float = 0.0, shops: str = "abc", hour: float = 12.0, gone: float = 0.0):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    prices = rng.normal(price, 1.0, ROWS)
    prices[: int(gone * ROWS)] = np.nan
    return table(
        {
            "hour": rng.normal(hour, 3.0, ROWS),
            "price": prices,
            "shop": list(rng.choice(list(shops), ROWS)),
        }
    )


@pytest.fixture(scope="module")
def usual() -> Calibration:
    return calibrated(days([day(seed) for seed in range(60)]), RULES, FAMILIES, length=7)


def judged(usual: Calibration, *tables, rules: DriftRules = RULES, **more) -> DriftReport:  # type: ignore[no-untyped-def]
    return judge_drift("now", days(tables, first=60), usual, ROLLING, rules, **more)


def test_a_week_like_the_others_is_not_called(usual: Calibration) -> None:
    report = judged(usual, *(day(100 + i) for i in range(7)))
    assert (report.drifted, report.incidents, report.score, report.message) == (
        False,
        (),
        0.0,
        "as its reference",
    )
    assert {test.column for test in report.columns} == FAMILIES.keys()


def test_a_shift_is_called_by_column_with_its_limit(usual: Calibration) -> None:
    report = judged(usual, *(day(100 + i, price=0.5) for i in range(7)))
    assert report.drifted_columns == ("price",)
    assert all(test.value > test.limit for test in report.columns if test.drifted)
    assert report.message.startswith("price: ")


@pytest.mark.parametrize(
    ("length", "price", "drifted", "certain"),
    [
        pytest.param(1, 0.35, True, False, id="a day somewhat off is worth a look"),
        pytest.param(1, 1.0, True, True, id="a day far off is certain"),
        pytest.param(7, 0.5, True, True, id="a week that is called is certain"),
        pytest.param(7, 0.0, False, False, id="nothing happened"),
    ],
)
def test_how_certain_drift_is(length: int, price: float, drifted: bool, certain: bool) -> None:
    reference = calibrated(days([day(seed) for seed in range(60)]), RULES, FAMILIES, length=length)
    report = judged(reference, *(day(100 + i, price=price) for i in range(length)))
    assert (report.drifted, report.certain) == (drifted, certain)


def test_one_bad_day_is_an_incident_and_no_drift(usual: Calibration) -> None:
    report = judged(usual, *(day(100 + i, gone=0.2 * (i == 3)) for i in range(7)))
    assert not report.drifted
    assert {(incident.block, incident.drift.column) for incident in report.incidents} == {("day 63", "price")}
    assert "20.0% missing, in the reference 0.0%" in report.message


@pytest.mark.parametrize("reference_days", [60, 90])
def test_a_feed_that_is_silent_for_five_days_of_a_week_is_told_with_its_columns(reference_days: int) -> None:
    """Nearly all values of eight of nine columns of a lookup; twelve other inputs are as ever."""
    feed, others = [f"weather_{i}" for i in range(9)], [f"other_{i}" for i in range(12)]

    def day_of(seed: int, *, silent: bool = False):  # type: ignore[no-untyped-def]
        rng = np.random.default_rng(seed)
        columns = {name: rng.normal(0.0, 1.0, ROWS) for name in [*feed, *others]}
        for name in feed[1:]:
            columns[name][rng.random(ROWS) < (0.95 if silent else 0.003)] = np.nan
        return table(columns)

    families: dict[str, Family] = dict.fromkeys([*feed, *others], "input")
    reference = calibrated(days([day_of(seed) for seed in range(reference_days)]), RULES, families, length=7)
    report = judged(reference, *(day_of(1000 + i, silent=i >= 2) for i in range(7)))
    called = {(test.column, test.statistic) for test in report.columns if test.drifted}
    assert report.drifted
    assert called <= {(name, "missing") for name in feed[1:]}
    assert {(one.drift.column, one.drift.statistic) for one in report.incidents} == {
        (name, "missing") for name in feed[1:]
    }
    assert set(report.incident_blocks) == {f"day {62 + i}" for i in range(5)}
    assert "% missing, in the reference 0." in report.incident_message
    assert sum(name in report.incident_message for name in feed[1:]) == 7
    assert report.incident_message.endswith(" and 1 more)")


@pytest.mark.parametrize(
    ("length", "level", "drifted", "unjudged"),
    [
        pytest.param(7, 30.0, False, ("level",), id="a week: nobody knows how far it goes, and that is said"),
        pytest.param(27, 30.0, False, ("level",), id="a day less than a month"),
        pytest.param(28, 30.0, True, (), id="a month with nothing in common is called"),
        pytest.param(28, 11.0, False, (), id="a month with something in common is not"),
    ],
)
def test_a_column_that_wanders_as_one_trend(
    length: int, level: float, drifted: bool, unjudged: tuple[str, ...]
) -> None:
    """As a season does: from 0 to 10 in a quarter, which is one walk and shows no second one."""

    def day_at(seed: int, mean: float):  # type: ignore[no-untyped-def]
        rng = np.random.default_rng(seed)
        return table({"level": rng.normal(mean, 1.0, ROWS), "noise": rng.normal(0.0, 1.0, ROWS)})

    rules = DriftRules(numbers=("kolmogorov_smirnov", "wasserstein"))
    families: dict[str, Family] = {"level": "input", "noise": "input"}
    quarter = days([day_at(i, i / 9) for i in range(90)])
    reference = calibrated(quarter, rules, families, length=length)
    report = judged(reference, *(day_at(1000 + i, level) for i in range(length)), rules=rules)
    assert (report.drifted, report.unjudged_columns) == (drifted, unjudged)
    assert ("level" in report.message) == (drifted or bool(unjudged))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(
            [{"seen": 1.0}] * 10 + [{}] * 10, {"seen": 1.0}, id="some tables of the reference lack it"
        ),
        pytest.param(
            [{"seen": 1.0}] * 10 + [{"seen": "a"}] * 10, {"seen": "a"}, id="its kind changed long ago"
        ),
        pytest.param([{"seen": 1.0}] * 20, {"seen": "a"}, id="its kind changed just now"),
        pytest.param([{}] * 20, {"seen": 1.0}, id="it is new"),
        pytest.param([{"seen": 1.0}] * 20, {}, id="the partition lacks it"),
    ],
)
def test_a_column_that_cannot_be_compared_is_unknown(
    before: list[dict[str, object]], now: dict[str, object]
) -> None:
    def made(seed: int, more: dict[str, object]):  # type: ignore[no-untyped-def]
        values = np.random.default_rng(seed).normal(0.0, 1.0, ROWS)
        of_kind = {name: values if kind == 1.0 else list("ab" * (ROWS // 2)) for name, kind in more.items()}
        return table({"noise": values, **of_kind})

    families: dict[str, Family] = {"noise": "input", "seen": "input", "at": "input"}
    reference = calibrated(days([made(i, more) for i, more in enumerate(before)]), RULES, families, length=1)
    report = judged(reference, made(100, now))
    assert (report.not_compared, report.unjudged_columns) == (("seen",), ("seen",))
    assert report.message.startswith("seen cannot be compared")
    assert {test.column for test in report.columns} == {"noise"}
    assert read_drift_report(report.model_dump_json().encode()) == report
    assert judged(reference, made(100, now), asked=["noise"]).unjudged_columns == ()


def test_an_input_without_values_whose_missing_ones_nobody_looks_at_is_unknown() -> None:
    rules = DriftRules(numbers=("kolmogorov_smirnov",))
    reference = calibrated(days([day(i) for i in range(60)]), rules, {"price": "input"}, length=30)
    report = judged(reference, *(day(100 + i, gone=1.0) for i in range(30)), rules=rules)
    assert (report.drifted, report.unjudged_columns) == (False, ("price",))


def test_a_shift_below_the_effect_that_counts_is_not_called(usual: Calibration) -> None:
    rules = DriftRules(effects={"kolmogorov_smirnov": 0.4, "wasserstein": 0.9})
    reference = calibrated(days([day(seed) for seed in range(60)]), rules, FAMILIES, length=7)
    assert not judged(reference, *(day(100 + i, price=0.5) for i in range(7)), rules=rules).drifted


def test_a_column_with_no_statistics_is_not_watched() -> None:
    rules = DriftRules(columns={"price": ColumnDriftRules(statistics=())})
    reference = calibrated(days([day(seed) for seed in range(20)]), rules, FAMILIES, length=1)
    report = judged(reference, day(100, price=9.0), rules=rules)
    assert not report.drifted
    assert "price" not in {test.column for test in report.columns}


def test_what_moves_the_model_comes_first_and_makes_the_score(usual: Calibration) -> None:
    moved = {"price": Moved(effect=0.01, importance=0.1), "shop": Moved(effect=0.2, importance=0.6)}
    week = [day(100 + i, price=1.0, shops="abz") for i in range(7)]
    report = judged(usual, *week, moved=lambda _: moved)
    assert report.drifted_columns == ("shop", "price")
    assert report.score == pytest.approx(0.01 * 0.1 + 0.2 * 0.6)


def test_the_model_is_asked_about_what_drifted_and_nothing_else(usual: Calibration) -> None:
    asked: list[tuple[str, ...]] = []

    def moved(columns: Sequence[str]) -> dict[str, Moved]:
        asked.append(tuple(columns))
        return {name: Moved(effect=0.2, importance=0.6) for name in columns}

    judged(usual, *(day(100 + i) for i in range(7)), moved=moved)
    assert asked == []
    report = judged(usual, *(day(100 + i, price=1.0) for i in range(7)), moved=moved)
    assert asked == [("price",)]
    assert {test.column for test in report.columns if test.effect is not None} == {"price"}


def test_new_categories_are_named_unless_they_are_hidden(usual: Calibration) -> None:
    week = [day(100 + i, shops="abz") for i in range(7)]
    told = " ".join(test.message for test in judged(usual, *week).columns)
    kept = " ".join(test.message for test in judged(usual, *week, hidden=["shop"]).columns)
    assert "of new categories such as z" in told
    assert "such as" not in kept


def test_a_day_of_a_tenth_of_the_rows_is_given_the_room_of_chance(usual: Calibration) -> None:
    rng = np.random.default_rng(5)
    few = table(
        {
            "hour": rng.normal(12, 3, 30),
            "price": rng.normal(0, 1, 30),
            "shop": list(rng.choice(list("abc"), 30)),
        }
    )
    assert not judged(usual, few).drifted


def test_a_sample_of_a_schedule_is_no_drift() -> None:
    """Each day has the very same hours; a few rows of one cannot, and are held to chance."""
    hours = np.repeat(np.arange(24.0), 20)
    reference = calibrated(days([table({"hour": hours})] * 60), RULES, {"hour": "input"}, length=1)
    rng = np.random.default_rng(3)
    false = sum(judged(reference, table({"hour": rng.choice(hours, 40)})).drifted for _ in range(200))
    assert false <= 4  # the budget is .1 a month, a three-hundredth of a day
    assert judged(reference, table({"hour": rng.choice(hours[hours > 15], 40)})).drifted


@pytest.mark.parametrize(
    ("reference_days", "rows", "status"),
    [
        pytest.param(3, ROWS, "not_enough_history", id="three days tell nothing"),
        pytest.param(20, 5, "not_enough_rows", id="five rows tell nothing"),
    ],
)
def test_what_cannot_be_judged_is_said_so(reference_days: int, rows: int, status: str) -> None:
    reference = calibrated(days([day(i) for i in range(reference_days)]), RULES, FAMILIES, length=1)
    current = day(100) if rows == ROWS else table({"price": np.zeros(rows)})
    report = judged(reference, current)
    assert (report.status, report.drifted, report.columns) == (status, False, ())


@pytest.mark.parametrize("family", ["label", "prediction"])
@pytest.mark.parametrize(
    ("gone", "length", "tested"),
    [
        pytest.param([0.9], 1, {"kolmogorov_smirnov", "wasserstein", "out_of_range"}, id="a tenth is there"),
        pytest.param([1.0], 1, set(), id="a day without any"),
        pytest.param([1.0] * 30, 30, set(), id="a month without any"),
        pytest.param(
            [0.0] * 20 + [1.0] * 10, 30, {"kolmogorov_smirnov", "wasserstein", "out_of_range"},
            id="the last days of a month are without any",
        ),
    ],
)  # fmt: skip  # one case a line or two
def test_labels_that_are_not_there_yet_are_no_drift(
    gone: list[float], length: int, tested: set[str], family: Family
) -> None:
    reference = calibrated(days([day(i) for i in range(90)]), RULES, {"price": family}, length=length)
    report = judged(reference, *(day(100 + i, gone=share) for i, share in enumerate(gone)))
    assert {test.statistic for test in report.columns} == tested
    assert (report.drifted, report.certain, report.incidents) == (False, False, ())


def test_a_day_of_a_schedule_without_values_is_one_of_missing_ones_alone() -> None:
    """Its days are so alike that chance has no room: any distance is far beyond their own."""
    hours = np.repeat(np.arange(24.0), 20)
    usual_day, silent = table({"hour": hours}), table({"hour": np.full(len(hours), np.nan)})
    for family, told in (("input", {"missing"}), ("label", set())):
        families: dict[str, Family] = {"hour": "input" if family == "input" else "label"}
        reference = calibrated(days([usual_day] * 60), RULES, families, length=30)
        for window in ([usual_day] * 29 + [silent], [silent] * 30):
            report = judged(reference, *window)
            assert {one.drift.statistic for one in report.incidents} == told
        assert {test.statistic for test in report.columns if test.drifted} == told


def test_a_report_is_read_back_as_it_was(usual: Calibration) -> None:
    report = judged(usual, *(day(100 + i, price=1.0, gone=0.1) for i in range(7)))
    assert read_drift_report(report.model_dump_json().encode()) == report

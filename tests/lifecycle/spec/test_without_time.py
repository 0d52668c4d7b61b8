"""What a spec may leave out where the table has no time, and what it may not ask for then."""

import pytest

from lifecycle.features.build import build_plan
from lifecycle.spec.data import Partition
from lifecycle.spec.parse import SpecError, parse_spec
from lifecycle.spec.training import SplitKind
from tests.fakes.flowers import FLOWERS, flowers_spec
from tests.fakes.orders import orders_spec
from tests.lifecycle.spec.problems import problems_of

DAILY = "{every: day, start: 2024-03-01}"


def test_without_a_time_there_is_one_partition_and_a_random_split() -> None:
    spec = flowers_spec()
    assert spec.data.event_time is None
    assert spec.data.partition == Partition(every="once")
    assert spec.split == "random"
    plan = build_plan(spec)
    assert (plan.event_time, plan.required) == (None, ("petal", "colour"))


@pytest.mark.parametrize(
    ("training", "split"), [("", "time"), ("{split: time}", "time"), ("{split: random}", "random")]
)
def test_with_a_time_the_split_is_by_time_unless_asked_otherwise(training: str, split: SplitKind) -> None:
    asked = f"training: {training}\nevaluation:\n" if training else "evaluation:\n"
    assert orders_spec(("evaluation:\n", asked)).split == split


def test_a_table_with_a_time_may_be_one_partition() -> None:
    spec = orders_spec((DAILY, "{every: once}"))
    assert (spec.data.partition, spec.split) == (Partition(every="once"), "time")


@pytest.mark.parametrize(
    ("old", "new", "path", "allowed"),
    [
        pytest.param(
            "  label:", "  partition: {every: day, start: 2024-01-01}\n  label:", "data.partition",
            "partitions of a day are cut by `event_time`, which is not given", id="days without a time",
        ),
        pytest.param(
            "{column: kind}", "{column: kind, delay: 3h}", "data.label",
            "without `event_time` a label that is there is known", id="a delay after nothing",
        ),
        pytest.param(
            "{column: kind}", "{column: kind, known_at: colour}", "data.label",
            "without `event_time` a label that is there is known", id="a time of the label alone",
        ),
        pytest.param(
            "  label:", "  partition: {every: once, start: 2024-01-01}\n  label:", "data.partition",
            "`once` is one partition of every row", id="a start of everything",
        ),
        pytest.param(
            "  label:", "  partition: {every: day}\n  label:", "data.partition",
            "partitions of a day need a `start`", id="days that never start",
        ),
    ],
)  # fmt: skip  # one case a line or two
def test_what_needs_a_time_is_a_problem_with_its_reason(old: str, new: str, path: str, allowed: str) -> None:
    assert FLOWERS.count(old) == 1
    (problem,) = problems_of(FLOWERS.replace(old, new))
    assert problem.path == path
    assert problem.allowed.startswith(allowed)


@pytest.mark.parametrize(
    ("old", "new", "path", "allowed"),
    [
        pytest.param(f"  partition: {DAILY}\n", "", "data", "`partition` is required with `event_time`",
                     id="no partition beside a time"),
        pytest.param(DAILY, "{every: year, start: 2024-02-01}", "data.partition",
                     "`start` 2024-02-01 is no first of January", id="a year that starts in February"),
    ],
)  # fmt: skip  # one case a line or two
def test_time_is_cut_as_the_spec_says_and_never_by_default(
    old: str, new: str, path: str, allowed: str
) -> None:
    with pytest.raises(SpecError) as caught:
        orders_spec((old, new))
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.allowed.startswith(allowed)


def test_a_lookup_with_times_needs_an_event_time() -> None:
    lookup = "lookups: {soil: {table: s.csv, key: {colour: colour}, known_at: at, columns: {ph: float}}}"
    spec = parse_spec(FLOWERS.replace("features:\n", f"features:\n  {lookup}\n"))
    with pytest.raises(SpecError) as caught:
        build_plan(spec)
    (problem,) = caught.value.problems
    assert (problem.path, problem.found) == ("features.lookups.soil.known_at", "'at'")

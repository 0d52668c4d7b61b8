"""The walk-forward table as people read it."""

from pathlib import Path

from lifecycle.evaluation.intervals import Interval, MetricValue
from orchestration.walk_forward import WalkForwardStep, table
from tests.fakes.versions import Line, registry

LATER = Interval(
    low=0.64, high=0.66, level=0.95, n_resamples=1000, method="reflected block bootstrap", n_blocks=31
)
HEAD = "as of    version  verdict        auc on holdout  interval        next     auc there"


def test_a_version_is_a_line(tmp_path: Path) -> None:
    lines: list[Line] = [("2013-04", "a", "pass", ()), ("2013-05", "b", None, ())]
    april, may = registry(tmp_path, lines).versions("orders")
    measured = MetricValue(metric="auc", better="higher", value=0.65, interval=LATER)
    steps = [
        WalkForwardStep(
            version=april,
            metric="auc",
            holdout=(0.7, 0.69, 0.71),
            next_partition="2013-05",
            later=measured,
            rows=28123,
        ),
        WalkForwardStep(
            version=may,
            metric="auc",
            holdout=(None, None, None),
            next_partition="2013-06",
            later=None,
            rows=0,
        ),
    ]
    head, *body = table(steps).splitlines()
    assert head == f"{HEAD}  interval        rows"
    # Every column starts where its head does.
    assert [" ".join(line.split()) for line in body] == [
        "2013-04 1 pass 0.7000 0.690 to 0.710 2013-05 0.6500 0.640 to 0.660 28,123",
        "2013-05 2 not evaluated - - - - - -",
    ]
    assert {line.index(cell) for line, cell in zip(body, ("0.7000", "-  "), strict=True)} == {
        head.index("auc on")
    }


def test_without_a_version_there_is_no_table() -> None:
    assert table([]) == "no version yet"

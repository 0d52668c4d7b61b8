"""The walk-forward table as people read it."""

from pathlib import Path

from assets.walk_forward import WalkForwardStep, table, walk_forward_metadata, walk_forward_picture
from lifecycle.evaluation.intervals import Interval, MetricValue
from tests.fakes.versions import Line, registry

LATER = Interval(
    low=0.64, high=0.66, level=0.95, n_resamples=1000, method="reflected block bootstrap", n_blocks=31
)
HEAD = "as of    version  verdict        auc on holdout  interval        next     auc there"


def two_months(folder: Path) -> list[WalkForwardStep]:
    lines: list[Line] = [("2013-04", "a", "pass", ()), ("2013-05", "b", None, ())]
    april, may = registry(folder, lines).versions("orders")
    measured = MetricValue(metric="auc", better="higher", value=0.65, interval=LATER)
    return [
        WalkForwardStep(
            version=april,
            metric="auc",
            holdout=(0.7, 0.69, 0.71),
            next_partition="2013-05",
            later=measured,
            rows=28123,
            champion=0.63,
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


def test_a_version_is_a_line(tmp_path: Path) -> None:
    head, *body = table(two_months(tmp_path)).splitlines()
    assert head == f"{HEAD}  interval        champion  rows"
    # Every column starts where its head does.
    assert [" ".join(line.split()) for line in body] == [
        "2013-04 1 pass 0.7000 0.690 to 0.710 2013-05 0.6500 0.640 to 0.660 0.6300 28,123",
        "2013-05 2 not evaluated - - - - - - -",
    ]
    assert {line.index(cell) for line, cell in zip(body, ("0.7000", "-  "), strict=True)} == {
        head.index("auc on")
    }


def test_without_a_version_there_is_no_table() -> None:
    assert table([]) == "no version yet"
    assert walk_forward_metadata([])["versions"].value == 0


def test_the_ui_gets_the_table_and_one_picture(tmp_path: Path) -> None:
    told = walk_forward_metadata(two_months(tmp_path))
    assert str(told["table"].value).splitlines()[2:] == [
        "| 2013-04 | 1 | pass | 0.7000 | 0.690 to 0.710 "
        "| 2013-05 | 0.6500 | 0.640 to 0.660 | 0.6300 | 28,123 |",
        "| 2013-05 | 2 | not evaluated | - | - | - | - | - | - | - |",
    ]
    assert str(told["picture"].value).startswith("![walk-forward](data:image/png;base64,")
    assert walk_forward_picture(two_months(tmp_path)).startswith(b"\x89PNG")


def test_versions_that_nobody_evaluated_are_a_table_without_a_picture(tmp_path: Path) -> None:
    told = walk_forward_metadata(two_months(tmp_path)[1:])
    assert set(told) == {"versions", "table"}

from dataclasses import replace

from assets.part_metadata import difference_rows, group_rows, part_metadata, slice_rows
from lifecycle.evaluation.comparison import FIRST_VERSION
from tests.lifecycle.evaluation.parts import HOSTILE, whole_report

REPORT = whole_report()


def test_every_part_of_a_report_is_shown() -> None:
    assert list(part_metadata(REPORT, "auc")) == [
        "gates",
        "slices",
        "discovered_slices",
        "fairness",
        "champion",
        "against_the_champion",
    ]


def test_parts_that_are_not_there_are_not_shown() -> None:
    bare = replace(REPORT, slices=(), discovered=None, fairness=(), comparison=FIRST_VERSION)
    shown = part_metadata(bare, "auc")
    assert list(shown) == ["gates", "champion"]
    assert shown["champion"].value == "first version, nothing to compare with"


def test_a_slice_is_a_line_and_a_small_one_says_so() -> None:
    (north, hostile, few) = slice_rows(REPORT, "auc")
    auc = REPORT.slices[0].metric("auc")
    assert auc is not None and auc.measured.value is not None and auc.measured.interval is not None
    ends = f"{auc.measured.interval.low:.4f} to {auc.measured.interval.high:.4f}"
    assert north == ("shop", "shop = north", "200", f"{auc.measured.value:.4f}", ends)
    assert hostile[1] == f"shop = {HOSTILE}"
    assert few == ("shop", "few", "20", "fewer than 50 rows", "")


def test_what_comes_from_data_is_shown_and_not_interpreted() -> None:
    table = str(part_metadata(REPORT, "auc")["slices"].value)
    assert "<b>" not in table and "&lt;b&gt;" in table
    assert len(table.splitlines()) == 2 + len(REPORT.slices)


def test_differences_are_shown_with_both_values() -> None:
    comparison = REPORT.comparison
    assert comparison is not None
    first, row = comparison.metrics[0], difference_rows(REPORT)[0]
    assert row[:4] == ("auc", f"{first.version:.4f}", f"{first.champion:.4f}", f"{first.difference:.4f}")
    assert comparison.reason == (
        "compared with version 3 on 320 rows; contaminated: it saw 80 other rows in fit or validation, "
        "which are left out"
    )


def test_groups_are_shown_by_measure() -> None:
    assert [row[:2] for row in group_rows(REPORT)] == [
        ("shop", "demographic_parity"),
        ("shop", "equalized_odds"),
        ("shop", "accuracy_gap"),
    ]

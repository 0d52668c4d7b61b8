import struct
from collections.abc import Callable
from dataclasses import replace

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.part_pictures import comparison_png, slices_png
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.registry.judging_parts import draw_parts
from tests.lifecycle.evaluation.parts import whole_report

Draw = Callable[[EvaluationReport, str], bytes]
REPORT = whole_report()


@pytest.mark.parametrize("draw", [slices_png, comparison_png])
def test_a_picture_is_a_png_of_modest_size_and_the_same_each_time(draw: Draw) -> None:
    data = draw(REPORT, "auc")
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert min(struct.unpack(">II", data[16:24])) > 200
    assert len(data) < 64 * 1024
    assert draw(REPORT, "auc") == data


def test_many_slices_are_cut_to_what_can_be_read() -> None:
    first = REPORT.slices[0]
    many = replace(REPORT, slices=tuple(replace(first, name=f"shop = s{i}") for i in range(60)))
    height = struct.unpack(">II", slices_png(many, "auc")[16:24])[1]
    assert height < 1600


@pytest.mark.parametrize(
    ("draw", "report"),
    [
        pytest.param(slices_png, replace(REPORT, slices=()), id="no slices"),
        pytest.param(slices_png, replace(REPORT, slices=REPORT.slices[2:]), id="none judged"),
        pytest.param(comparison_png, replace(REPORT, comparison=None), id="no comparison"),
    ],
)
def test_nothing_is_drawn_of_nothing(draw: Draw, report: EvaluationReport) -> None:
    with pytest.raises(LifecycleError, match="to draw"):
        draw(report, "auc")


def test_only_the_parts_that_are_there_are_drawn() -> None:
    assert list(draw_parts(REPORT, "auc")) == ["slices", "against_the_champion"]
    assert list(draw_parts(replace(REPORT, slices=()), "auc")) == ["against_the_champion"]
    assert draw_parts(replace(REPORT, slices=(), comparison=None), "auc") == {}


def test_a_report_with_all_parts_is_written_and_read_again() -> None:
    assert EvaluationReport.from_json(REPORT.to_json()) == REPORT

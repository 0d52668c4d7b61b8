"""Reports outlive releases: what an earlier one wrote is read for ever."""

import json
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.report import EvaluationReport

GOLDEN = Path(__file__).parents[2] / "golden" / "report_format_1.json"


def test_a_report_of_format_1_is_read_with_empty_parts() -> None:
    report = EvaluationReport.from_json(GOLDEN.read_bytes())
    auc = report.metric("auc")
    assert auc is not None and auc.value == pytest.approx(0.8153846153846154)
    assert [(g.gate, g.verdict) for g in report.gates] == [("auc_min", "pass"), ("log_loss_max", "fail")]
    assert (report.verdict, report.n_rows, report.n_unlabelled) == ("fail", 120, 4)
    assert (report.slices, report.discovered, report.fairness, report.comparison) == ((), None, (), None)
    assert (report.thresholds, report.deciles, report.trials, report.data) == ((), (), None, None)


def test_what_was_read_is_written_again_with_nothing_lost() -> None:
    old = json.loads(GOLDEN.read_bytes())
    new = json.loads(EvaluationReport.from_json(GOLDEN.read_bytes()).to_json())
    assert {name: new[name] for name in old} == old
    assert EvaluationReport.from_json(json.dumps(new)) == EvaluationReport.from_json(GOLDEN.read_bytes())


def test_a_report_of_format_1_is_checked_like_any_other() -> None:
    broken = {**json.loads(GOLDEN.read_bytes()), "n_rows": "many"}
    with pytest.raises(LifecycleError, match="first at n_rows"):
        EvaluationReport.from_json(json.dumps(broken))

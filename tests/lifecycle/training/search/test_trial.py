"""A trial that others lead: its parameters from arguments, its score to the file that Vertex AI reads."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.search import SearchRange
from lifecycle.training.search.trial import KEPT_REPORTS, MetricFile, read_parameters, run_trial
from tests.fakes.bundles import parcels, write_job
from tests.lifecycle.training.search.asked import asked

SPACE = {
    "eta": SearchRange(float=(0.01, 0.5), log=True),
    "depth": SearchRange(int=(1, 6)),
    "how": SearchRange(choice=("exact", True, 3)),
}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(["--eta=0.2", "--depth=3", "--how=exact"], (0.2, 3, "exact"), id="as they are"),
        pytest.param(
            ["--how=true", "--eta=1e-2", "--depth=6.0"], (0.01, 6, True), id="as floats, in any order"
        ),
        pytest.param(["--eta=0.5000000000000001", "--depth=1", "--how=3"], (0.5, 1, 3), id="an end"),
    ],
)
def test_read_parameters(arguments: Sequence[str], found: tuple[Scalar, ...]) -> None:
    assert read_parameters(arguments, SPACE) == dict(zip(("eta", "depth", "how"), found, strict=True))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--eta=0.2", "--depth=3"], "a trial of depth, eta, how was started with", id="too few"),
        pytest.param(["--eta=2", "--depth=3", "--how=exact"], "eta '2', which the space", id="outside"),
        pytest.param(["--eta=nan", "--depth=3", "--how=exact"], "eta 'nan', which the space", id="no number"),
        pytest.param(["--eta=0.2", "--depth=3.5", "--how=exact"], "depth '3.5', which", id="not whole"),
        pytest.param(["--eta=0.2", "--depth=3", "--how=False"], "how 'False', which", id="no choice"),
    ],
)
def test_parameters_outside_of_the_space_are_refused(arguments: Sequence[str], told: str) -> None:
    with pytest.raises(LifecycleError, match=told):
        read_parameters(arguments, SPACE)


def test_the_metric_file_holds_the_last_reports_a_line_each(tmp_path: Path) -> None:
    report = MetricFile(tmp_path / "hypertune" / "output.metrics", "log_loss", "7")
    for step in range(KEPT_REPORTS + 5):
        report(step, 0.5 + step)
    lines = (tmp_path / "hypertune" / "output.metrics").read_text().splitlines()
    last = json.loads(lines[-1])
    assert last.pop("timestamp") > 0
    assert last == {"trial": "7", "log_loss": "104.5", "global_step": "104", "checkpoint_path": ""}
    assert len(lines) == KEPT_REPORTS


def test_a_trial_reports_the_score_of_its_best_round_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_ML_TRIAL_ID", "4")
    write_job(tmp_path / "job", parcels(), rounds=10, threads=1, search=asked()).write(tmp_path / "job.json")
    told: list[tuple[int, float]] = []
    arguments = ["--eta=0.3", "--grow_policy=depthwise", "--max_depth=3"]
    found = run_trial(tmp_path, arguments, progress=lambda line: None, report=lambda *one: told.append(one))
    assert (found.number, found.state, found.parameters["max_depth"]) == (3, "complete", 3)
    assert told == [*found.curve, (11, found.value)]
    assert found.best_round is not None
    assert dict(found.curve)[found.best_round + 1] == found.value

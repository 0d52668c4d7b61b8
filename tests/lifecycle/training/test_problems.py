from typing import Any

import pytest

from lifecycle.spec.parse import Problem, parse_spec
from lifecycle.training import problems
from lifecycle.training.problems import training_problems
from tests.fakes.bundles import SPEC


def found(training: str) -> list[str]:
    spec = SPEC.format(task="binary", label="bool", metric="log_loss") + f"training: {training}\n"
    return [str(problem) for problem in training_problems(parse_spec(spec))]


SPACE = "space: {width: {int: [8, 64]}}"


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        pytest.param("{trainer: torch}", [], id="a network as it is"),
        pytest.param("{trainer: torch, parameters: {width: 64, dropout: 0}}", [], id="parameters"),
        pytest.param("{trainer: 'tests.fakes.linear_trainer:fit_linear'}", [], id="another trainer"),
        pytest.param(
            "{trainer: 'acme.trees:fit'}",
            ["training.trainer: found 'acme.trees:fit'; allowed: package.module:function of a module"],
            id="another trainer that is not there",
        ),
        pytest.param("{trainer: torch, compute: {cpu: 2, count: 2}}", [], id="two ranks"),
        pytest.param(
            "{trainer: torch, parameters: {width: 0}}",
            ["training.parameters.width: found 0; allowed: Input should be greater than or equal to 1"],
            id="beyond its limits",
        ),
        pytest.param(
            "{trainer: torch, parameters: {max_depth: 3}}",
            ["training.parameters.max_depth: found an unknown parameter; allowed: a parameter of torch: "],
            id="a parameter of trees",
        ),
        pytest.param(
            f"{{trainer: torch, search: {{trials: 3, metric: auc, parallel: 2, {SPACE}}}}}",
            [
                "training.search.metric: found 'auc'; allowed: log_loss, which a network is fit by",
                "training.search.parallel: found 2; allowed: 1 with the trainer torch",
            ],
            id="a search as of trees",
        ),
        pytest.param(
            "{compute: {cpu: 4, nodes: 2, count: 2}}",
            ["training.compute.count: found 2; allowed: 1 with several nodes and the trainer xgboost"],
            id="trees by two processes on each of two machines",
        ),
        pytest.param("{compute: {nodes: 2}, rows: disk}", [], id="trees on two machines, rows on disk"),
        pytest.param("{compute: {cpu: 2, count: 2}}", [], id="trees by two processes"),
        pytest.param(
            f"{{rows: disk, search: {{trials: 3, {SPACE}}}}}",
            ["training.rows: found 'disk'; allowed: 'memory' with `training.search`"],
            id="a search on disk",
        ),
        pytest.param(
            "{trainer: torch, rows: disk}",
            ["training.rows: found 'disk'; allowed: 'memory' with the trainer torch"],
            id="a network on disk",
        ),
        pytest.param(
            f"{{trainer: torch, compute: {{cpu: 1, count: 2}}, search: {{trials: 3, {SPACE}}}}}",
            [
                "training.compute.count: found 2 processes; allowed: 1 process with `training.search`",
                "training.compute.count: found 2; allowed: at most 1, which is training.compute.cpu",
            ],
            id="a search by two ranks on one core",
        ),
        pytest.param("{trainer: torch, compute: {cpu: 1, count: 2, accelerator: gpu}}", [], id="two GPUs"),
    ],
)
def test_what_a_trainer_does_not_take_is_told(training: str, expected: list[str]) -> None:
    problems = found(training)
    assert len(problems) == len(expected)
    for problem, begin in zip(problems, expected, strict=True):
        assert problem.startswith(begin)


def test_an_extra_that_is_not_installed_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(name: str) -> Any:
        return None if name == "torch" else object()

    monkeypatch.setattr(problems, "find_spec", installed)
    spec = SPEC.format(task="binary", label="bool", metric="log_loss") + "training: {trainer: torch}\n"
    assert [*training_problems(parse_spec(spec))] == [
        Problem(
            path="training.trainer",
            found="'torch', and torch is not installed",
            allowed="a trainer whose packages are: pip install dagster-flywheel[torch]",
        )
    ]
    assert found("{trainer: xgboost}") == []

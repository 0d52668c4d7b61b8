"""What a spec may ask of a search, and what is told when it cannot be."""

import pytest

from lifecycle.training.search.metrics import SEARCH_METRICS
from lifecycle.training.search.problems import search_problems
from tests.fakes.orders import orders_spec
from tests.lifecycle.spec.problems import changed, problems_of


def asking(search: str, training: str = "") -> tuple[str, str]:
    return "evaluation:", f"training: {{{training}search: {search}}}\nevaluation:"


def eta(values: str, more: str = "") -> str:
    """A search of `eta` by these values."""
    return f"{{trials: 5, space: {{eta: {values}}}{more}}}"


@pytest.mark.parametrize(
    ("search", "path", "allowed"),
    [
        pytest.param("{trials: 5}", "space", "this key is required", id="no space"),
        pytest.param("{trials: 5, space: {}}", "space", "at least 1 item", id="empty space"),
        pytest.param("{trials: 0, space: {eta: {choice: [1, 2]}}}", "trials", "greater", id="no trial"),
        pytest.param(eta("{float: [1, 0.1]}"), "space.eta.float", "lowest below", id="low > high"),
        pytest.param(eta("{float: [1, 1]}"), "space.eta.float", "lowest below", id="low = high"),
        pytest.param(eta("{float: [0, 1], log: true}"), "space.eta", "begins above 0", id="log of 0"),
        pytest.param(eta("{float: [0.1]}"), "space.eta.float", "[lowest, highest]", id="half a range"),
        pytest.param(eta("{float: [0, .inf]}"), "space.eta.float.1", "finite", id="an endless range"),
        pytest.param(eta("{int: [1.5, 3]}"), "space.eta.int.0", "valid integer", id="no whole number"),
        pytest.param(eta("{int: ['1', 3]}"), "space.eta.int.0", "valid integer", id="text"),
        pytest.param(eta("{int: [1, 4], step: 2}"), "space.eta", "divides", id="a step that misses"),
        pytest.param(eta("{}"), "space.eta", "exactly one of", id="no values"),
        pytest.param(eta("{int: [1, 2], choice: [1, 2]}"), "space.eta", "exactly one of", id="two kinds"),
        pytest.param(eta("{choice: [1]}"), "space.eta.choice", "at least 2", id="no choice"),
        pytest.param(eta("{choice: [1, 1]}"), "space.eta", "once", id="a value twice"),
        pytest.param(eta("{choice: [1, 2], log: true}"), "space.eta", "with a range", id="log of a choice"),
        pytest.param(eta("{int: [1, 2]}", ", pruning: hard"), "pruning", "'median'", id="unknown pruning"),
        pytest.param(eta("{int: [1, 2]}", ", sampler: grid"), "sampler", "'tpe'", id="unknown sampler"),
        pytest.param(eta("{choice: [1, 2], x: 1}"), "space.eta.x", "int, float, choice", id="unknown key"),
    ],
)
def test_a_search_that_is_none_is_told_with_its_path(search: str, path: str, allowed: str) -> None:
    (problem,) = problems_of(changed(*asking(search)))
    assert problem.path == f"training.search.{path}"
    assert allowed in problem.allowed


FIXED, SEARCHED = "a parameter that is fixed, too", "a parameter that is searched twice"
NOT = "a parameter that no search may set"


@pytest.mark.parametrize(
    ("space", "training", "told"),
    [
        pytest.param("eta: {float: [0.1, 1]}", "", [], id="nothing wrong"),
        pytest.param(
            "mxa_depth: {int: [1, 2]}",
            "",
            ["space.mxa_depth: found an unknown parameter; allowed: a parameter of xgboost: eta, gamma,"],
            id="a misspelt parameter",
        ),
        pytest.param(
            "eta: {float: [0.1, 1]}",
            "parameters: {eta: 0.1}, ",
            [f"space.eta: found {FIXED}; allowed: only one of this and training.parameters.eta"],
            id="fixed as well",
        ),
        pytest.param(
            "eta: {float: [0.1, 1]}",
            "parameters: {learning_rate: 0.1}, ",
            [f"space.eta: found {FIXED}; allowed: only one of this and training.parameters.learning_rate"],
            id="fixed by another name",
        ),
        pytest.param(
            "eta: {float: [0.1, 1]}, learning_rate: {float: [0.1, 1]}",
            "",
            [f"space.learning_rate: found {SEARCHED}; allowed: only one of this and training.search.space.e"],
            id="twice by two names",
        ),
        pytest.param(
            "max_depth: {float: [1, 9]}, grow_policy: {int: [1, 2]}",
            "",
            [
                "space.max_depth: found `float`; allowed: `int` or `choice`: it takes whole",
                "space.grow_policy: found a range; allowed: `choice`: it takes words",
            ],
            id="of another kind",
        ),
        pytest.param(
            "seed: {int: [1, 2]}, max_bin: {int: [8, 9]}",
            "",
            [
                f"space.seed: found {NOT}; allowed: nothing: the rest of the spec",
                f"space.max_bin: found {NOT}; allowed: training.parameters.max_bin",
            ],
            id="not to be searched",
        ),
    ],
)
def test_what_only_the_trainer_knows_is_told_with_its_path(
    space: str, training: str, told: list[str]
) -> None:
    change = asking(f"{{trials: 5, space: {{{space}}}}}", training)
    problems = [str(problem) for problem in search_problems(orders_spec(change))]
    assert len(problems) == len(told)
    for problem, start in zip(problems, told, strict=True):
        assert problem.startswith(f"training.search.{start}")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (", metric: rmse", "training.search.metric: found 'rmse'; allowed: log_loss, auc"),
        (
            ", parallel: 3",
            "training.search.parallel: found 3; allowed: at most 2, which is training.compute.cpu",
        ),
    ],
    ids=["a metric of another task", "more at a time than cores"],
)
def test_what_the_rest_of_the_spec_does_not_allow_is_told(more: str, told: str) -> None:
    (problem,) = search_problems(orders_spec(asking(eta("{int: [1, 2]}", more))))
    assert str(problem) == told


def test_a_spec_without_a_search_has_no_problem_with_it() -> None:
    assert list(search_problems(orders_spec())) == []


def test_the_metrics_of_a_search_are_named_as_those_of_an_evaluation() -> None:
    from lifecycle.evaluation.metrics.registry import metric

    better = {"minimize": "lower", "maximize": "higher"}
    for task, metrics in SEARCH_METRICS.items():
        for name, direction in metrics.items():
            assert metric(name, task).better == better[direction]

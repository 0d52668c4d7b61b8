"""What is wrong with the behavioural tests of a spec, found when it loads and not when a model is judged."""

from collections.abc import Iterator

from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import RequestReader
from lifecycle.spec.behaviour import BehaviourTest
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem


def behaviour_problems(spec: ModelSpec, plan: FeaturePlan) -> Iterator[Problem]:
    """Columns, values and rows that break the contract of a request, and rules that do not fit the task."""
    reader, task = RequestReader(plan), spec.model.task
    for i, test in enumerate(spec.evaluation.behaviour):
        at = f"evaluation.behaviour.{i}"
        if test.invariance is not None:
            yield from _invariance(test, plan, reader, at=f"{at}.invariance")
        if test.direction is not None:
            yield from _direction(test, plan, task, at=f"{at}.direction")
            yield from _unknown_class(spec, test.direction.of, at=f"{at}.direction.of")
        if test.minimum_function is not None:
            yield from _minimum_function(test, plan, reader, task, at=f"{at}.minimum_function")
            value = test.minimum_function.expect.value
            yield from _unknown_class(spec, value, at=f"{at}.minimum_function.expect.value")
    if spec.evaluation.costs is not None and task != "binary":
        allowed = "no `costs`: only a binary model has a threshold to choose"
        yield Problem(path="evaluation.costs", found=f"the task {task}", allowed=allowed)


def _invariance(
    test: BehaviourTest, plan: FeaturePlan, reader: RequestReader, *, at: str
) -> Iterator[Problem]:
    rule = test.invariance
    assert rule is not None
    if rule.column not in plan.request:
        yield _no_column(rule.column, plan, at)
        return
    for j, value in enumerate(rule.values):
        _, problems = reader.read({rule.column: value}, now_us=0)
        for problem in problems:
            if problem.field == rule.column:
                yield Problem(path=f"{at}.values.{j}", found=problem.found, allowed=problem.allowed)


def _direction(test: BehaviourTest, plan: FeaturePlan, task: Task, *, at: str) -> Iterator[Problem]:
    rule = test.direction
    assert rule is not None
    if rule.column not in plan.request:
        yield _no_column(rule.column, plan, at)
        return
    kind = plan.request[rule.column].type
    if kind not in ("int", "float"):
        yield Problem(path=f"{at}.column", found=f"a {kind} column", allowed="an int or float column")
    elif kind == "int" and rule.add != int(rule.add):
        yield Problem(
            path=f"{at}.add", found=f"{rule.add:g}", allowed=f"a whole number, as {rule.column} is one"
        )
    if (rule.of is not None) != (task == "multiclass"):
        found = "nothing" if rule.of is None else repr(rule.of)
        allowed = (
            "a class, whose probability is meant"
            if task == "multiclass"
            else f"nothing, as the task is {task}"
        )
        yield Problem(path=f"{at}.of", found=found, allowed=allowed)


def _minimum_function(
    test: BehaviourTest, plan: FeaturePlan, reader: RequestReader, task: Task, *, at: str
) -> Iterator[Problem]:
    rule = test.minimum_function
    assert rule is not None
    for j, row in enumerate(rule.rows):
        _, problems = reader.read(row, now_us=0)
        for problem in problems:
            yield Problem(path=f"{at}.rows.{j}.{problem.field}", found=problem.found, allowed=problem.allowed)
        if plan.event_time and row.get(plan.event_time) is None:
            # A request without its time is asked now: the verdict would depend on the day it is reached.
            allowed = "an ISO 8601 time in quotes: an answer that depends on today is beyond no doubt"
            yield Problem(path=f"{at}.rows.{j}.{plan.event_time}", found="nothing", allowed=allowed)
    value = rule.expect.value
    if task == "regression" and value is not None:
        allowed = "`min` and `max`: no regression hits a number exactly"
        yield Problem(path=f"{at}.expect.value", found=repr(value), allowed=allowed)
    if task == "multiclass" and value is None:
        allowed = "a class; `min` and `max` bound its probability"
        yield Problem(path=f"{at}.expect.value", found="nothing", allowed=allowed)


def _unknown_class(spec: ModelSpec, value: Scalar | None, *, at: str) -> Iterator[Problem]:
    """A class that the label's contract does not allow; without one the model tells when it is judged."""
    allowed = spec.data.columns[spec.data.label.column].allowed
    if value is not None and allowed is not None and value not in allowed:
        yield Problem(path=at, found=repr(value), allowed=", ".join(map(str, allowed)))


def _no_column(name: str, plan: FeaturePlan, at: str) -> Problem:
    return Problem(path=f"{at}.column", found=repr(name), allowed=", ".join(plan.request))

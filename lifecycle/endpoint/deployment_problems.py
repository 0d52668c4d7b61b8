"""What is wrong with `deployment` that its records alone cannot see: columns, and answers that do not fit."""

from collections.abc import Iterator

from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem


def deployment_problems(spec: ModelSpec, plan: FeaturePlan) -> Iterator[Problem]:
    """Every problem, with its path."""
    known = ", ".join(plan.request)
    asked = spec.deployment
    assign_by = asked.endpoint.assign_by
    if assign_by is not None and assign_by not in plan.request:
        allowed = f"a column of a request: {known}"
        yield Problem(path="deployment.endpoint.assign_by", found=repr(assign_by), allowed=allowed)
    for position, name in enumerate(asked.request_log.columns):
        at = f"deployment.request_log.columns.{position}"
        if name not in plan.request:
            yield Problem(path=at, found=repr(name), allowed=f"a column of a request: {known}")
        elif plan.request[name].sensitive:
            yield Problem(path=at, found=f"the sensitive column {name!r}", allowed="columns that are not")
    constant, at = asked.endpoint.fallback.constant, "deployment.endpoint.fallback.constant"
    if constant is None:
        return
    if spec.model.task == "multiclass":
        yield Problem(path=at, found="the task multiclass", allowed="binary or regression")
    elif spec.model.task == "binary" and not 0 <= constant <= 1:
        yield Problem(path=at, found=repr(constant), allowed="a probability, 0 to 1")

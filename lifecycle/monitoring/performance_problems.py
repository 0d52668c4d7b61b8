"""What is wrong with `monitoring.performance` that its parser cannot know: metrics, outcomes, columns."""

from collections.abc import Iterator, Mapping

from lifecycle.evaluation.metrics.registry import METRICS
from lifecycle.spec.model import Task
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem

OUTCOMES: Mapping[Task, frozenset[str]] = {
    "binary": frozenset({"true_positive", "false_positive", "false_negative", "true_negative"}),
    "multiclass": frozenset({"right", "wrong"}),
    "regression": frozenset({"error"}),
}


def performance_problems(spec: ModelSpec) -> Iterator[Problem]:
    """A metric that cannot be judged, and a business value of outcomes or columns that the model has not."""
    rules, task, at = spec.monitoring.performance, spec.model.task, "monitoring.performance"
    ranking = [m.name for m in METRICS if m.task == task and m.better != "neither"]
    if rules.metric is not None and rules.metric not in ranking:
        yield Problem(path=f"{at}.metric", found=repr(rules.metric), allowed=", ".join(ranking))
    if rules.metric is None and (rules.floor, rules.decay) != (None, None):
        first = spec.evaluation.metric_gates[0].metric
        if first not in ranking:
            allowed = f"`metric`: the first gate's, {first}, is neither good high nor good low"
            yield Problem(path=f"{at}.metric", found="nothing", allowed=allowed)
    if (business := rules.business) is None:
        return
    if foreign := sorted(business.outcomes - OUTCOMES[task]):
        allowed = f"for {task}: {', '.join(sorted(OUTCOMES[task]))}"
        yield Problem(path=f"{at}.business", found=", ".join(foreign), allowed=allowed)
    numbers = [name for name, column in spec.data.columns.items() if column.type in ("int", "float")]
    if business.column is not None and business.column not in numbers:
        allowed = f"a number of `data.columns`: {', '.join(numbers) or 'there is none'}"
        yield Problem(path=f"{at}.business.column", found=repr(business.column), allowed=allowed)

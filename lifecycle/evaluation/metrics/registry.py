"""All metrics there are. A new one is a `Metric` in its family's module and one line here."""

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.metrics import cox, decisions, multiclass, probabilities, ranking, regression
from lifecycle.evaluation.metrics.metric import Metric
from lifecycle.evaluation.sample import Task

METRICS: tuple[Metric, ...] = (
    ranking.AUC,
    ranking.AVERAGE_PRECISION,
    probabilities.LOG_LOSS,
    probabilities.BRIER,
    probabilities.ECE,
    cox.SLOPE,
    cox.INTERCEPT,
    decisions.F1,
    decisions.PRECISION,
    decisions.RECALL,
    decisions.ACCURACY,
    decisions.POSITIVE_RATE,
    regression.MAE,
    regression.RMSE,
    regression.R2,
    regression.BIAS,
    multiclass.LOG_LOSS,
    multiclass.ACCURACY,
    multiclass.MACRO_F1,
    multiclass.ECE,
)


def metric_names(task: Task) -> tuple[str, ...]:
    """Names of the task's metrics.

    >>> metric_names("regression")
    ('mae', 'rmse', 'r2', 'bias')
    """
    return tuple(m.name for m in METRICS if m.task == task)


def metric(name: str, task: Task) -> Metric:
    """The task's metric of that name.

    Raises:
        LifecycleError: the task has no such metric; the message names those it has.
    """
    for candidate in METRICS:
        if (candidate.name, candidate.task) == (name, task):
            return candidate
    raise LifecycleError(f"no metric {name!r} for {task}; allowed: {', '.join(metric_names(task))}")

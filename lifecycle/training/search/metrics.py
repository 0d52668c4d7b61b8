"""The scores that a search can go by: those that a trainer computes of the validation rows as it fits."""

from collections.abc import Mapping

from lifecycle.spec.model import Task
from lifecycle.training.search.records import Direction

SEARCH_METRICS: Mapping[Task, Mapping[str, Direction]] = {
    "binary": {"log_loss": "minimize", "auc": "maximize"},
    "multiclass": {"log_loss": "minimize"},
    "regression": {"rmse": "minimize", "mae": "minimize"},
}


def default_metric(task: Task) -> str:
    """The score that fitting stops by, too.

    >>> default_metric("regression"), default_metric("binary")
    ('rmse', 'log_loss')
    """
    return next(iter(SEARCH_METRICS[task]))

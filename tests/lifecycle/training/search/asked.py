"""Searches for tests."""

from lifecycle.spec.search import SearchRange
from lifecycle.training.search.records import SearchJob

SPACE = {
    "eta": {"float": [0.02, 0.5], "log": True},
    "grow_policy": {"choice": ["depthwise", "lossguide"]},
    "max_depth": {"int": [1, 6]},
}


def asked(**changes: object) -> SearchJob:
    """A search of twelve trials; each change is a field of the record."""
    facts: dict[str, object] = {
        "trials": 12,
        "space": {name: SearchRange.model_validate(values) for name, values in SPACE.items()},
        "metric": "log_loss",
        "pruning": "median",
        "sampler": "tpe",
        "seed": 3,
        "parallel": 1,
        "time_limit_s": None,
        "study": "study-1",
    }
    return SearchJob.model_validate(facts | changes)

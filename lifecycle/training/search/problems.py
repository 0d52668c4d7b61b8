"""What is wrong with a spec's search that its parser cannot know: parameters and metrics of its trainer."""

from collections.abc import Iterator, Mapping

from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem
from lifecycle.spec.search import SearchRange
from lifecycle.training.search.metrics import SEARCH_METRICS
from lifecycle.training.search.searchable import Searchable
from lifecycle.training.torch_parameters import TORCH
from lifecycle.training.xgboost_parameters import XGBOOST

SEARCHABLE: Mapping[str, Searchable] = {"xgboost": XGBOOST, "torch": TORCH}
"""Trainer -> its parameters. A trainer that is not here is asked for nothing beforehand."""


def search_problems(spec: ModelSpec) -> Iterator[Problem]:
    """Parameters that are unknown, fixed as well or of another kind, and metrics that do not exist."""
    search, training = spec.training.search, spec.training
    if search is None:
        return
    at = "training.search"
    metrics = SEARCH_METRICS[spec.model.task]
    if search.metric is not None and search.metric not in metrics:
        yield Problem(path=f"{at}.metric", found=repr(search.metric), allowed=", ".join(metrics))
    if search.parallel > training.compute.cpu:
        allowed = f"at most {training.compute.cpu}, which is training.compute.cpu"
        yield Problem(path=f"{at}.parallel", found=str(search.parallel), allowed=allowed)
    known = SEARCHABLE.get(training.trainer, Searchable(kinds={}, aliases={}, refused={}))
    fixed = {known.canonical(name): name for name in training.parameters}
    seen: dict[str, str] = {}
    for name, values in search.space.items():
        where, canonical = f"{at}.space.{name}", known.canonical(name)
        if canonical in fixed:
            allowed = f"only one of this and training.parameters.{fixed[canonical]}"
            yield Problem(path=where, found="a parameter that is fixed, too", allowed=allowed)
        if canonical in seen:
            allowed = f"only one of this and {at}.space.{seen[canonical]}, which are the same"
            yield Problem(path=where, found="a parameter that is searched twice", allowed=allowed)
        seen.setdefault(canonical, name)
        yield from _parameter(where, canonical, values, known, trainer=training.trainer)


def _parameter(
    where: str, name: str, values: SearchRange, known: Searchable, *, trainer: str
) -> Iterator[Problem]:
    if name in known.refused:
        yield Problem(path=where, found="a parameter that no search may set", allowed=known.refused[name])
    elif known.kinds and name not in known.kinds:
        allowed = f"a parameter of {trainer}: {', '.join(known.kinds)}"
        yield Problem(path=where, found="an unknown parameter", allowed=allowed)
    elif known.kinds.get(name) == "int" and values.float is not None:
        yield Problem(path=where, found="`float`", allowed="`int` or `choice`: it takes whole numbers only")
    elif known.kinds.get(name) == "choice" and values.choice is None:
        yield Problem(path=where, found="a range", allowed="`choice`: it takes words")

"""What is wrong with the evaluation of a spec that its parser cannot know: metrics, slices, attributes."""

from collections.abc import Iterator, Mapping

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.fairness import MEASURES
from lifecycle.evaluation.metrics.registry import METRICS, metric
from lifecycle.evaluation.slices.masks import GROUP_KINDS, known_columns
from lifecycle.features.expression import Kind
from lifecycle.features.parse import ExpressionError, parse_expression
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.gates import DataGate, FairnessGate, Gate, RelativeGate, SliceGate
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem
from lifecycle.spec.slices import SliceFamily


def metric_problems(spec: ModelSpec) -> Iterator[Problem]:
    """Metrics, measures, slices and attributes that are named and do not exist."""
    families = [family.name for family in spec.evaluation.slices]
    attributes = spec.evaluation.fairness.attributes if spec.evaluation.fairness else ()
    for i, name in enumerate(spec.evaluation.metrics):
        yield from _metric(spec, f"evaluation.metrics.{i}", name)
    for i, gate in enumerate(spec.evaluation.gates):
        at = f"evaluation.gates.{i}"
        if isinstance(gate, Gate | SliceGate):
            yield from _metric(spec, f"{at}.metric", gate.metric)
        if isinstance(gate, RelativeGate):
            yield from _ranking_metric(spec, f"{at}.relative", gate.relative)
        if isinstance(gate, SliceGate | RelativeGate) and gate.slice is not None:
            yield from _one_of(f"{at}.slice", gate.slice, families, "`evaluation.slices` to hold it")
        if isinstance(gate, FairnessGate):
            yield from _one_of(
                f"{at}.attribute", gate.attribute, attributes, "`evaluation.fairness.attributes` to hold it"
            )
            yield from _measure(spec, f"{at}.fairness", gate.fairness)
        if isinstance(gate, DataGate) and gate.data == "holdout_days" and spec.data.event_time is None:
            allowed = "`holdout_rows`, or a table with a `data.event_time`"
            yield Problem(path=f"{at}.data", found="'holdout_days'", allowed=allowed)
    for measure in spec.evaluation.fairness.limits if spec.evaluation.fairness else ():
        yield from _measure(spec, f"evaluation.fairness.limits.{measure}", measure)


def column_problems(spec: ModelSpec, plan: FeaturePlan) -> Iterator[Problem]:
    """Columns of slices and attributes that do not exist, and conditions that are none."""
    kinds = known_columns(plan)
    for i, family in enumerate(spec.evaluation.slices):
        at = f"evaluation.slices.{i}"
        for name in family.by:
            yield from _group_column(f"{at}.by", name, kinds)
        yield from _condition(f"{at}.where", family, kinds)
    for name in spec.evaluation.fairness.attributes if spec.evaluation.fairness else ():
        yield from _group_column("evaluation.fairness.attributes", name, kinds)


def _metric(spec: ModelSpec, path: str, name: str) -> Iterator[Problem]:
    try:
        metric(name, spec.model.task)
    except LifecycleError as exc:
        yield Problem(path=path, found=repr(name), allowed=str(exc).rpartition("allowed: ")[2])


def _ranking_metric(spec: ModelSpec, path: str, name: str) -> Iterator[Problem]:
    ranking = [m.name for m in METRICS if m.task == spec.model.task and m.better != "neither"]
    yield from _one_of(path, name, ranking, "")


def _measure(spec: ModelSpec, path: str, name: str) -> Iterator[Problem]:
    yield from _one_of(path, name, list(MEASURES[spec.model.task]), "")


def _one_of(path: str, name: str, allowed: "list[str] | tuple[str, ...]", without: str) -> Iterator[Problem]:
    if name not in allowed:
        yield Problem(path=path, found=repr(name), allowed=", ".join(allowed) or without)


def _group_column(path: str, name: str, kinds: Mapping[str, Kind]) -> Iterator[Problem]:
    fitting = [column for column, kind in kinds.items() if kind in GROUP_KINDS]
    if name in fitting:
        return
    found = f"{name!r}, a {kinds[name]}" if name in kinds else repr(name)
    yield Problem(path=path, found=found, allowed=", ".join(fitting))


def _condition(path: str, family: SliceFamily, kinds: Mapping[str, Kind]) -> Iterator[Problem]:
    if family.where is None:
        return
    try:
        condition = parse_expression(family.where, {"": kinds})
    except ExpressionError as exc:
        yield Problem(path=path, found=exc.found, allowed=exc.allowed)
        return
    if condition.kind != "bool":
        yield Problem(path=path, found=f"a {condition.kind}", allowed="a condition, such as distance > 2000")

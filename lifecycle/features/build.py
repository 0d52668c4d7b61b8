"""From the spec to the feature plan; every problem of every expression is reported at once."""

from collections.abc import Iterator, Mapping

from lifecycle.features.calendar import calendar
from lifecycle.features.expression import Kind
from lifecycle.features.history import SCOPE
from lifecycle.features.history_build import build_histories
from lifecycle.features.parse import ExpressionError, parse_expression
from lifecycle.features.plan import Feature, FeaturePlan, LookupPlan
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem, SpecError

OUTPUT_KINDS = ("int", "float", "bool", "string")


def build_plan(spec: ModelSpec) -> FeaturePlan:
    """Compile the features of a spec.

    Raises:
        SpecError: an expression is not understood, reads the label, or clashes with another column.
    """
    request = _request_kinds(spec)
    histories, sources, unclear = build_histories(spec, request)
    features, problems = [], [*_lookup_problems(spec), *unclear, *_name_problems(spec)]
    scope: dict[str, Mapping[str, Kind]] = {"": request, **_lookup_kinds(spec)}
    if spec.features.history:
        scope[SCOPE] = {history.name: history.kind for history in histories}
    for name, text in spec.features.columns.items():
        path = f"features.columns.{name}"
        if unclear and f"{SCOPE}." in text:
            # Of what kind the history is, is not known: its own problem is told.
            continue
        try:
            feature = Feature(name=name, expression=parse_expression(text, scope))
        except ExpressionError as exc:
            problems.append(Problem(path=path, found=exc.found, allowed=exc.allowed))
            continue
        if feature.kind not in OUTPUT_KINDS:
            allowed = "a number, a condition or a string; take a part of a time, such as hour(...)"
            problems.append(Problem(path=path, found=f"a {feature.kind}", allowed=allowed))
        features.append(feature)
    if problems:
        raise SpecError(f"the features of {spec.name}", problems)
    return FeaturePlan(
        entity=spec.data.entity,
        event_time=spec.data.event_time,
        # A description is for people: rewording it must not make another plan.
        request={name: spec.data.columns[name].model_copy(update={"description": ""}) for name in request},
        features=tuple(features),
        lookups=tuple(
            LookupPlan(
                name=name,
                key=dict(lookup.key),
                known_at=lookup.known_at,
                max_age_s=lookup.max_age,
                columns=scope[name],
            )
            for name, lookup in spec.features.lookups.items()
        ),
        calendar=calendar(spec.data.time_zone),
        histories=histories,
        sources=sources,
    )


def _request_kinds(spec: ModelSpec) -> Mapping[str, Kind]:
    # What becomes known after the request is no column of it: reading the label is an unknown column.
    later = {spec.data.label.column, spec.data.label.known_at}
    return {name: column.type for name, column in spec.data.columns.items() if name not in later}


def _lookup_kinds(spec: ModelSpec) -> Mapping[str, Mapping[str, ColumnType]]:
    return {name: dict(lookup.columns) for name, lookup in spec.features.lookups.items()}


def _lookup_problems(spec: ModelSpec) -> Iterator[Problem]:
    request = _request_kinds(spec)
    for name, lookup in spec.features.lookups.items():
        for column in lookup.key.values():
            if column not in request:
                yield Problem(
                    path=f"features.lookups.{name}.key",
                    found=f"the request column {column!r}",
                    allowed=", ".join(request),
                )
        if lookup.known_at is not None and spec.data.event_time is None:
            yield Problem(
                path=f"features.lookups.{name}.known_at",
                found=repr(lookup.known_at),
                allowed="a lookup without times: without `data.event_time` no row of it is earlier or later",
            )


def _name_problems(spec: ModelSpec) -> Iterator[Problem]:
    label = spec.data.label
    kept = {spec.data.entity, spec.data.event_time, label.column, label.known_at, "label_known_at"}
    for name in spec.features.columns:
        if name in kept or "__" in name:
            allowed = "a name that no key, time or label column bears, without a double underscore"
            yield Problem(path=f"features.columns.{name}", found=f"the name {name!r}", allowed=allowed)

"""From the spec to the history features of the plan; every problem of every one is reported."""

from collections.abc import Iterator, Mapping

from lifecycle.features.expression import Expression, Kind, references
from lifecycle.features.history import (
    OWN_LABELS,
    OWN_ROWS,
    SCOPE,
    HistoryPlan,
    HistorySource,
    source_reads,
)
from lifecycle.features.parse import ExpressionError, parse_expression
from lifecycle.spec.features import History
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem

MAX_DELAY_S = 30 * 86_400
"""How long a label may take to count, where the spec does not say."""
_KEY_KINDS = ("string", "int", "bool", "date", "timestamp")
_ADDED = ("int", "float", "bool")


def build_histories(
    spec: ModelSpec, request: Mapping[str, Kind]
) -> tuple[tuple[HistoryPlan, ...], tuple[HistorySource, ...], list[Problem]]:
    """The histories of a spec, the sources that they look back on, and what is wrong with them."""
    problems = list(_name_problems(spec))
    histories: list[HistoryPlan] = []
    asked_at = spec.data.event_time
    if asked_at is None:
        return (), (), [*problems, *_timeless_problems(spec)]
    for name, history in spec.features.history.items():
        found = list(_key_problems(name, history, spec, request))
        value = _value(name, history, spec, request)
        if isinstance(value, Problem):
            found.append(value)
        elif not found:
            plan = _plan(name, history, spec, value)
            found += _meaning_problems(name, history, plan, spec)
            histories.append(plan)
        problems += found
    return tuple(histories), tuple(_sources(spec, histories, request, asked_at)), problems


def _plan(name: str, history: History, spec: ModelSpec, value: Expression | None) -> HistoryPlan:
    label = spec.data.label
    source = history.of or (OWN_LABELS if _reads_label(value, spec) else OWN_ROWS)
    waits = source == OWN_LABELS and label.known_at is not None
    return HistoryPlan(
        name=name,
        source=source,
        key=dict(history.key),
        window_s=history.window,
        max_delay_s=(MAX_DELAY_S if history.max_delay is None else history.max_delay) if waits else None,
        aggregate=history.aggregate,
        value=value,
    )


def _sources(
    spec: ModelSpec, histories: list[HistoryPlan], request: Mapping[str, Kind], event_time: str
) -> Iterator[HistorySource]:
    label = spec.data.label
    for name in dict.fromkeys(history.source for history in histories):
        read = {column for h in histories if h.source == name for column in source_reads(h)}
        kinds: Mapping[str, Kind]
        if name in spec.features.events:
            table = spec.features.events[name]
            kinds, time, asked = {**table.columns, table.known_at: "timestamp"}, table.known_at, None
        else:
            kinds, asked = _own_kinds(spec, request), event_time
            time = (label.known_at or event_time) if name == OWN_LABELS else event_time
        of_label = label.column if name == OWN_LABELS else None
        read |= {time} | {column for column in (asked, of_label) if column}
        yield HistorySource(
            name=name,
            role="events" if asked is None else "labels" if of_label else "rows",
            time=time,
            delay_s=(label.delay or 0) if of_label else 0,
            asked=asked,
            label=of_label,
            columns={column: kinds[column] for column in sorted(read)},
        )


def _own_kinds(spec: ModelSpec, request: Mapping[str, Kind]) -> Mapping[str, Kind]:
    """Columns of the model's own past rows: of a request, and what became known after it."""
    label = spec.data.label
    later = [label.column, *([label.known_at] if label.known_at else [])]
    return {**request, **{name: spec.data.columns[name].type for name in later}}


def _past_kinds(history: History, spec: ModelSpec, request: Mapping[str, Kind]) -> Mapping[str, Kind]:
    """Columns that a value may read."""
    if history.of is None:
        return _own_kinds(spec, request)
    table = spec.features.events.get(history.of)
    return {} if table is None else {**table.columns, table.known_at: "timestamp"}


def _reads_label(value: Expression | None, spec: ModelSpec) -> bool:
    later = {spec.data.label.column, spec.data.label.known_at}
    return value is not None and any(ref.name in later for ref in references(value))


def _timeless_problems(spec: ModelSpec) -> Iterator[Problem]:
    for name in spec.features.history:
        allowed = "no history features: without `data.event_time` no row of the past is earlier or later"
        yield Problem(path=f"features.history.{name}", found=repr(name), allowed=allowed)


def _name_problems(spec: ModelSpec) -> Iterator[Problem]:
    features = spec.features
    if SCOPE in features.lookups and features.history:
        allowed = f"another name: expressions call history features `{SCOPE}.<name>`"
        yield Problem(path=f"features.lookups.{SCOPE}", found=f"the name {SCOPE!r}", allowed=allowed)
    for name, table in features.events.items():
        if table.columns.get(table.known_at, "timestamp") != "timestamp":
            path = f"features.events.{name}.columns.{table.known_at}"
            yield Problem(path=path, found=f"a {table.columns[table.known_at]}", allowed="timestamp")


def _key_problems(
    name: str, history: History, spec: ModelSpec, request: Mapping[str, Kind]
) -> Iterator[Problem]:
    path = f"features.history.{name}"
    if history.of is not None and history.of not in spec.features.events:
        allowed = ", ".join(spec.features.events) or "no event table is declared in features.events"
        yield Problem(path=f"{path}.of", found=f"the event table {history.of!r}", allowed=allowed)
        return
    # A key of own rows is known when they are asked: the label and its time are none.
    past = request if history.of is None else _past_kinds(history, spec, request)
    for column, asked in history.key.items():
        if column not in past:
            found = f"the column {column!r} of the past row"
            yield Problem(path=f"{path}.key", found=found, allowed=", ".join(past))
        elif asked not in request:
            found = f"the request column {asked!r}"
            yield Problem(path=f"{path}.key", found=found, allowed=", ".join(request))
        elif past[column] != request[asked] or past[column] not in _KEY_KINDS:
            found = f"{column!r}, a {past[column]}, for {asked!r}, a {request[asked]}"
            allowed = f"two columns of one type: {', '.join(_KEY_KINDS)}"
            yield Problem(path=f"{path}.key", found=found, allowed=allowed)


def _value(
    name: str, history: History, spec: ModelSpec, request: Mapping[str, Kind]
) -> Expression | Problem | None:
    if history.value is None:
        return None
    path = f"features.history.{name}.value"
    try:
        value = parse_expression(history.value, {"": _past_kinds(history, spec, request)})
    except ExpressionError as exc:
        return Problem(path=path, found=exc.found, allowed=exc.allowed)
    if value.kind == "null":
        return Problem(path=path, found="a null", allowed="a value that is not always missing")
    if history.aggregate in ("mean", "sum") and value.kind not in _ADDED:
        allowed = f"a number or a condition for {history.aggregate}"
        return Problem(path=path, found=f"a {value.kind}", allowed=allowed)
    return value


def _meaning_problems(name: str, history: History, plan: HistoryPlan, spec: ModelSpec) -> Iterator[Problem]:
    if history.max_delay is not None and plan.max_delay_s is None:
        why = "its label has a fixed delay" if spec.data.label.delay is not None else "it reads no label"
        allowed = f"no max_delay, as {why}: it bounds how long a label with `known_at` may take"
        path = f"features.history.{name}.max_delay"
        yield Problem(path=path, found=f"{history.max_delay} s", allowed=allowed)

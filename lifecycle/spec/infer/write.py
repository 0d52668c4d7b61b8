"""The text of a drafted spec, with comments that teach: every value is written here, none by a dumper."""

import json
import re
from collections.abc import Iterator, Mapping

from lifecycle.spec.infer.draft import Draft, DraftColumn
from lifecycle.spec.infer.names import shown
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.schema import duration_text

SQL_FILE = "data.sql"
SCHEMA_LINE = "# yaml-language-server: $schema=../../docs/spec.schema.json"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
# What YAML 1.1 takes for something else than text.
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"])


def scalar(value: Scalar) -> str:
    r"""A value as YAML reads it back, in one line.

    >>> scalar("amount"), scalar("no"), scalar("a: 'b'\n"), scalar(True), scalar(0.5), scalar(3)
    ('amount', '"no"', '"a: \'b\'\\n"', 'true', '0.5', '3')
    """
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else _quoted(value)
    if isinstance(value, float):
        text = repr(value)
        # YAML 1.1 wants a point in a number with an exponent.
        return text if "e" not in text or "." in text else text.replace("e", ".0e")
    return json.dumps(value)


def spec_text(draft: Draft, *, schema: bool = True) -> str:
    """The text of `spec.yaml`.

    Args:
        schema: name the JSON Schema, for editors.
    """
    sections = [_head(draft, schema), _model(draft), _data(draft), _features(draft), _training(draft)]
    sections += [_evaluation(draft), _deployment(draft)]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(draft: Draft, schema: bool) -> Iterator[str]:
    if schema:
        yield SCHEMA_LINE
    yield f"# Drafted by `flywheel init` from {shown(draft.table)} ({draft.rows:,} rows)."
    yield "# Change what you know better: docs/own-table.md walks through a spec, docs/spec-reference.md"
    yield f"# lists every key. After a change: flywheel check {draft.name}"
    for warning in draft.warnings:
        yield f"# Mind: {shown(warning, at_most=400)}"


def _model(draft: Draft) -> Iterator[str]:
    yield "model:"
    yield f"  name: {draft.name}"
    yield f"  description: {_quoted(f'Predicts {draft.label}, from {shown(draft.table)}.')}"
    yield f"  # {shown(draft.task.why, at_most=200)}"
    yield f"  task: {draft.task.task}"
    if draft.task.positive is not None:
        yield f"  positive: {scalar(draft.task.positive)}"


def _data(draft: Draft) -> Iterator[str]:
    yield "data:"
    yield from _source(draft)
    yield "  # One row each: the unit that is predicted. No two rows may share it."
    yield f"  entity: {draft.entity}"
    yield from _time(draft)
    yield "  # Every column that is taken, with its contract: a partition that breaks it stops there."
    yield "  # `null_share` is the largest share of missing values; without it a value must be there, in"
    yield "  # requests as well."
    yield "  columns:"
    yield from map(_column, draft.columns)
    yield from _label(draft)


def _source(draft: Draft) -> Iterator[str]:
    if draft.sql is None:
        yield f"  source: {{files: {_quoted(draft.source)}}}"
        return
    yield f"  # {SQL_FILE} reads the table: what had to be renamed, parsed or made stands there."
    yield "  source:"
    yield f"    sql: {SQL_FILE}"
    yield "    tables:"
    yield f"      raw: {_quoted(draft.source)}"


def _time(draft: Draft) -> Iterator[str]:
    partition = draft.partition
    if draft.event_time is None:
        yield "  # No event time: all rows are one partition, split at random. Nothing guards against columns"
        yield "  # that were known only later, and the rows that judge are no later than those that fit:"
        yield "  # scores may be too good."
        return
    yield "  # When the prediction is asked for; everything else in the row was known by then."
    yield f"  event_time: {draft.event_time}"
    yield "  time_zone: UTC"
    if partition.start is None or partition.end is None:
        yield f"  # One partition: {partition.why}."
        yield "  partition: {every: once}"
        return
    yield f"  # {partition.why}. A table that goes on growing: leave out `end`."
    yield f"  partition: {{every: {partition.every}, start: {partition.start}, end: {partition.end}}}"


def _column(column: DraftColumn) -> str:
    keys = [f"type: {column.type}"]
    keys += [f"null_share: {column.null_share:g}"] if column.null_share else []
    keys += [f"min: {column.min:g}"] if column.min is not None else []
    comment = f"  # {shown(column.comment, at_most=160)}" if column.comment else ""
    return f"    {column.name}: {{{', '.join(keys)}}}{comment}"


def _label(draft: Draft) -> Iterator[str]:
    if draft.event_time is None:
        yield f"  label: {{column: {draft.label}}}"
    elif draft.known_at is not None:
        yield "  # A label counts from the time at which it became known; before that it does not exist."
        yield f"  label: {{column: {draft.label}, known_at: {draft.known_at}}}"
    else:
        delay = duration_text(draft.label_delay_s)
        yield "  # `delay`: how long after the event the label is known. Training uses no label before that."
        yield f"  label: {{column: {draft.label}, delay: {delay}}}"


def _features(draft: Draft) -> Iterator[str]:
    yield "# A name and a SQL expression over the columns. Text is taken as a category."
    yield "features:"
    yield "  columns:"
    for feature in draft.features:
        yield f"    {feature.name}: {feature.expression}"
    yield "  # Categories kept of each text, most frequent first; the others count as missing."
    yield f"  max_categories: {draft.max_categories}"
    if draft.dropped:
        yield "  # Left out:"
    for dropped in draft.dropped:
        yield f"  #   {shown(dropped.source)}: {shown(dropped.why, at_most=200)}"


def _training(draft: Draft) -> Iterator[str]:
    training = draft.training
    yield f"# {training.why}."
    yield "training:"
    yield f"  parameters: {_flow(training.parameters)}"
    yield f"  rounds: {training.rounds}"
    yield f"  early_stopping_rounds: {training.early_stopping_rounds}"
    order = "the last by time" if draft.event_time else "drawn at random by the key"
    yield f"  # Shares of the rows that tune and that judge, {order}."
    yield f"  validation: {training.validation}"
    yield f"  holdout: {training.holdout}"
    limit = f", time_limit: {training.time_limit}" if training.time_limit is not None else ""
    yield f"  compute: {{cpu: {training.cpu}{limit}}}"


def _evaluation(draft: Draft) -> Iterator[str]:
    gate = draft.gate
    side = {"min": gate.min} if gate.min is not None else {"max": gate.max or 0.0}
    keys: dict[str, Scalar] = {"metric": gate.metric, **side}
    keys |= {"on": "point"} if gate.on_point else {}
    keys["min_rows"] = gate.min_rows
    yield "# What must hold on the holdout, else nothing is deployed. This gate only keeps out a model"
    yield f"# that is no better than a trivial one ({gate.why}): raise it to what you need."
    if gate.on_point:
        yield "# `on: point`, as the holdout spans too few days for an interval."
    yield "evaluation:"
    yield "  gates:"
    yield f"    - {_flow(keys)}"


def _deployment(draft: Draft) -> Iterator[str]:
    yield "deployment:"
    yield f"  port: {draft.port}  # each model's endpoint has its own"
    yield ""
    yield "# To train again by itself, in `data.time_zone`:"
    yield "# retrain:"
    yield '#   schedule: "0 6 1 * *"'


def _flow(values: Mapping[str, Scalar]) -> str:
    return f"{{{', '.join(f'{scalar(key)}: {scalar(value)}' for key, value in values.items())}}}"


def _quoted(text: str) -> str:
    """A double-quoted scalar: JSON's escapes, and those of YAML for what it does not print."""
    body = json.dumps(text, ensure_ascii=False)[1:-1]
    return f'"{"".join(c if _printable(c) else _escape(c) for c in body)}"'


def _printable(c: str) -> bool:
    code = ord(c)
    return (
        0x20 <= code <= 0x7E
        or (0xA0 <= code <= 0xD7FF and code not in (0x2028, 0x2029))
        or (0xE000 <= code <= 0xFFFD and code != 0xFEFF)
        or code >= 0x10000
    )


def _escape(c: str) -> str:
    return f"\\u{ord(c):04x}"

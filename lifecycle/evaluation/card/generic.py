"""Records of a report as tables, whatever they are: a new part of the report is on the card by itself.

Plain fields are columns, a record inside a record adds its columns, and a list of records inside one becomes
a table of its own whose rows begin with the names of the row they belong to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeGuard

from lifecycle.evaluation.card.blocks import Block, Facts, Section, Table
from lifecycle.evaluation.card.numbers import number, span

MAX_ROWS = 100
Cells = Mapping[str, str]


def section_of(name: str, value: object) -> Section | None:
    """A section for a field of the report; None where it holds nothing."""
    blocks = list(_blocks(value))
    return Section(title=_words(name).capitalize(), blocks=blocks) if blocks else None


def _blocks(value: object) -> Iterator[Block]:
    if value is None or value == ():
        return
    if _is_record(value):
        yield Facts(facts=list(_cells(value).items()))
        for name, inner in _lists(value).items():
            yield from _tables(_words(name), inner, names={})
    elif _is_list_of_records(value):
        yield from _tables("", value, names={})
    else:
        yield Facts(facts=[("value", _shown(value))])


def _tables(title: str, records: Sequence[Any], *, names: Cells) -> Iterator[Block]:
    """A table of the records, then one for each list that they hold.

    Args:
        names: what the record that holds them is called: the first columns of each row.
    """
    rows = [{**names, **_cells(record)} for record in records]
    yield _table(title, rows)
    inner: dict[str, list[dict[str, str]]] = {}
    for record in records:
        called = {**names, **_called(record)}
        for name, held in _lists(record).items():
            for block in _tables(_below(title, name), held, names=called):
                assert isinstance(block, Table)
                body = [dict(zip(block.head, map(str, row), strict=True)) for row in block.rows]
                inner.setdefault(block.title, []).extend(body)
    for name, body in inner.items():
        yield _table(name, body)


def _table(title: str, rows: Sequence[Cells]) -> Table:
    head = list(dict.fromkeys(column for row in rows for column in row))
    cut = f" (the first {MAX_ROWS} of {len(rows)})" if len(rows) > MAX_ROWS else ""
    return Table(
        title=f"{title}{cut}".strip(),
        head=head,
        rows=[[row.get(column, "") for column in head] for row in rows[:MAX_ROWS]],
    )


def _cells(record: Any) -> dict[str, str]:
    """Everything of a record but its lists of records; a record inside it adds its own cells."""
    cells: dict[str, str] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if _is_list_of_records(value) or value == ():  # an empty list may have been one of records
            continue
        if _is_record(value) and not _is_interval(value):
            inner = _cells(value)
            cells |= {
                f"{_words(field.name)} {name}" if name in cells else name: t for name, t in inner.items()
            }
        else:
            cells[_words(field.name)] = _shown(value)
    return cells


def _called(record: Any) -> dict[str, str]:
    """What tells a record from its neighbours: its texts."""
    parts = {field.name: getattr(record, field.name) for field in fields(record)}
    return {_words(name): value for name, value in parts.items() if isinstance(value, str) and value}


def _lists(record: Any) -> dict[str, Sequence[Any]]:
    parts = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: value for name, value in parts.items() if _is_list_of_records(value)}


def _is_record(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _is_list_of_records(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, tuple | list) and bool(value) and all(map(_is_record, value))


def _is_interval(value: object) -> bool:
    return hasattr(value, "low") and hasattr(value, "high")


def _shown(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if _is_interval(value):
        return span(value.low, value.high)  # type: ignore[attr-defined]  # an interval has both
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items()) or "none"
    if isinstance(value, tuple | list):
        return ", ".join(map(_shown, value)) or "none"
    return str(value)


def _below(title: str, name: str) -> str:
    return f"{title}, {_words(name)}" if title else _words(name).capitalize()


def _words(name: str) -> str:
    return name.replace("_", " ")

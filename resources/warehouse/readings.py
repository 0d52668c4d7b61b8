"""DuckDB SQL of the readings that `flywheel init` finds: for measuring a table, and for `data.sql`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lifecycle.spec.infer.facts import FALSE_WORDS, TRUE_WORDS, Reading
from lifecycle.spec.kinds import Scalar
from resources.warehouse.casts import Family, family, identifier, literal, value_expression

ZONE: Final = "UTC"
"""Clock of times without a zone, here as in the drafted spec."""
RAW: Final = "raw"
"""Name of the user's table in `data.sql`."""
KEY: Final = "row_id"
"""Name of a key that the table lacks, where no column has it."""
_OTHER_ZONE = "Etc/GMT-1"
_SIGNS = "[$€£%, ]"
_SEPARATOR = "chr(31)"


def words_sql(words: Sequence[str]) -> str:
    """SQL list of words.

    >>> words_sql(["a", "b's"])
    "('a', 'b''s')"
    """
    return f"({', '.join(map(literal, words))})"


def prepared(x: str, reading: Reading, *, strict: bool) -> str:
    """SQL for the values of a column in a form that the spec's own cast reads without loss.

    Args:
        x: SQL of the column.
        strict: a value that does not fit is an error when it is read, as in a spec; else it is null.
    """
    if reading.finite_only:
        x = f"CASE WHEN isfinite({x}) THEN {x} END"
    if reading.missing:
        x = f"CASE WHEN lower(trim({x})) NOT IN {words_sql(reading.missing)} THEN trim({x}) END"
    if reading.form == "words":
        yes, no = words_sql(TRUE_WORDS), words_sql(FALSE_WORDS)
        word = f"lower(trim({x}))"
        return f"CASE WHEN {word} IN {yes} THEN 'true' WHEN {word} IN {no} THEN 'false' ELSE {x} END"
    if reading.form == "whole":
        return f"{'' if strict else 'TRY_'}CAST({x} AS DOUBLE)"
    if reading.form == "thousands":
        return f"regexp_replace({x}, {literal(_SIGNS)}, '', 'g')"
    if reading.form == "decimal_comma":
        return f"replace(replace(trim({x}), '.', ''), ',', '.')"
    if reading.form == "strptime":
        parsed = f"{'' if strict else 'try_'}strptime(trim({x}), {literal(reading.format or '')})"
        return f"CAST({parsed} AS DATE)" if reading.type == "date" else parsed
    if reading.form == "epoch_s":
        return f"to_timestamp({x})"
    if reading.form == "epoch_ms":
        return f"epoch_ms({x})"
    if reading.form == "year":
        return f"make_timestamp({'' if strict else 'TRY_'}CAST({x} AS BIGINT), 1, 1, 0, 0, 0.0)"
    return x


def prepared_family(reading: Reading, found: str) -> Family:
    """What kind of values `prepared` gives for a column of a DuckDB type."""
    if reading.form == "strptime":
        return "date" if reading.type == "date" else "clock"
    if reading.form in ("epoch_ms", "year"):
        return "clock"
    if reading.form == "whole":
        return "float"
    return "instant" if reading.form == "epoch_s" else family(found)


def typed(source: str, found: str, reading: Reading) -> str:
    """SQL for a column's values in their logical type: null where missing, and where they do not fit."""
    x = identifier(source)
    value = prepared(x, reading, strict=False)
    return value_expression(f"({value})", prepared_family(reading, found), reading.type, time_zone=ZONE)


def differs_by_clock(source: str, found: str, reading: Reading) -> str:
    """SQL that is true for a time without a zone: the instant depends on the clock that it is read on."""
    value, kind = f"({prepared(identifier(source), reading, strict=False)})", prepared_family(reading, found)
    here, there = (value_expression(value, kind, "timestamp", time_zone=zone) for zone in (ZONE, _OTHER_ZONE))
    return f"{here} <> {there}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key that the table lacks.

    Attributes:
        name: in the spec, which no column has.
        columns: of the table, whose values make it.
        tied_by: SQL order among rows that are equal in those, where there are such rows; else None.
    """

    name: str
    columns: tuple[str, ...]
    tied_by: str | None = None


def source_sql(
    columns: Mapping[str, tuple[str, Reading]],
    *,
    key: MadeKey | None,
    needs: Sequence[str],
    blank: Mapping[str, Sequence[Scalar]],
) -> str:
    """The text of `data.sql`.

    Args:
        columns: name in the spec -> name in the table, and how it is read.
        key: None: the table has one.
        needs: columns of the spec without which a row is left out.
        blank: column of the spec -> values that are taken as missing.
    """
    lines = []
    if key is not None:
        lines.append("-- A key made of the row's values: the same row has the same key, wherever it stands.")
        lines.append(f"{_made(key)} AS {key.name}")
    for name, (source, reading) in columns.items():
        value = prepared(identifier(source), reading, strict=True)
        if blank.get(name):
            lines.append("-- Classes with too few rows to learn count as not labelled.")
            value = _without(value, blank[name])
        lines.append(value if value == identifier(name) else f"{value} AS {identifier(name)}")
    last = len(lines) - 1
    body = [
        f"    {line}" + ("" if line.startswith("--") or i == last else ",") for i, line in enumerate(lines)
    ]
    where = " AND ".join(
        f"({prepared(identifier(s), r, strict=True)}) IS NOT NULL" for s, r in map(columns.__getitem__, needs)
    )
    return "\n".join(["SELECT", *body, f"FROM {RAW}", *([f"WHERE {where}"] if where else [])]) + "\n"


def _made(key: MadeKey) -> str:
    values = ", ".join(f"coalesce(CAST({identifier(name)} AS VARCHAR), chr(30))" for name in key.columns)
    digest = f"md5(concat_ws({_SEPARATOR}, {values}))"
    if key.tied_by is None:
        return digest
    return f"{digest} || '-' || row_number() OVER (PARTITION BY {digest} ORDER BY {key.tied_by})"


def _without(value: str, blank: Sequence[Scalar]) -> str:
    """SQL for a value that is null where it is one of some."""
    if any(isinstance(other, str) for other in blank):
        return f"CASE WHEN {value} NOT IN {words_sql([str(other) for other in blank])} THEN {value} END"
    numbers = ", ".join(map(str, blank))
    return f"CASE WHEN CAST({value} AS DOUBLE) NOT IN ({numbers}) THEN {value} END"

"""The SQL questions that `inspect` asks of one column: each fact is a name with an aggregate."""

from lifecycle.spec.infer.facts import (
    FALSE_WORDS,
    MAY_BE_INFINITE,
    MISSING_WORDS,
    TRUE_WORDS,
    Reading,
)
from resources.warehouse.casts import family, identifier, value_expression
from resources.warehouse.readings import ZONE, typed, words_sql

_PLAIN = r"[+-]?(0|[1-9]\d{0,14})"  # 007 is a name, and so is what is longer than a number can hold
_THOUSANDS = (
    rf"[+-]?[$€£]?[+-]?\d{{1,3}}(,\d{{3}})+(\.\d*)? ?[%€$£]?|[+-]?[$€£][+-]?\d+(\.\d*)?"
    rf"|[+-]?\d+(\.\d*)? ?[%€$£]|{_PLAIN}(\.\d*)?"
)
_DECIMAL_COMMA = rf"[+-]?\d{{1,3}}(\.\d{{3}})*,\d+|[+-]?\d+,\d+|{_PLAIN}"
_LEADING_ZERO = r"[+-]?0\d.*"


def is_missing(x: str) -> str:
    """SQL that is true for a word that stands for a missing value."""
    return f"lower(trim({x})) IN {words_sql(MISSING_WORDS)}"


def raw_facts(source: str, found: str) -> dict[str, str]:
    """Name of a fact -> SQL, of one column of the sample."""
    x, kind = identifier(source), family(found)
    facts = {"values": f"count({x})"}
    if kind == "int":
        facts |= {"low": f"CAST(min({x}) AS DOUBLE)", "high": f"CAST(max({x}) AS DOUBLE)"}
    if kind == "float":
        facts["not_finite"] = f"count(*) FILTER (NOT isfinite(CAST({x} AS DOUBLE)))"
    if kind != "text":
        return facts
    x = f"CAST({x} AS VARCHAR)"
    zero = f"regexp_full_match(trim({x}), '{_LEADING_ZERO}')"

    def reads(kind: str) -> str:
        return f"{value_expression(x, 'text', kind, time_zone=ZONE)} IS NOT NULL"  # type: ignore[arg-type]

    whole = f"{reads('int')} AND NOT ({zero} AND trim({x}) NOT LIKE '%.%')"
    # A number too long for 64 bits is a name, not a quantity.
    name = f"regexp_full_match(trim({x}), '\\d{{16,}}')"
    real = f"{reads('float')} AND NOT ({zero} AND trim({x}) NOT LIKE '%.%') AND NOT {name}"
    tests = {
        "missing": is_missing(x),
        "bool": f"lower({x}) IN ('true', 'false')",
        "words": f"lower(trim({x})) IN {words_sql((*TRUE_WORDS, *FALSE_WORDS))}",
        "int": whole,
        "float": real,
        "date": reads("date"),
        "timestamp": f"{reads('timestamp')} AND length({x}) >= 8",
        "thousands": f"regexp_full_match(trim({x}), '{_THOUSANDS}')",
        "decimal_comma": f"regexp_full_match(trim({x}), '{_DECIMAL_COMMA}')",
    }
    missing = tests.pop("missing")
    facts["fits_missing"] = f"count(*) FILTER ({missing})"
    facts |= {f"fits_{name}": f"count(*) FILTER (({test}) AND NOT {missing})" for name, test in tests.items()}
    facts["digits"] = f"count(*) FILTER (regexp_matches({x}, '\\d') AND length({x}) <= 40)"
    return facts


def misread_flag(x: str, value: str, reading: Reading, found: str) -> str | None:
    """SQL that is true where a value is lost by its reading, else null; None: it cannot lose any."""
    if reading.type == "string" or (reading.form == "plain" and family(found) in ("bool", "instant", "date")):
        return None
    expected = f"{x} IS NOT NULL"
    if reading.missing:
        expected += f" AND lower(trim({x})) NOT IN {words_sql(reading.missing)}"
    if reading.finite_only:
        expected += f" AND isfinite({x})"
    return f"CASE WHEN {expected} AND {value} IS NULL THEN true END"


def missing_words(source: str, found: str, reading: Reading) -> str:
    """SQL for the words of a text column that stand for a missing value, or are no finite number or time."""
    x = identifier(source)
    no_value = is_missing(x)
    if reading.type in MAY_BE_INFINITE:
        no_value += f" OR NOT isfinite({typed(source, found, reading)})"
    return f"list(DISTINCT lower(trim({x}))) FILTER ({no_value})"


def typed_facts(name: str, reading: Reading, *, exact: bool) -> dict[str, str]:
    """Name of a fact -> SQL, of one typed column of all rows; `exact`: count different values one by one."""
    x = identifier(name)
    facts = {
        "values": f"count({x})",
        "distinct": f"count(DISTINCT {x})" if exact else f"approx_count_distinct({x})",
    }
    if reading.type in ("int", "float", "timestamp", "date"):
        as_clock = "CAST({} AS TIMESTAMP)" if reading.type == "timestamp" else "{}"
        facts |= {end: as_clock.format(f"{sql}({x})") for end, sql in (("low", "min"), ("high", "max"))}
    if reading.type == "float":
        facts["integral"] = f"bool_and({x} = trunc({x}))"
    if reading.type in MAY_BE_INFINITE:
        facts["not_finite"] = f"count(*) FILTER (NOT isfinite({x}))"
    if reading.type == "string":
        facts |= {"length": f"avg(length({x}))", "words": f"avg(length({x}) - length(replace({x}, ' ', '')))"}
    facts["rows"] = "count(*)"
    return facts

"""Names that a spec can hold, made of whatever a table calls its columns."""

import re
import unicodedata
from collections.abc import Collection, Iterable

from lifecycle.spec.infer.words import SQL_KEYWORDS

MAX_COLUMN_NAME, MAX_MODEL_NAME = 128, 63


def column_names(sources: Iterable[str]) -> dict[str, str]:
    """Name in the table -> name in the spec: an identifier, no SQL keyword, no two the same in any case.

    >>> column_names(["Order Date", "order.date", "2nd", "größe", "select", "id"])
    {'Order Date': 'order_date', 'order.date': 'order_date_2', '2nd': 'c_2nd', 'größe': 'groesse', 'select': 'select_', 'id': 'id'}
    """  # noqa: E501  # the doctest's one line
    named: dict[str, str] = {}
    taken: set[str] = set()
    waiting = list(sources)
    # A name that can stay stays, whatever its neighbours turn into.
    for source in [name for name in waiting if _stays(name)]:
        if source.lower() not in taken:
            named[source] = source
            taken.add(source.lower())
    for source in waiting:
        if source in named:
            continue
        name = free_name(_identifier(source), taken)
        named[source] = name
        taken.add(name.lower())
    return {source: named[source] for source in waiting}


def free_name(wanted: str, taken: Collection[str]) -> str:
    """A name that no other has in any case, with a number where one has; `taken` is in lower case.

    >>> free_name("row_id", {"row_id", "x"}), free_name("row_id", {"x"})
    ('row_id_2', 'row_id')
    """
    name, number = wanted, 1
    while name.lower() in taken:
        number += 1
        name = f"{wanted[: MAX_COLUMN_NAME - len(str(number)) - 1]}_{number}"
    return name


def model_name(text: str) -> str:
    """A model's name made of a file's or a table's.

    >>> model_name("Orders 2024 (final).csv"), model_name("../../etc"), model_name("2024"), model_name("!")
    ('orders_2024_final', 'etc', 'm_2024', 'model')
    """
    stem = re.sub(r"\.(csv|csv\.gz|parquet|pq|duckdb|db)$", "", text.strip(), flags=re.IGNORECASE)
    words = re.findall(r"[a-z0-9]+", _ascii(stem).lower())
    name = "_".join(words)[:MAX_MODEL_NAME].rstrip("_") or "model"
    return name if name[0].isalpha() else f"m_{name}"[:MAX_MODEL_NAME]


def shown(text: str, *, at_most: int = 60) -> str:
    r"""A name of the table in one line of a comment or a message, whatever it holds.

    >>> shown("a\n- b: 'c'")
    "a\\n- b: 'c'"
    """
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return plain if len(plain) <= at_most else f"{plain[: at_most - 3]}..."


def _stays(name: str) -> bool:
    fits = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name) is not None
    return fits and name.lower() not in SQL_KEYWORDS


def _identifier(source: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", _ascii(source))
    name = "_".join(words).lower()[: MAX_COLUMN_NAME - 4] or "column"
    if not name[0].isalpha():
        name = f"c_{name}"
    return f"{name}_" if name in SQL_KEYWORDS else name


def _ascii(text: str) -> str:
    """Letters without their accents, German ones in their two-letter form; what has none is left out."""
    for letter, plain in (
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("Ä", "Ae"),
        ("Ö", "Oe"),
        ("Ü", "Ue"),
    ):
        text = text.replace(letter, plain)
    folded = unicodedata.normalize("NFKD", text)
    return "".join(c if c.isascii() else " " for c in folded if not unicodedata.combining(c))

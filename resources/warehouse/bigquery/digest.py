"""The content hash of a BigQuery table, computed where the rows are.

A table of BigQuery has no order, so neither has its hash: each row is hashed, and the hashes are added up.
Two tables have one hash if they have the same columns and the same rows, each as often.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.spec.columns import ColumnType
from resources.warehouse.bigquery.sql import canonical_text, coded, identifier

if TYPE_CHECKING:
    from resources.warehouse.bigquery.jobs import Jobs

# It is part of every digest: raise it when the canonical form changes, so that old and new never look equal.
_FORM = "flywheel-bigquery-content-1"
_PIECES = 8
"""A hash is added up in pieces of 32 bits: sums stay below 64 bits up to two thousand million rows."""
_HASH = "row digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a table holds."""

    digest: str
    rows: int
    nulls: Mapping[str, int]


def content_sql(table: str, columns: Mapping[str, ColumnType], where: str = "TRUE") -> str:
    """SQL of one row: the number of rows, the sums of the hashes' pieces, missing values by column."""
    texts = ", ".join(canonical_text(coded(name), kind) for name, kind in columns.items())
    row = identifier(_HASH)
    sums = [
        f"SUM(CAST(CONCAT('0x', SUBSTR({row}, {8 * piece + 1}, 8)) AS INT64))" for piece in range(_PIECES)
    ]
    nulls = [f"COUNTIF({coded(name)} IS NULL)" for name in columns]
    return (
        f"SELECT COUNT(*), {', '.join([*sums, *nulls])} FROM (SELECT *, "
        f"TO_HEX(SHA256(TO_JSON_STRING([{texts}]))) AS {row} FROM {identifier(table)} WHERE {where})"
    )


def measure_content(
    jobs: "Jobs", table: str, columns: Mapping[str, ColumnType], where: str = "TRUE"
) -> Content:
    """Hash a table in one pass over its columns.

    Args:
        table: project, dataset and name.
        where: SQL of the rows that are meant, trusted.
    """
    (found,) = jobs.rows(content_sql(table, columns, where), purpose="digest")
    sums, nulls = found[1 : 1 + _PIECES], found[1 + _PIECES :]
    return Content(
        digest=content_digest(columns, found[0], sums),
        rows=found[0],
        nulls=dict(zip(columns, nulls, strict=True)),
    )


def content_digest(columns: Mapping[str, ColumnType], rows: int, sums: tuple[int | None, ...]) -> str:
    """64 hexadecimal characters for some columns and the sums of their rows' hashes (null: no rows).

    >>> content_digest({"a": "int"}, 0, (None,) * 8)[:12]
    'b9ce56e76f3b'
    """
    whole = hashlib.sha256(f"{_FORM}:{rows}".encode())
    for name, kind in columns.items():
        whole.update(f"\n{len(name)}:{name}:{kind}".encode())
    whole.update(repr([piece or 0 for piece in sums]).encode())
    return whole.hexdigest()

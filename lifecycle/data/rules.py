"""The rules of a contract: their names, which of them judge single rows, and how severe each is."""

from typing import Literal, get_args

from lifecycle.spec.columns import Severity
from lifecycle.spec.model_spec import ModelSpec

RowRule = Literal[
    "readable", "key", "unique", "null_share", "finite", "range", "allowed", "label_time", "label_order"
]
"""Rules that one row breaks by itself: such a row can be set aside."""
Rule = Literal[
    RowRule,
    "columns",
    "window",
    "increasing",
    "rows",
    "rows_change",
    "freshness",
    "new_column",
    "lost_column",
    "retyped",
    "swapped",
    "quarantine_share",
]
ROW_RULES: tuple[RowRule, ...] = get_args(RowRule)
# What no severity can soften: without its columns a table is not the one that the spec describes.
_ALWAYS_BLOCK = ("columns", "quarantine_share")


def severity_of(spec: ModelSpec, rule: Rule, column: str | None = None) -> Severity:
    """What a broken rule does: the column's word, or else that of `data.rules`.

    `quarantine` comes back only where a single row is wrong: for missing values that means a column that
    may miss none, for uniqueness the entity. Elsewhere it is `block`.
    """
    if rule in _ALWAYS_BLOCK:
        return "block"
    contract = spec.data.columns.get(column) if column is not None else None
    own = getattr(contract.rules, rule, None) if contract is not None else None
    severity: Severity = own or getattr(spec.data.rules, rule)
    if severity != "quarantine":
        return severity
    single = {
        "null_share": contract is not None and contract.null_share == 0,
        "unique": column == spec.data.entity,
        "readable": column != spec.data.event_time,
    }
    return "quarantine" if single.get(rule, True) else "block"

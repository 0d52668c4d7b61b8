"""What every warehouse knows of a lookup of a spec before it reads it."""

from collections.abc import Sequence

from lifecycle.errors import LifecycleError
from lifecycle.features.plan import LookupPlan, found_by
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.hidden import HIDDEN
from lifecycle.spec.model_spec import ModelSpec


def lookup_kinds(spec: ModelSpec, lookup: str) -> dict[str, ColumnType]:
    """Columns of a lookup, with their types; a key is what the request's column is."""
    part = spec.features.lookups[lookup]
    kinds: dict[str, ColumnType] = {key: spec.data.columns[asked].type for key, asked in part.key.items()}
    if part.known_at is not None:
        kinds[part.known_at] = "timestamp"
    return kinds | dict(part.columns)


def hidden_keys(spec: ModelSpec, lookup: str) -> frozenset[str]:
    """Keys of a lookup that are sensitive in a request: their values stand in no message."""
    key = spec.features.lookups[lookup].key
    return frozenset(name for name, asked in key.items() if spec.data.columns[asked].sensitive)


def ambiguous(
    spec: ModelSpec, lookup: LookupPlan, rows: Sequence[Sequence[object]], *, what: str
) -> LifecycleError:
    """The error of a lookup with two rows for one key (and time).

    Args:
        rows: some of the keys (and times), in the order of `found_by`.
    """
    by, hidden = found_by(lookup), hidden_keys(spec, lookup.name)
    such = "; ".join(
        ", ".join(HIDDEN if name in hidden else str(value) for name, value in zip(by, row, strict=True))
        for row in rows
    )
    return LifecycleError(
        f"{what}: the lookup {lookup.name} has more than one row for one ({', '.join(by)}), such as {such}; "
        "keep one of them"
    )

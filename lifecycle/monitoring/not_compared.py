"""Columns of which nothing can be said: unknown, not unmoved."""

from collections.abc import Collection, Iterator, Sequence

from lifecycle.data.table_profile import TableProfile
from lifecycle.monitoring.calibration import Calibration
from lifecycle.spec.monitoring import DriftRules


def not_compared(
    reference: Calibration,
    current: Sequence[TableProfile],
    rules: DriftRules,
    *,
    asked: Collection[str] | None = None,
) -> Iterator[str]:
    """Columns that tables of one side lack or hold as another kind, as after a change of features.

    So are inputs without any value whose missing ones nobody looks at. What is profiled nowhere, such as a
    time, is no such column.

    Args:
        current: blocks of the window, each with rows.
        asked: columns that are to be compared; None: all.
    """
    for column, family in reference.families.items():
        own = rules.columns.get(column)
        if (asked is not None and column not in asked) or (own is not None and own.statistics == ()):
            continue
        now = [profile.columns.get(column) for profile in current]
        held = reference.columns.get(column)
        if held is None:
            unknown = column in reference.mixed or any(one is not None for one in now)
        else:
            unknown = any(type(one) is not type(held.pooled) for one in now) or (
                family == "input"
                and bool(held.statistics)
                and "missing" not in held.statistics
                and not any(one.present for one in now if one is not None)
            )
        if unknown:
            yield column

"""What a history adds to the union of questions and past rows, by the way it is aggregated.

Each part names its columns of the union: what they hold for a past row as it begins to count, as it leaves
the window, and for a question; which windows run over them; and what comes out.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from lifecycle.features.history import DAY_US, SCOPE, HistoryPlan
from lifecycle.features.lowering import IBIS_TYPES

if TYPE_CHECKING:
    import ibis.expr.types as ir

Columns = Mapping[str, Any]


class Part(Protocol):
    """The columns of one history in a pass."""

    slot: str
    """Column of the result."""

    def told(self, past: "ir.Table") -> Columns:
        """What a past row holds."""
        ...

    def gone(self, past: "ir.Table") -> Columns:
        """What it holds where it leaves the window."""
        ...

    def none(self) -> Columns:
        """What a question holds."""
        ...

    def windowed(self, both: "ir.Table", running: Any, ranged: Any) -> Columns:
        """Columns over all rows up to each, or over the window of each."""
        ...

    def result(self, answered: "ir.Table", oldest: Any) -> Any:
        """The history for each question; what is at `oldest` (us) or before is outside of the window."""
        ...


def part_of(history: HistoryPlan) -> Part:
    """The part that aggregates a history; `distinct` has a pass of its own."""
    if history.is_counted:
        return Counted(history)
    return Latest(history) if history.aggregate in ("days_since", "last") else Ranged(history)


def value_column(history: HistoryPlan) -> str:
    """Column of a pass's past rows with the value of a history."""
    return f"value.{history.name}"


def as_number(value: Any) -> Any:
    """A value that every engine can sum and compare inside a window: a condition becomes 0 or 1."""
    return value.cast("int64") if value.type().is_boolean() else value


def as_kind(value: Any, history: HistoryPlan) -> Any:
    """What `as_number` changed, as it was."""
    return value == 1 if history.kind == "bool" else value


def whole_sum(column: Any, frame: Any) -> Any:
    """Sum of whole numbers over a window; missing beyond 64 bits.

    DuckDB's is of 128 bits, though ibis takes it for 64 and leaves out a cast to them: hence the detour.
    """
    return column.sum().over(frame).cast("decimal(38, 0)").try_cast("int64")


class Counted:
    """Whole numbers: running sums, to which a row adds itself and from which it takes itself away."""

    def __init__(self, history: HistoryPlan) -> None:
        self.slot = f"{SCOPE}.{history.name}"
        self._history = history
        self._count, self._sum = f"count.{history.name}", f"sum.{history.name}"

    def told(self, past: "ir.Table") -> Columns:
        return self._signed(past, 1)

    def gone(self, past: "ir.Table") -> Columns:
        return self._signed(past, -1)

    def none(self) -> Columns:
        import ibis

        zero = ibis.literal(0, type="int64")
        return {self._count: zero, self._sum: zero}

    def windowed(self, both: "ir.Table", running: Any, ranged: Any) -> Columns:
        return {name: whole_sum(both[name], running) for name in (self._count, self._sum)}

    def result(self, answered: "ir.Table", oldest: Any) -> Any:
        import ibis

        count, total = answered[self._count], answered[self._sum]
        if self._history.aggregate == "count":
            return count
        if self._history.aggregate == "mean":
            return total.cast("float64") / count.nullif(0).cast("float64")
        return (count > 0).ifelse(total, ibis.null())

    def _signed(self, past: "ir.Table", sign: int) -> Columns:
        import ibis

        one, zero = ibis.literal(sign, type="int64"), ibis.literal(0, type="int64")
        if self._history.value is None:
            return {self._count: one, self._sum: zero}
        value = past[value_column(self._history)]
        # Only counted: what the values are does not matter, and text cannot be summed.
        summed = zero if self._history.aggregate == "count" else sign * as_number(value).fill_null(0)
        return {self._count: value.notnull().ifelse(one, zero), self._sum: summed}


class Ranged:
    """Sum and mean of floats, smallest and largest of anything: over a range of microseconds."""

    def __init__(self, history: HistoryPlan) -> None:
        self.slot = f"{SCOPE}.{history.name}"
        self._history = history
        self._name = value_column(history)

    def told(self, past: "ir.Table") -> Columns:
        return {self._name: as_number(past[self._name])}

    def gone(self, past: "ir.Table") -> Columns:
        return self.none()

    def none(self) -> Columns:
        import ibis

        kind = self._history.value.kind if self._history.value is not None else "int"
        return {self._name: ibis.null(IBIS_TYPES["int" if kind == "bool" else kind])}

    def windowed(self, both: "ir.Table", running: Any, ranged: Any) -> Columns:
        return {self._name: getattr(both[self._name], self._history.aggregate)().over(ranged)}

    def result(self, answered: "ir.Table", oldest: Any) -> Any:
        return as_kind(answered[self._name], self._history)


class Latest:
    """The moment of the latest row with a value: days since then, or what `last` looks the value up by."""

    def __init__(self, history: HistoryPlan) -> None:
        self.slot = f"{SCOPE}.{history.name}"
        self._history = history
        self._name = f"latest.{history.name}"

    def told(self, past: "ir.Table") -> Columns:
        import ibis

        if self._history.value is None:
            return {self._name: past["#us"]}
        value = past[value_column(self._history)]
        return {self._name: value.notnull().ifelse(past["#us"], ibis.null("int64"))}

    def gone(self, past: "ir.Table") -> Columns:
        return self.none()

    def none(self) -> Columns:
        import ibis

        return {self._name: ibis.null("int64")}

    def windowed(self, both: "ir.Table", running: Any, ranged: Any) -> Columns:
        return {self._name: both[self._name].max().over(running)}

    def result(self, answered: "ir.Table", oldest: Any) -> Any:
        import ibis

        latest = (answered[self._name] > oldest).ifelse(answered[self._name], ibis.null("int64"))
        if self._history.aggregate == "last":
            return latest
        return (answered["#us"] - latest).cast("float64") / ibis.literal(float(DAY_US), type="float64")

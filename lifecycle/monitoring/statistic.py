"""The statistics of drift: what each is called, what it is of, and how small a shift nobody acts on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lifecycle.monitoring.cells import CellKind, Cells, Floats
from lifecycle.monitoring.statistics.chi_square import chi_square
from lifecycle.monitoring.statistics.jensen_shannon import jensen_shannon
from lifecycle.monitoring.statistics.kolmogorov_smirnov import kolmogorov_smirnov
from lifecycle.monitoring.statistics.missing import missing
from lifecycle.monitoring.statistics.new_categories import new_categories
from lifecycle.monitoring.statistics.out_of_range import out_of_range
from lifecycle.monitoring.statistics.psi import psi
from lifecycle.monitoring.statistics.wasserstein import wasserstein
from lifecycle.spec.monitoring import StatisticName

_BOTH: frozenset[CellKind] = frozenset(("number", "category"))
_NUMBERS: frozenset[CellKind] = frozenset(("number",))
_CATEGORIES: frozenset[CellKind] = frozenset(("category",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One way to say how far windows lie from their reference.

    Attributes:
        kinds: of columns that it is of.
        measure: reference and current, row by row -> distances.
        squared: it grows as the shift does, so its square is a sum of squares, which the null is of;
            otherwise it is one already, as PSI.
        effect: a shift smaller than this is never called drift.
        most: what it can reach at most; of those without a bound, what nobody would call usual. A limit
            beyond it calls nothing.
        apart: a long window that lies as far as this is called however the column wanders; None: none is.
        of_values: it is of where values lie, so that a column of which none like it is judged is unknown.
    """

    kinds: frozenset[CellKind]
    measure: Callable[[Cells, Cells], Floats]
    squared: bool
    effect: float
    most: float
    apart: float | None = None
    of_values: bool = True


STATISTICS: Mapping[StatisticName, Statistic] = {
    "psi": Statistic(kinds=_BOTH, measure=psi, squared=False, effect=0.1, most=10.0),
    "kolmogorov_smirnov": Statistic(
        kinds=_NUMBERS, measure=kolmogorov_smirnov, squared=True, effect=0.1, most=1.0, apart=0.95
    ),
    "wasserstein": Statistic(kinds=_NUMBERS, measure=wasserstein, squared=True, effect=0.1, most=10.0),
    "jensen_shannon": Statistic(kinds=_BOTH, measure=jensen_shannon, squared=True, effect=0.1, most=1.0),
    "chi_square": Statistic(kinds=_BOTH, measure=chi_square, squared=True, effect=0.1, most=10.0),
    "new_categories": Statistic(
        kinds=_CATEGORIES, measure=new_categories, squared=True, effect=0.01, most=1.0, of_values=False
    ),
    "out_of_range": Statistic(
        kinds=_NUMBERS, measure=out_of_range, squared=True, effect=0.002, most=1.0, of_values=False
    ),
    "missing": Statistic(kinds=_BOTH, measure=missing, squared=True, effect=0.05, most=1.0, of_values=False),
}

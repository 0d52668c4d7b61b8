"""A reference made ready: pooled to be compared with, and asked what its own blocks do by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lifecycle.data.table_profile import ColumnProfile, TableProfile
from lifecycle.monitoring.cells import CellKind, Cells, cells_of
from lifecycle.monitoring.null import MIN_RUNS, Nulls, calibrate_both
from lifecycle.monitoring.statistic import STATISTICS
from lifecycle.spec.monitoring import DriftRules, Family, StatisticName

# A run is at most an eighth of the reference: of fewer, nobody can tell how far they wander.
_RUNS = 8
_USUAL_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Profiles of blocks in the order of time; blocks without rows are there, too."""

    names: tuple[str, ...]
    profiles: tuple[TableProfile, ...]
    block_s: float
    """How long a block lasts."""

    @property
    def rows(self) -> int:
        """Of all blocks."""
        return sum(profile.rows for profile in self.profiles)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedStatistic:
    """What one statistic of one column does by itself.

    Attributes:
        effect: smallest shift that is called drift.
        window: of windows as long as those that will be compared.
        block: of single blocks.
    """

    effect: float
    window: Nulls
    block: Nulls


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedColumn:
    """One column of the reference.

    Attributes:
        usual_rows: of a block, the median.
        usual_present: of which the column has a value.
    """

    pooled: ColumnProfile
    usual_rows: float
    usual_present: float
    statistics: Mapping[StatisticName, CalibratedStatistic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A reference, ready for windows of some length.

    Attributes:
        enough: whether there are enough blocks to tell what one does by itself.
        families: column -> what it is.
        mixed: columns that some blocks lack, or hold as another kind: there is nothing to compare with.
    """

    enough: bool
    families: Mapping[str, Family]
    columns: Mapping[str, CalibratedColumn]
    mixed: tuple[str, ...] = ()


def calibrated(
    reference: Blocks, rules: DriftRules, families: Mapping[str, Family], *, length: int
) -> Calibration:
    """Calibrate a reference for windows of `length` blocks; the same answer serves all of them.

    Args:
        families: column -> what it is. Only these are compared. Of predictions and labels, missing ones are
            not judged: a label that is not there is not there yet.
    """
    filled = [profile for profile in reference.profiles if profile.rows]
    # Of a holiday with a handful of rows, chance would make a usual day.
    usual = float(np.median([profile.rows for profile in filled])) if filled else 0.0
    blocks = [profile for profile in filled if profile.rows >= _USUAL_SHARE * usual]
    if len(blocks) < MIN_RUNS:
        return Calibration(enough=False, families=families, columns={})
    columns, mixed = dict[str, CalibratedColumn](), list[str]()
    for column, family in families.items():
        held = [profile.columns[column] for profile in blocks if column in profile.columns]
        cells = cells_of(held, reference=len(held)) if len(held) == len(blocks) else None
        if cells is None:
            mixed += [column] * bool(held)
            continue
        effects = {
            name: _effect_of(column, name, rules)
            for name in _statistics_of(column, family, cells.kind, rules)
        }
        columns[column] = CalibratedColumn(
            pooled=cells.profile(),
            usual_rows=float(np.median(cells.rows + cells.missing)),
            usual_present=float(np.median(cells.rows)),
            statistics=_calibrated(cells, effects, length) if effects else {},
        )
    return Calibration(enough=True, families=families, columns=columns, mixed=tuple(mixed))


def _calibrated(
    cells: Cells, effects: Mapping[StatisticName, float], length: int
) -> Mapping[StatisticName, CalibratedStatistic]:
    squared = [STATISTICS[name].squared for name in effects]

    def nulls_of(run: int) -> list[Nulls]:
        runs = cells.runs(run)
        others = cells.without(runs)
        values = np.array([STATISTICS[name].measure(others, runs) for name in effects])
        return calibrate_both(values, squared=squared, effects=[*effects.values()], run=run)

    # A longer window is held to what a shorter one does, which wanders further.
    run = max(1, min(length, len(cells.counts) // _RUNS))
    single = nulls_of(1)
    windows = single if run == 1 else nulls_of(run)
    return {
        name: CalibratedStatistic(effect=effect, window=window, block=block)
        for (name, effect), window, block in zip(effects.items(), windows, single, strict=True)
    }


def _statistics_of(column: str, family: Family, kind: CellKind, rules: DriftRules) -> Sequence[StatisticName]:
    own = rules.columns.get(column)
    usual = rules.numbers if kind == "number" else rules.categories
    asked = usual if own is None or own.statistics is None else own.statistics
    fitting = [name for name in asked if kind in STATISTICS[name].kinds]
    return [name for name in fitting if name != "missing" or family == "input"]


def _effect_of(column: str, name: StatisticName, rules: DriftRules) -> float:
    own = rules.columns.get(column)
    effects = {**rules.effects, **(own.effects if own else {})}
    return effects.get(name, STATISTICS[name].effect)

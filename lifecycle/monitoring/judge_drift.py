"""From profiles of blocks to verdicts: a window as a whole, and each of its blocks by itself."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from lifecycle.data.table_profile import TableProfile
from lifecycle.evaluation.false_discovery import benjamini_yekutieli
from lifecycle.monitoring.calibration import Blocks, Calibration
from lifecycle.monitoring.cells import OTHER, Cells, Floats, cells_of
from lifecycle.monitoring.drift_report import (
    ColumnDrift,
    DriftReport,
    DriftStatus,
    Incident,
    Reference,
)
from lifecycle.monitoring.not_compared import not_compared
from lifecycle.monitoring.null import Null, Nulls
from lifecycle.monitoring.statistic import STATISTICS
from lifecycle.spec.monitoring import DriftRules, Family, StatisticName

MAX_CHANCE = 0.1
"""However rarely a partition comes, one in ten may be called drifted by chance, and no more."""
APART_BLOCKS = 28
"""A window of so many blocks that lies apart (see `Statistic`) is called, however far the column may wander:
the model has seen nothing like it. A level of daily autocorrelation .9 has at most a twentieth where its
reference lies in one of a thousand months; in a fortnight it is thirty times as often: too often to act on.
"""
_MONTH_S = 30 * 86_400
_SHOWN = 3
_SAMPLE, _DRAWS = 0.5, 40
"""A window of less than half the usual rows is a sample of what would be usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a column's shift does to the model; see `ColumnDrift`."""

    effect: float
    importance: float | None


AskModel = Callable[[Sequence[str]], Mapping[str, Moved]]
"""Columns -> what the shift of each does to the model, of those that it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    column: str
    family: Family
    statistic: StatisticName
    value: float
    effect: float
    nulls: Nulls
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """One statistic of one column, of several windows of the same length.

    Attributes:
        values: of the statistic, shape (n_windows,).
        wider: chance moves a window of half the rows by twice the square; what is not chance it moves no
            further. Shape (n_windows,).
        least: smallest mean square that each may have, shape (n_windows,).
        usual: of windows of the usual rows.
    """

    column: str
    family: Family
    statistic: StatisticName
    hidden: bool
    total: Cells
    windows: Cells
    values: Floats
    wider: Floats
    least: Floats
    effect: float
    usual: Nulls

    def p_values(self) -> Floats:
        """See `Null.p_value`; shape (n_windows,)."""
        return self.usual.alert.p_values(self.values, self._means(self.usual.alert))

    def test(self, i: int) -> _Test:
        """That of one window."""
        value, window = float(self.values[i]), self.windows.part(i, i + 1)
        alert, certain = (
            replace(null, mean=float(self._means(null)[i])) for null in (self.usual.alert, self.usual.certain)
        )
        return _Test(
            column=self.column,
            family=self.family,
            statistic=self.statistic,
            value=value,
            effect=self.effect,
            nulls=Nulls(alert=alert, certain=certain),
            told=_told(self.statistic, self.total, window, value, hidden=self.hidden),
        )

    def _means(self, null: Null) -> Floats:
        return np.maximum(null.mean * self.wider, self.least)


def judge_drift(
    partition: str,
    current: Blocks,
    reference: Calibration,
    compared_with: Reference,
    rules: DriftRules,
    *,
    moved: AskModel | None = None,
    hidden: Sequence[str] = (),
    sampled: bool = False,
    asked: Collection[str] | None = None,
) -> DriftReport:
    """Compare a partition with its reference.

    Args:
        current: blocks of the partition.
        reference: what to compare with, calibrated for windows of as many blocks; none is in `current`.
        moved: is asked about columns that drifted, and only then: what stayed moved nothing.
        hidden: columns whose categories are not named.
        sampled: `current` holds some rows of its time, as requests do, and no window is steadier than chance
            makes samples.
        asked: columns that are to be compared; None: all of the reference.
    """
    now = [i for i, profile in enumerate(current.profiles) if profile.rows]
    status: DriftStatus = "judged"
    if current.rows < rules.min_rows:
        status = "not_enough_rows"
    elif not reference.enough:
        status = "not_enough_history"
    filled = [current.profiles[i] for i in now]
    unknown = [*not_compared(reference, filled, rules, asked=asked)] if status == "judged" else []
    compared = [
        both
        for column in (reference.columns if status == "judged" else ())
        if column not in unknown and (asked is None or column in asked)
        for both in _compared(column, reference, filled, hidden=column in hidden, sampled=sampled)
    ]
    chance = _chance(rules, len(now) * current.block_s)
    whole = [window.test(0) for window, _ in compared]
    columns = _judged(whole, chance, long=len(now) >= APART_BLOCKS)
    if moved is not None and (names := sorted({test.column for test in columns if test.drifted})):
        columns = _weighed(columns, moved(names))
    columns.sort(key=_gravity)
    chance, blocks = _chance(rules, current.block_s), [blocks for _, blocks in compared]
    incidents = [
        Incident(block=current.names[now[i]], drift=drift)
        # A window of one block is judged as a whole already.
        for i in (_standing_out(blocks, chance) if len(now) > 1 else ())
        if current.profiles[now[i]].rows >= rules.min_rows
        for drift in _judged([tested.test(i) for tested in blocks], chance)
        if drift.drifted
    ]
    return DriftReport(
        partition=partition,
        status=status,
        window=(current.names[0], current.names[-1]) if current.names else ("", ""),
        reference=compared_with,
        rows=current.rows,
        columns=tuple(columns),
        not_compared=tuple(unknown),
        incidents=tuple(incidents),
        drifted=any(test.drifted for test in columns),
        certain=any(test.certain for test in columns),
        score=_score(columns),
    )


def _chance(rules: DriftRules, window_s: float) -> float:
    return min(MAX_CHANCE, rules.false_alerts_a_month * window_s / _MONTH_S)


def _compared(
    column: str, reference: Calibration, current: Sequence[TableProfile], *, hidden: bool, sampled: bool
) -> Iterator[tuple[_Compared, _Compared]]:
    """For each statistic of a column: the window as a whole, and its blocks."""
    held, family = reference.columns[column], reference.families[column]
    cells = cells_of([held.pooled, *(profile.columns[column] for profile in current)], reference=1)
    if cells is None:
        return  # of two kinds; see `not_compared`
    total, blocks = cells.part(0, 1), cells.part(1, len(cells.counts))
    whole = blocks.total()
    empty = not whole.rows[0]
    if empty and family != "input":
        return  # what is not there yet lies nowhere
    drawn = cache(lambda rows: total.sampled(rows, _DRAWS))  # the same ones for every statistic

    def tested(name: StatisticName, windows: Cells, usual: Nulls, blocks_each: int) -> _Compared:
        rows = windows.rows + windows.missing
        of_all = name == "missing"
        each = (rows if of_all else windows.rows) / blocks_each
        usual_rows = held.usual_rows if of_all else held.usual_present
        values = STATISTICS[name].measure(total, windows)
        if STATISTICS[name].of_values:
            # Without a value, a distribution function stays at zero: as far as any lies, and nowhere.
            values = np.where(windows.rows > 0, values, 0.0)
        least = np.zeros(len(each))
        for i in range(len(each)) if sampled else np.flatnonzero(each < _SAMPLE * usual_rows):
            least[i] = _by_chance(name, total, drawn(int(rows[i])))
        return _Compared(
            column=column,
            family=family,
            statistic=name,
            hidden=hidden,
            total=total,
            windows=windows,
            values=values,
            wider=np.maximum(1.0, usual_rows / np.maximum(each, 1.0)),
            least=least,
            effect=held.statistics[name].effect,
            usual=usual,
        )

    for name, calibrated in held.statistics.items():
        if empty and STATISTICS[name].of_values:
            continue  # that all are missing is told by `missing`
        yield tested(name, whole, calibrated.window, len(current)), tested(name, blocks, calibrated.block, 1)


def _by_chance(name: StatisticName, total: Cells, samples: Cells) -> float:
    """Mean square of a statistic over samples of the reference that are as large as a window.

    Days of a schedule are more alike than samples of it are; what they do by themselves does not suit those.
    """
    statistic = STATISTICS[name]
    values = statistic.measure(total, samples)
    return float((values**2 if statistic.squared else values).mean())


def _standing_out(compared: Sequence[_Compared], chance: float) -> list[int]:
    """Numbers of the windows of which some test is called: few, so that only these are told about."""
    if not compared:
        return []
    p_values = np.array([tested.p_values() for tested in compared])
    moved = np.array([tested.values >= tested.effect for tested in compared])
    called = [
        (np.array(benjamini_yekutieli(column.tolist())) <= chance) & column_moved
        for column, column_moved in zip(p_values.T, moved.T, strict=True)
    ]
    return [i for i, tests in enumerate(called) if tests.any()]


def _judged(tests: Sequence[_Test], chance: float, *, long: bool = False) -> list[ColumnDrift]:
    """`long`: whether the windows have `APART_BLOCKS`."""
    p_values = [test.nulls.alert.p_value(test.value) for test in tests]
    q_values = benjamini_yekutieli(p_values)
    surely: Sequence[float] = [1.0] * len(tests)
    # Mostly nothing is called, and nobody asks how certain that is.
    if any(q <= chance for q in q_values):
        surely = benjamini_yekutieli([test.nulls.certain.p_value(test.value) for test in tests])
    # What one test needs by itself, however the others come out.
    alone = chance / max(1.0, len(tests) * sum(1 / i for i in range(1, len(tests) + 1)))
    judged = []
    for test, p, q, sure in zip(tests, p_values, q_values, surely, strict=True):
        limit = max(test.effect, test.nulls.alert.limit(alone))
        drifted = q <= chance and test.value >= test.effect
        certain = drifted and sure <= chance
        apart = STATISTICS[test.statistic].apart
        if long and apart is not None and test.effect <= apart < limit:
            limit = apart
            drifted, certain = drifted or test.value >= apart, certain or test.value >= apart
        judged.append(
            ColumnDrift(
                column=test.column,
                family=test.family,
                statistic=test.statistic,
                value=test.value,
                limit=limit,
                p_value=p,
                q_value=q,
                judged=drifted or limit <= STATISTICS[test.statistic].most,
                drifted=drifted,
                certain=certain,
                message=f"{test.column}: {test.told} (limit {limit:.3g})",
            )
        )
    return judged


def _weighed(tests: Sequence[ColumnDrift], moved: Mapping[str, Moved]) -> list[ColumnDrift]:
    return [
        test.model_copy(update={"effect": of_model.effect, "importance": of_model.importance})
        if (of_model := moved.get(test.column))
        else test
        for test in tests
    ]


def _gravity(test: ColumnDrift) -> tuple[bool, float, float, str, str]:
    weight = (test.effect or 0.0) * (1.0 if test.importance is None else test.importance)
    return (not test.drifted, -weight, test.q_value, test.column, test.statistic)


def _score(columns: Sequence[ColumnDrift]) -> float:
    """See `DriftReport.score`."""
    inputs = {test.column for test in columns if test.family == "input"}
    drifted = {test.column: test for test in columns if test.drifted and test.family == "input"}
    alike = 1 / len(inputs) if inputs else 0.0
    return sum(
        (test.effect or 0.0) * (alike if test.importance is None else test.importance)
        for test in drifted.values()
    )


def _told(name: StatisticName, total: Cells, window: Cells, value: float, *, hidden: bool) -> str:
    if name == "missing":
        now, before = (float(_missing_share(cells)[0]) for cells in (window, total))
        return f"{now:.1%} missing, in the reference {before:.1%}"
    if name == "new_categories":
        new = [
            (float(share), category)
            for share, known, category in zip(window.shares[0], total.counts[0], window.names, strict=True)
            if share and not known and category != OTHER
        ]
        named = ", ".join(
            category for _, category in sorted(new, key=lambda item: (-item[0], item[1]))[:_SHOWN]
        )
        return f"{value:.1%} of new categories" + (f" such as {named}" if named and not hidden else "")
    return f"{name.replace('_', ' ')} {value:.3g}"


def _missing_share(cells: Cells) -> Floats:
    return np.asarray(cells.missing / np.maximum(cells.rows + cells.missing, 1.0))

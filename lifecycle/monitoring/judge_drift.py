"""From profiles of blocks to verdicts: a window as a whole, and each of its blocks by itself."""

from collections.abc import Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    column: str
    family: Family
    statistic: StatisticName
    value: float
    effect: float
    nulls: Nulls
    told: str


def judge_drift(
    partition: str,
    current: Blocks,
    reference: Calibration,
    compared_with: Reference,
    rules: DriftRules,
    *,
    moved: Mapping[str, Moved] | None = None,
    hidden: Sequence[str] = (),
    sampled: bool = False,
) -> DriftReport:
    """Compare a partition with its reference.

    Args:
        current: blocks of the partition.
        reference: what to compare with, calibrated for windows of as many blocks; none is in `current`.
        moved: input -> what its shift does to the model; None: no model was asked.
        hidden: columns whose categories are not named.
        sampled: `current` holds some rows of its time, as requests do, and no window is steadier than chance
            makes samples.
    """
    now = [i for i, profile in enumerate(current.profiles) if profile.rows]
    status: DriftStatus = "judged"
    if current.rows < rules.min_rows:
        status = "not_enough_rows"
    elif not reference.enough:
        status = "not_enough_history"
    whole, single = list[_Test](), [list[_Test]() for _ in now]
    for column in reference.columns if status == "judged" else ():
        for compared in _tests(
            column,
            reference,
            [current.profiles[i] for i in now],
            hidden=column in hidden,
            sampled=sampled,
        ):
            whole.append(compared[0])
            for tests, test in zip(single, compared[1:], strict=True):
                tests.append(test)
    chance = _chance(rules, len(now) * current.block_s)
    columns = sorted(_judged(whole, chance, moved, long=len(now) >= APART_BLOCKS), key=_gravity)
    incidents = [
        Incident(block=current.names[i], drift=drift)
        for i, tests in zip(now, single, strict=True)
        # A window of one block is judged as a whole already.
        if len(now) > 1 and current.profiles[i].rows >= rules.min_rows
        for drift in _judged(tests, _chance(rules, current.block_s), None)
        if drift.drifted
    ]
    return DriftReport(
        partition=partition,
        status=status,
        window=(current.names[0], current.names[-1]) if current.names else ("", ""),
        reference=compared_with,
        rows=current.rows,
        columns=tuple(columns),
        incidents=tuple(incidents),
        drifted=any(test.drifted for test in columns),
        certain=any(test.certain for test in columns),
        score=_score(columns),
    )


def _chance(rules: DriftRules, window_s: float) -> float:
    return min(MAX_CHANCE, rules.false_alerts_a_month * window_s / _MONTH_S)


def _tests(
    column: str, reference: Calibration, current: Sequence[TableProfile], *, hidden: bool, sampled: bool
) -> Iterator[list[_Test]]:
    """For each statistic of a column: the test of the window as a whole, then those of its blocks."""
    held, family = reference.columns[column], reference.families[column]
    if any(column not in profile.columns for profile in current):
        return
    cells = cells_of([held.pooled, *(profile.columns[column] for profile in current)], reference=1)
    if cells is None:
        return
    total, blocks = cells.part(0, 1), cells.part(1, len(cells.counts))
    drawn = cache(lambda rows: total.sampled(rows, _DRAWS))  # the same ones for every statistic
    for name, calibrated in held.statistics.items():
        tests = []
        for windows, of_usual, blocks_each in (
            (blocks.total(), calibrated.window, len(current)),
            (blocks, calibrated.block, 1),
        ):
            values = STATISTICS[name].measure(total, windows)
            for i, value in enumerate(values):
                window = windows.part(i, i + 1)
                of_all = name == "missing"
                usual = held.usual_rows if of_all else held.usual_present
                rows = float((window.rows + window.missing if of_all else window.rows)[0]) / blocks_each
                least = 0.0
                if sampled or rows < _SAMPLE * usual:
                    samples = drawn(int((window.rows + window.missing)[0]))
                    least = _by_chance(name, total, samples)
                alert, certain = (
                    _of_fewer_rows(null, usual, rows, least) for null in (of_usual.alert, of_usual.certain)
                )
                tests.append(
                    _Test(
                        column=column,
                        family=family,
                        statistic=name,
                        value=float(value),
                        effect=calibrated.effect,
                        nulls=Nulls(alert=alert, certain=certain),
                        told=_told(name, total, window, float(value), hidden=hidden),
                    )
                )
        yield tests


def _of_fewer_rows(null: Null, usual: float, rows: float, least: float) -> Null:
    """Chance moves a window of half the rows by twice the square; what is not chance it moves no further.

    Args:
        least: smallest mean square that it may have.
    """
    return replace(null, mean=max(null.mean * max(1.0, usual / max(rows, 1.0)), least))


def _by_chance(name: StatisticName, total: Cells, samples: Cells) -> float:
    """Mean square of a statistic over samples of the reference that are as large as a window.

    Days of a schedule are more alike than samples of it are; what they do by themselves does not suit those.
    """
    statistic = STATISTICS[name]
    values = statistic.measure(total, samples)
    return float((values**2 if statistic.squared else values).mean())


def _judged(
    tests: Sequence[_Test], chance: float, moved: Mapping[str, Moved] | None, *, long: bool = False
) -> list[ColumnDrift]:
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
        of_model = (moved or {}).get(test.column)
        judged.append(
            ColumnDrift(
                column=test.column,
                family=test.family,
                statistic=test.statistic,
                value=test.value,
                limit=limit,
                p_value=p,
                q_value=q,
                effect=of_model.effect if of_model else None,
                importance=of_model.importance if of_model else None,
                judged=drifted or limit <= STATISTICS[test.statistic].most,
                drifted=drifted,
                certain=certain,
                message=f"{test.column}: {test.told} (limit {limit:.3g})",
            )
        )
    return judged


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

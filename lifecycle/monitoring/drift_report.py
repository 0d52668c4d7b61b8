"""The drift report of one partition: what was compared, what moved, and whether it is more than usual."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.monitoring.statistic import STATISTICS
from lifecycle.spec.kinds import Record
from lifecycle.spec.monitoring import Family, StatisticName

DriftStatus = Literal["judged", "not_enough_history", "not_enough_rows"]
PREDICTION = "(prediction)"
"""Column of the champion's scores; no feature can be called that."""


class ColumnDrift(Record):
    """One statistic of one column.

    Attributes:
        value: of the statistic.
        limit: from where on it is called drift, whatever the other columns do.
        p_value: how often the reference by itself lies this far.
        q_value: `p_value` corrected for all tests of the report (Benjamini and Yekutieli).
        effect: how far the model's mean score moves if only this column does, in the score's own unit;
            None: it did not drift, is no input, or no model was asked.
        importance: share of the model's permutation importance; None: as `effect`.
        judged: whether any value could have been called. Of a column that wanders as one trend, a short
            reference does not tell how far, and the limit lies beyond what the statistic can reach.
        certain: drifted, and worth more than a look: a window of one block is beyond a limit whose
            estimates are taken at bounds of 99 %, not 90 %, as a level that wanders takes several along.
    """

    column: str
    family: Family
    statistic: StatisticName
    value: float
    limit: float
    p_value: float
    q_value: float
    effect: float | None = None
    importance: float | None = None
    judged: bool = True
    drifted: bool
    certain: bool = False
    message: str


class Incident(Record):
    """A block (a day, say) that is unlike the reference's own ones, whatever its partition is like."""

    block: str
    drift: ColumnDrift


class Reference(Record):
    """What a partition was compared with."""

    kind: Literal["training", "rolling"]
    version: str | None = None
    """Whose training it was; None: of a rolling reference."""
    partitions: tuple[str, ...]
    blocks: int
    rows: int


class DriftReport(Record):
    """What all columns of a partition did.

    Attributes:
        window: first and last block of the partition.
        columns: every test, the one that moved the model most first.
        not_compared: columns of which one side has nothing to compare, such as features that its tables lack.
        incidents: blocks of the partition that stand out by themselves. They say what happened on a day; only
            `drifted` speaks of the partition.
        certain: whether a column has drifted for certain; see `ColumnDrift`.
        score: sum over drifted inputs of importance times effect, in the unit of the model's score; of a
            model without importances, every input counts alike.
        model: version that scored; None: none did.
        separable: area under the ROC curve of a classifier that tells the partition's rows from the
            reference's; None: it was not asked.
    """

    format: Literal[1] = 1
    partition: str
    status: DriftStatus
    window: tuple[str, str]
    reference: Reference
    rows: int
    columns: tuple[ColumnDrift, ...]
    not_compared: tuple[str, ...] = ()
    incidents: tuple[Incident, ...] = ()
    drifted: bool
    certain: bool = False
    score: float
    model: str | None = None
    separable: float | None = None
    separable_low: float | None = None
    separable_high: float | None = None
    separable_by_itself: float | None = None
    """The same between the earlier and the later half of the reference."""

    @property
    def drifted_columns(self) -> tuple[str, ...]:
        """Names of the drifted columns, each once, in the report's order."""
        return tuple(dict.fromkeys(test.column for test in self.columns if test.drifted))

    @property
    def unjudged_columns(self) -> tuple[str, ...]:
        """Columns of which no test of their values could have called anything: unknown, not unmoved.

        That none is missing or far out of range says nothing of where the others lie.
        """
        return *self.not_compared, *self._wandering

    @property
    def _wandering(self) -> tuple[str, ...]:
        of_values = [test for test in self.columns if STATISTICS[test.statistic].of_values]
        judged = {test.column for test in of_values if test.judged}
        return tuple(dict.fromkeys(test.column for test in of_values if test.column not in judged))

    @property
    def incident_blocks(self) -> tuple[str, ...]:
        """Blocks that stand out, the one with the most tests first."""
        counted = Counter(incident.block for incident in self.incidents)
        return tuple(sorted(counted, key=lambda block: (-counted[block], block)))

    @property
    def message(self) -> str:
        """One line for people."""
        if self.status == "not_enough_history":
            return f"not enough history: {self.reference.blocks} blocks to compare with, it takes 4"
        if self.status == "not_enough_rows":
            return f"{self.rows} rows are too few to be judged"
        told = [test.message for test in self.columns if test.drifted][:3]
        if self.incidents:
            told.append(self.incident_message)
        if self.unjudged_columns:
            told.append(self.unjudged_message)
        return "; ".join(told) or "as its reference"

    @property
    def unjudged_message(self) -> str:
        """One line about the columns of which nothing is known; empty: there is none."""
        told = []
        if self.not_compared:
            told.append(
                f"{_first(self.not_compared, 6)} cannot be compared, as tables of one side lack them or hold "
                "another kind of values: make `features` of reference and partition by today's spec"
            )
        if self._wandering:
            told.append(
                f"{self.reference.blocks} blocks of reference do not tell how far a window of this length "
                f"wanders in {_first(self._wandering, 6)}: compare with more of them, or watch fewer columns"
            )
        return "; ".join(told)

    @property
    def incident_message(self) -> str:
        """One line about the days that stand out, with the columns of the worst; empty: none does."""
        if not (days := self.incident_blocks):
            return ""
        worst = sorted(
            (incident.drift for incident in self.incidents if incident.block == days[0]),
            key=lambda drift: drift.q_value,
        )
        others = list(dict.fromkeys(one.column for one in worst if one.column != worst[0].column))
        also = f"; also {_first(others, 6)}" if others else ""
        return f"unlike other days: {_first(days, 3)} ({worst[0].message}{also})"


def _first(names: Sequence[str], shown: int) -> str:
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def read_drift_report(text: bytes) -> DriftReport:
    """A report from its JSON.

    Raises:
        LifecycleError: it is none, or of a format that this release does not read.
    """
    try:
        return DriftReport.model_validate_json(text)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole text"
        raise LifecycleError(
            f"not a drift report of format 1: first problem at {where}: {first['msg']}; "
            "materialize the partition of `drift` again"
        ) from exc

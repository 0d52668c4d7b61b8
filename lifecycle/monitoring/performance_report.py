"""What is known of how well a version does on a window: JSON beside the partition's feature table."""

from typing import Literal

from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.metrics.metric import Better
from lifecycle.spec.kinds import Record


class Ranged(Record):
    """A value with its interval; None, twice: it has none."""

    value: float
    low: float | None = None
    high: float | None = None


class Gap(Ranged):
    """Realised minus estimated, of the same labelled rows."""

    shown: bool
    """Whether zero lies outside the interval."""


class MetricPerformance(Record):
    """One metric of a window."""

    metric: str
    better: Better
    realised: Ranged | None
    """Of the rows whose label is known; None: it cannot be computed on them."""
    estimated: Ranged | None
    """Of all rows, without a look at their labels; None: it is not estimated."""
    gap: Gap | None
    """How far concepts have drifted; None: one side is unknown."""
    baseline: Ranged | None
    """What the version's evaluation found on its holdout; None: it does not tell."""


class PerformanceReport(Record):
    """How well what answers does."""

    format: Literal[1] = 1
    partition: str
    partitions: tuple[str, ...]
    """That were measured together, oldest first."""
    version: str | None
    """None: there is none that had not seen the window when it came."""
    as_of: str
    """When labels were looked at, in ISO 8601."""
    rows: int
    labelled: int
    settled: int
    """Rows whose label came, or never will."""
    mature: bool
    metric: str
    """The one that is judged."""
    metrics: tuple[MetricPerformance, ...]
    business: MetricPerformance | None
    """Mean worth of a row, in `business_unit`."""
    business_unit: str | None
    level: float
    assumptions: tuple[str, ...]
    """Of the estimates; empty: there are none."""
    message: str
    """Why there is less than there could be; empty: there is not."""

    @property
    def coverage(self) -> float:
        """Share of rows whose label is known."""
        return self.labelled / self.rows if self.rows else 0.0

    @property
    def judged(self) -> MetricPerformance | None:
        """The metric that is judged; None: it is not among them."""
        return next((one for one in self.metrics if one.metric == self.metric), None)

    @property
    def trusted(self) -> Ranged | None:
        """What floor and decay are judged by: the realised value once mature, else the estimate."""
        judged = self.judged
        if judged is None:
            return None
        return judged.realised if self.mature or judged.estimated is None else judged.estimated


def read_performance_report(content: bytes) -> PerformanceReport:
    """The report that was written as JSON.

    Raises:
        LifecycleError: it is none, or of a format of the future.
    """
    try:
        return PerformanceReport.model_validate_json(content)
    except ValidationError as exc:
        raise LifecycleError(
            f"not a performance report of format 1: {exc.error_count()} problem(s); materialize it again"
        ) from exc

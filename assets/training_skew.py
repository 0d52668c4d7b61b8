"""Whether what was served is spread as what the champion learned from: skew between training and serving.

A check of `traffic`, as only that reads what requests brought: `skew` compares single rows with their feature
table, and sees nothing where a request tells no event time or the table repeats the request's own fault.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dagster as dg

from assets.drift_watch import DRIFT_FILE, Compared, DriftWatch
from assets.keys import FEATURES, TRAINING_SKEW_CHECK
from assets.metadata import markdown_table, picture
from assets.traffic_skew import FEATURE, versions_of_plan
from lifecycle.endpoint.service_metrics import NOT_JUDGED
from lifecycle.errors import LifecycleError
from lifecycle.monitoring.drift_pictures import histograms_png
from lifecycle.monitoring.drift_report import DriftReport, read_drift_report
from resources.warehouse.base import TableRef

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_TESTS = 40
TRAINING_SKEW_FILE = "training_skew"
"""Beginning of the names of the reports beside the table of `traffic`, one a version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSkew:
    """Features of a partition as they were served, beside the champion's training."""

    versions: Mapping[str, Compared] = field(default_factory=dict)
    """Version that answered -> what its rows are like."""
    in_table: frozenset[str] = frozenset()
    """Columns that `drift` calls in the partition's feature table: the world moved, not serving alone."""
    problem: str | None = None
    """Why nothing was compared."""

    @property
    def judged(self) -> Mapping[str, DriftReport]:
        """Reports of the versions that answered enough to be judged."""
        reports = {version: one.report for version, one in self.versions.items()}
        return {version: report for version, report in reports.items() if report.status == "judged"}

    @property
    def unlike(self) -> Mapping[str, DriftReport]:
        """Versions whose rows, or single days, are unlike the training, or may be: unknown is no pass."""
        return {
            v: report
            for v, report in self.judged.items()
            if report.drifted or report.incidents or report.unjudged_columns
        }

    @property
    def ok(self) -> bool:
        """Whether something was judged and is as in the training."""
        return bool(self.judged) and not self.unlike

    @property
    def told(self) -> str:
        """For people."""
        if self.problem is not None:
            return f"not comparable: {self.problem}"
        if not self.judged:
            reports = [f"version {v}: {one.report.message}" for v, one in self.versions.items()]
            return f"not comparable: {'; '.join(reports)}"
        if not self.unlike:
            return f"as in the training, by {sum(r.rows for r in self.judged.values()):,} rows"
        return "; ".join(f"version {v}: {self._told(report)}" for v, report in self.unlike.items())

    def _told(self, report: DriftReport) -> str:
        also = [name for name in report.drifted_columns if name in self.in_table]
        return report.message + (f"; in the feature table, too: {', '.join(also)}" if also else "")


def training_skew_of(watch: Callable[[], DriftWatch], table: TableRef, rows: "pa.Table") -> TrainingSkew:
    """Compare answered rows with what the champion learned from, version by version, in one pass each.

    Statistics, limits and false alarms are those of `drift`. Versions with another feature plan than the
    spec's are left out, and so are requests that were sent to a version on purpose.

    Args:
        watch: makes the watch of `drift`, which is asked for only where there is something to compare.
        table: of the partition's answers.
        rows: of the log, with their features.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = rows.filter(pc.invert(pc.is_in(rows["assignment"], pa.array(sorted(NOT_JUDGED)))))
    if not rows.num_rows:
        return TrainingSkew(problem="nothing was answered")
    try:
        made = watch()
        versions = versions_of_plan(made.tracking, made.spec.name, made.plan, rows)
        if not versions:
            return TrainingSkew(problem="no version with the feature plan of the spec answered")
        names = [f.name for f in made.plan.features if f"{FEATURE}{f.name}" in rows.column_names]
        if not names:
            return TrainingSkew(problem="the log keeps no feature of the plan")
        renamed = rows.select(["at", "version", *(f"{FEATURE}{name}" for name in names)]).rename_columns(
            ["@at", "@version", *names]
        )
        found = {
            version: made.judge_served(
                table, renamed.filter(pc.equal(renamed["@version"], version)), at="@at"
            )
            for version in versions
        }
    except LifecycleError as exc:
        # A warning that cannot be given takes nobody the table of what was answered.
        return TrainingSkew(problem=str(exc))
    for version, one in found.items():
        content = one.report.model_dump_json(indent=1).encode()
        made.warehouse.attach(table, f"{TRAINING_SKEW_FILE}.{version}.json", content)
    return TrainingSkew(versions=found, in_table=_moved_in_the_world(made, table.partition))


def _moved_in_the_world(watch: DriftWatch, partition: str) -> frozenset[str]:
    features = watch.warehouse.published(watch.spec.name, FEATURES, partition)
    kept = watch.warehouse.attached(features, DRIFT_FILE) if features is not None else None
    return frozenset(read_drift_report(kept).drifted_columns) if kept is not None else frozenset()


def training_skew_result(found: Mapping[str, TrainingSkew]) -> dg.AssetCheckResult:
    """One result for all partitions, what moved the model most first; what is unknown is no pass."""
    wrong = {partition: one for partition, one in found.items() if not one.ok}
    shown = dict[str, dg.MetadataValue]()
    if lines := [line for partition, one in found.items() for line in _lines(partition, one)][:SHOWN_TESTS]:
        head = ["partition", "version", "feature", "statistic", "value", "limit", "effect", "importance", ""]
        shown["features"] = markdown_table([*head, "in the feature table"], lines)
    if len(found) == 1:
        for version, one in next(iter(found.values())).versions.items():
            drawn = histograms_png(one.report, one.before, one.now)
            if drawn is not None:
                shown[f"histograms_{version}"] = picture(drawn, f"as served by version {version}")
    return dg.AssetCheckResult(
        check_name=TRAINING_SKEW_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{p}: {one.told}" for p, one in (wrong or found).items())[:500],
        metadata=shown,
    )


def _lines(partition: str, one: TrainingSkew) -> list[list[str]]:
    return [
        [
            partition,
            version,
            test.column,
            test.statistic.replace("_", " "),
            f"{test.value:.4g}",
            f"{test.limit:.4g}",
            "-" if test.effect is None else f"{test.effect:.4f}",
            "-" if test.importance is None else f"{test.importance:.1%}",
            "skewed" if test.drifted else "",
            "moved, too" if test.column in one.in_table else "",
        ]
        for version, report in one.judged.items()
        for test in report.columns
    ]

"""Whether features that were served are those that a training would see: training-serving skew."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assets.keys import FEATURES
from lifecycle.endpoint.log.labelled import event_times_us, key_texts
from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Value
from lifecycle.features.parity import same
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import from_python
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import Tracking
from resources.warehouse.base import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_ROWS = 1000
"""Most rows of a partition that are compared."""
FEATURE = "feature."
"""What names of features begin with in the log."""
_PLAN_TAG = "flywheel.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """Features as they were served beside those of the feature table, for the same entity and event time."""

    compared: int = 0
    """Rows of both."""
    differing: Mapping[str, int] = field(default_factory=dict)
    """Feature -> rows in which it differs."""
    samples: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    """Of each such feature the first: as served, as in the table."""
    problem: str | None = None
    """Why nothing was compared."""

    @property
    def ok(self) -> bool:
        """Whether rows were compared and all are alike."""
        return self.compared > 0 and not self.differing

    @property
    def told(self) -> str:
        """For people."""
        if self.problem is not None:
            return f"not comparable: {self.problem}"
        features = ", ".join(f"{name} in {count:,}" for name, count in self.differing.items())
        return f"{self.compared:,} rows compared, " + (
            f"that differ: {features}" if features else "all alike"
        )


def skew_of(
    spec: ModelSpec,
    plan: FeaturePlan,
    tracking: Tracking,
    warehouse: Warehouse,
    partition: str,
    rows: "pa.Table",
) -> Skew:
    """Compare answered rows with the feature table of their partition.

    The table is computed from the source by the offline path: a request that told something else than the
    source says now, a lookup that was old, or a wrong online path, each makes a difference. Only versions
    with the spec's own feature plan are compared, and only events whose time the request told.

    Args:
        plan: of the spec.
        partition: of the answers; events of the same one are looked up.
        rows: of the log, with their features.
    """
    names = [f.name for f in plan.features if f"{FEATURE}{f.name}" in rows.column_names]
    table = warehouse.published(spec.name, FEATURES, partition)
    if not rows.num_rows:
        return Skew(problem="nothing was answered")
    if table is None:
        return Skew(problem=f"{FEATURES} of {partition} is not materialized yet")
    if not names:
        return Skew(problem="the log keeps no feature of the plan")
    answered = _sampled(rows, versions_of_plan(tracking, spec.name, plan, rows))
    if not answered.num_rows:
        return Skew(problem="no version with the feature plan of the spec answered")
    offline = dict(_offline(warehouse.read(table, _columns(spec, names)), spec, names))
    return _compared(answered, offline, spec, names)


def versions_of_plan(tracking: Tracking, model: str, plan: FeaturePlan, rows: "pa.Table") -> list[str]:
    """Versions that answered and compute the very plan."""
    found = []
    for version in rows["version"].unique().drop_null().to_pylist():
        try:
            tags = tracking.version(model, version).tags
        except LifecycleError:
            continue  # the registry forgot it, so nobody knows its plan
        if tags.get(_PLAN_TAG) == plan.fingerprint:
            found.append(version)
    return found


def _sampled(rows: "pa.Table", versions: list[str]) -> "pa.Table":
    """Answered rows of some versions, evenly over the partition."""
    import pyarrow as pa
    import pyarrow.compute as pc

    scored = rows.filter(
        pc.and_(pc.is_in(rows["version"], pa.array(versions, pa.string())), rows["value"].is_valid())
    )
    step = -(-scored.num_rows // SAMPLE_ROWS) or 1
    return scored.take(pa.array(range(0, scored.num_rows, step), pa.int64()))


def _columns(spec: ModelSpec, names: list[str]) -> list[str]:
    times = [] if spec.data.event_time is None else [spec.data.event_time]
    return list(dict.fromkeys([spec.data.entity, *times, *names]))


_Event = tuple[str | None, int | None]


def _offline(
    table: "pa.Table", spec: ModelSpec, names: list[str]
) -> Iterator[tuple[_Event, dict[str, Value]]]:
    keys = key_texts(table[spec.data.entity]).to_pylist()
    times: list[int | None] = [None] * table.num_rows
    if spec.data.event_time is not None:
        times = table[spec.data.event_time].cast("int64").to_pylist()
    for event, row in zip(zip(keys, times, strict=True), table.select(names).to_pylist(), strict=True):
        yield event, {name: from_python(value) for name, value in row.items()}


def _compared(
    answered: "pa.Table", offline: Mapping[_Event, Mapping[str, Value]], spec: ModelSpec, names: list[str]
) -> Skew:
    keys = answered["key"].to_pylist()
    times: list[int | None] = [None] * len(keys)
    if spec.data.event_time is not None:
        times = event_times_us(answered, spec.data.event_time).to_pylist()
    served = answered.select([f"{FEATURE}{name}" for name in names]).to_pylist()
    compared, differing, samples = 0, Counter[str](), dict[str, tuple[Value, Value]]()
    for event, row in zip(zip(keys, times, strict=True), served, strict=True):
        kept = offline.get(event)
        if kept is None:
            continue
        compared += 1
        for name in names:
            ours = row[f"{FEATURE}{name}"]
            if not same(ours, kept[name]):
                differing[name] += 1
                samples.setdefault(name, (ours, kept[name]))
    if not compared:
        return Skew(problem="no answered row has an event of the feature table: do requests tell their time?")
    return Skew(compared=compared, differing=dict(differing), samples=samples)

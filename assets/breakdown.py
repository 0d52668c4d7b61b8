"""The parts of an evaluation that need more than its feature table: columns of the request, the champion."""

from typing import TYPE_CHECKING

from assets.champion import champion_scores, snapshot_columns
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.evaluation.slices.masks import columns_read
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.judging import Scored, judge
from lifecycle.registry.judging_parts import judge_parts
from lifecycle.spec.evaluation import EvaluationSection
from lifecycle.spec.gates import FairnessGate, RelativeGate, SliceGate
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import Tracking
from resources.warehouse.base import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def judged_parts(
    spec: ModelSpec, warehouse: Warehouse, tracking: Tracking, bundle: Bundle, holdout: Scored
) -> EvaluationReport:
    """The report of a version with slices, groups and the champion, put to the gates on all of these."""
    rows = holdout.kept.table
    return judge_parts(
        judge(spec, bundle, holdout),
        spec,
        bundle,
        holdout,
        columns=beside_the_features(spec, warehouse, bundle, rows),
        champion=champion_scores(spec, warehouse, tracking, bundle, rows),
    )


def beside_the_features(
    spec: ModelSpec, warehouse: Warehouse, bundle: Bundle, rows: "pa.Table"
) -> "pa.Table":
    """Columns of the request that slices and attributes read and the feature table does not hold."""
    plan = bundle.plan
    lacking = [name for name in columns_read(spec, plan) if name not in rows.column_names]
    return snapshot_columns(spec, warehouse, bundle, rows, lacking) if lacking else rows.select([])


def part_gates(section: EvaluationSection) -> dict[str, str]:
    """Name -> what it looks at, of every gate that `judged_parts` decides, in its order."""
    return {gate.name: gate_description(gate) for gate in section.part_gates}


def gate_description(gate: SliceGate | RelativeGate | FairnessGate) -> str:
    """What a gate's check says of itself.

    >>> gate_description(RelativeGate(relative="auc"))
    "auc no worse than the champion's by more than 1.00% of it"
    """
    if isinstance(gate, SliceGate):
        return f"{gate.metric} of each slice of {gate.slice}"
    if isinstance(gate, FairnessGate):
        return f"{gate.fairness} over the groups of {gate.attribute}"
    where = f" on each slice of {gate.slice}" if gate.slice else ""
    if gate.superiority:
        return f"{gate.relative} better than the champion's{where}"
    margin = f"{gate.margin:.3g}" if gate.margin_is == "absolute" else f"{gate.margin:.2%} of it"
    return f"{gate.relative} no worse than the champion's by more than {margin}{where}"

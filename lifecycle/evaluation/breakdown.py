"""The report broken down: slices, discovered slices, groups, the champion beside it, and their gates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lifecycle.evaluation.comparison import ChampionScores, Comparison, against_champion
from lifecycle.evaluation.fairness import Attribute, AttributeFairness, measure_fairness
from lifecycle.evaluation.gates.fairness import decide_fairness
from lifecycle.evaluation.gates.relative import decide_relative
from lifecycle.evaluation.gates.slices import decide_slices
from lifecycle.evaluation.gates.verdict import GateResult, decide_verdict
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.evaluation.sample import Sample
from lifecycle.evaluation.slices.discover import DiscoveryResult, discover_slices
from lifecycle.evaluation.slices.masks import SliceRows
from lifecycle.evaluation.slices.measure import SliceResult, measure_slices
from lifecycle.features.expression import Kind
from lifecycle.spec.gates import FairnessGate, RelativeGate, SliceGate
from lifecycle.spec.slices import Discovery

if TYPE_CHECKING:
    import pyarrow as pa

BrokenDownGate = SliceGate | RelativeGate | FairnessGate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What a report is to be broken down by.

    Attributes:
        features: the evaluated rows' features, with their kinds: what slices are discovered in.
        champion: its scores, or why there are none.
        gates: those that need the parts made here.
    """

    slices: Sequence[SliceRows]
    attributes: Sequence[Attribute]
    discovery: Discovery
    features: "pa.Table"
    kinds: Mapping[str, Kind]
    champion: ChampionScores | Comparison
    gates: Sequence[BrokenDownGate]


def break_down(
    report: EvaluationReport, sample: Sample, asked: Asked, *, n_resamples: int, level: float
) -> EvaluationReport:
    """The report with its slices, groups and comparison, and the verdict of all gates together.

    Every part is resampled with the report's seed.
    """
    named = [gate.relative for gate in asked.gates if isinstance(gate, RelativeGate)]
    named += [gate.metric for gate in asked.gates if isinstance(gate, SliceGate)]
    names = dict.fromkeys([*(m.metric for m in report.metrics), *named])
    metrics = [metric(name, report.task) for name in names]
    slices = measure_slices(
        metrics, sample, asked.slices, seed=report.seed, n_resamples=n_resamples, level=level
    )
    fairness = measure_fairness(
        sample, asked.attributes, seed=report.seed, n_resamples=n_resamples, level=level
    )
    comparison = (
        asked.champion
        if isinstance(asked.champion, Comparison)
        else against_champion(
            metrics,
            sample,
            asked.champion,
            asked.slices,
            seed=report.seed,
            n_resamples=n_resamples,
            level=level,
        )
    )
    gates = (*report.gates, *(_decide(gate, report, slices, fairness, comparison) for gate in asked.gates))
    return replace(
        report,
        slices=slices,
        discovered=_discovered(report, sample, asked, n_resamples=n_resamples, level=level),
        fairness=fairness,
        comparison=comparison,
        gates=gates,
        verdict=decide_verdict(gates),
    )


def _decide(
    gate: BrokenDownGate,
    report: EvaluationReport,
    slices: Sequence[SliceResult],
    fairness: Sequence[AttributeFairness],
    comparison: Comparison,
) -> GateResult:
    if isinstance(gate, SliceGate):
        return decide_slices(gate, slices)
    if isinstance(gate, FairnessGate):
        return decide_fairness(gate, fairness)
    better = metric(gate.relative, report.task).better
    return decide_relative(gate, comparison, better="lower" if better == "lower" else "higher")


def _discovered(
    report: EvaluationReport, sample: Sample, asked: Asked, *, n_resamples: int, level: float
) -> DiscoveryResult | None:
    discovery = asked.discovery
    if not discovery.max_predicates:
        return None
    return discover_slices(
        sample,
        asked.features,
        asked.kinds,
        max_predicates=discovery.max_predicates,
        min_rows=discovery.min_rows,
        n_candidates=discovery.candidates,
        false_discovery_rate=discovery.false_discovery_rate,
        seed=report.seed,
        n_resamples=n_resamples,
        level=level,
    )

"""A judged version broken down: by slices, by groups, against the champion, with the gates on these."""

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.breakdown import Asked, break_down
from lifecycle.evaluation.comparison import ChampionScores, Comparison
from lifecycle.evaluation.fairness import Attribute
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.evaluation.sample import build_sample
from lifecycle.evaluation.slices.masks import group_masks, spec_slices
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.shown import hidden_names, shown_features
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.judging import Scored
from lifecycle.spec.model_spec import ModelSpec

if TYPE_CHECKING:
    import pyarrow as pa


def judge_parts(
    report: EvaluationReport,
    spec: ModelSpec,
    bundle: Bundle,
    scored: Scored,
    *,
    columns: "pa.Table",
    champion: ChampionScores | Comparison,
) -> EvaluationReport:
    """The report with its parts, and the verdict of their gates and of those it had.

    Args:
        report: of all rows, of which the parts see `Scored.kept`.
        columns: of the rows kept, what `columns_read` names and the feature table does not hold.
        champion: its scores, or why there are none.
    """
    section, kept = spec.evaluation, scored.kept
    table = kept.table
    for name in columns.column_names:
        table = table.append_column(name, columns[name])
    plan = bundle.plan
    sample = build_sample(
        spec.model.task,
        kept.labels,
        kept.scores,
        blocks=kept.blocks,
        threshold=bundle.manifest.threshold,
    )
    asked = Asked(
        slices=spec_slices(spec, plan, table),
        attributes=spec_attributes(spec, plan, table),
        discovery=section.discovery,
        features=table,
        # What was discovered is told by values.
        kinds=dict(shown_features(plan)),
        champion=champion,
        gates=section.part_gates,
    )
    return break_down(report, sample, asked, n_resamples=section.resamples, level=section.level)


def draw_parts(report: EvaluationReport, metric: str) -> Mapping[str, bytes]:
    """Pictures of the slices and of the comparison, where there is something to draw."""
    from lifecycle.evaluation.part_pictures import comparison_png, slices_png

    pictures = {}
    for name, drawn in (("slices", slices_png), ("against_the_champion", comparison_png)):
        # A part without intervals is no error: the tables and the gates say what is missing.
        with contextlib.suppress(LifecycleError):
            pictures[name] = drawn(report, metric)
    return pictures


def spec_attributes(spec: ModelSpec, plan: FeaturePlan, table: "pa.Table") -> list[Attribute]:
    """The groups of every attribute of a spec, over the evaluated rows."""
    fairness = spec.evaluation.fairness
    if fairness is None:
        return []
    return [
        Attribute(
            name=name, groups=group_masks(table, [name], hidden_names(plan)), min_rows=fairness.min_rows
        )
        for name in fairness.attributes
    ]

"""Gathers what the trials of a bundle need and runs them: glue of warehouse, scorer and evaluation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assets.contract import sound_snapshot
from assets.history import asked_history
from assets.partitions import partitions_of
from assets.requests import snapshot_rows
from lifecycle.endpoint.probe import BATCH_ROWS, run_probe
from lifecycle.endpoint.scorer import Score, Scorer
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.behaviour import run_behaviour
from lifecycle.evaluation.footprint import Footprint, latency_of
from lifecycle.evaluation.harm import Baseline
from lifecycle.evaluation.metrics.registry import metric, metric_names
from lifecycle.evaluation.permutation import permutation_importance
from lifecycle.evaluation.robustness import harm_of_missing, harm_of_missing_lookups, harm_of_noise
from lifecycle.evaluation.sample import Floats, build_sample
from lifecycle.evaluation.trials import Trials
from lifecycle.features.encoding import Encoding, Matrix, encode_table
from lifecycle.features.online_tables import OnlineTables, history_tables, load_online_tables
from lifecycle.registry.assemble import request_row
from lifecycle.registry.bundle import ENCODING_FILE, Bundle
from lifecycle.registry.judging import Scored
from lifecycle.registry.predictor import Predictor, load_predictor
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 2000
"""Rows that are tried: harms are paired differences, and the days in them say more than the rows do."""
N_RESAMPLES = 300
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRows:
    """A sample of the holdout: features, labels as numbers, blocks, and where they came from."""

    features: "pa.Table"
    labels: NDArray[np.float64]
    blocks: NDArray[np.int64]
    snapshot: Sequence[Mapping[str, Any]]
    """The rows of the snapshots."""
    requests: Sequence[Mapping[str, Any]]
    """The same as a client would send them."""


def run_trials(
    spec: ModelSpec,
    warehouse: Warehouse,
    bundle: Bundle,
    holdout: Scored,
    *,
    tables: Sequence[TableRef],
    tell: Callable[[str], object],
) -> Trials:
    """Everything that a version goes through on a sample of its holdout, by the very bundle.

    Args:
        tables: the feature tables that the version was trained on.
        tell: is told what could not be measured.
    """
    served = Scorer.load(bundle)
    rows = trial_rows(spec, warehouse, served, holdout, tables)
    online = _tables_asked(spec, warehouse, served, rows.snapshot)
    scorer = served.with_tables(online)
    encoding, predictor = Encoding.from_json(bundle.read_json(ENCODING_FILE)), load_predictor(bundle)
    matrix, predict = encode_table(encoding, rows.features), _as_scores(predictor)
    sample = build_sample(
        spec.model.task,
        rows.labels,
        predict(matrix),
        blocks=rows.blocks,
        threshold=bundle.manifest.threshold,
    )
    asked, seed = spec.evaluation, spec.training.seed
    name = leading_metric(spec)
    baseline = Baseline(
        metric(name, spec.model.task), sample, seed=seed, n_resamples=N_RESAMPLES, level=asked.level
    )
    return Trials(
        n_rows=len(rows.requests),
        metric=name,
        value=baseline.value,
        behaviour=tuple(
            run_behaviour(
                test,
                rows.requests,
                # A case beyond doubt is no row of the holdout: it is put to the bundle as it is served.
                scorer.score if test.minimum_function is None else served.score,
                columns=scorer.plan.request,
                entity=spec.data.entity,
                level=asked.level,
            )
            for test in asked.behaviour
        ),
        permuted=permutation_importance(baseline, predict, matrix, encoding.names, seed=seed),
        features_missing=harm_of_missing(baseline, predict, matrix, encoding.names),
        lookups_missing=harm_of_missing_lookups(baseline, _without_lookups(scorer, online, rows.requests)),
        noise=harm_of_noise(baseline, predict, matrix, _quantities(scorer, encoding), seed=seed),
        footprint=measure_footprint(bundle, tell=tell),
    )


def trial_rows(
    spec: ModelSpec, warehouse: Warehouse, scorer: Scorer, holdout: Scored, tables: Sequence[TableRef]
) -> TrialRows:
    """At most 2,000 rows spread evenly over the holdout, with the requests they came from.

    A row whose snapshot was made anew without it is left out.
    """
    table, asked_at = holdout.kept.table, scorer.plan.event_time
    # Rows without time keep the order of their table.
    order = (
        np.arange(len(table)) if asked_at is None else np.argsort(table[asked_at].to_numpy(), kind="stable")
    )
    chosen = order[np.unique(np.linspace(0, len(order) - 1, MAX_ROWS).astype(int))] if len(order) else order
    entities = table[spec.data.entity].take(chosen).to_pylist()
    found = snapshot_rows(spec, warehouse, tables, set(entities))
    kept = np.array([entity in found for entity in entities], dtype=bool)
    chosen = chosen[kept]
    snapshot = [found[entity] for entity in entities if entity in found]
    return TrialRows(
        features=table.take(chosen),
        labels=holdout.kept.labels[chosen],
        blocks=holdout.kept.blocks[chosen],
        snapshot=snapshot,
        requests=[request_row(scorer.plan, row) for row in snapshot],
    )


def leading_metric(spec: ModelSpec) -> str:
    """What harm is counted in: the metric of the first gate that ranks models, else the task's first one."""
    names = [gate.metric for gate in spec.evaluation.metric_gates]
    ranking = (name for name in names if metric(name, spec.model.task).better != "neither")
    return next(ranking, metric_names(spec.model.task)[0])


def measure_footprint(bundle: Bundle, *, tell: Callable[[str], object]) -> Footprint | None:
    """Time and memory of the bundle in a process of its own; None, and a word about it, where that fails."""
    try:
        probe = run_probe(bundle.path)
        return Footprint(
            single=latency_of(probe.single_s, rows=1),
            batch=latency_of(probe.batch_s, rows=BATCH_ROWS),
            cpu_p99_ms=latency_of(probe.single_cpu_s, rows=1).p99_ms,
            memory_mib=probe.bytes / _MIB,
            added_mib=max(0, probe.bytes - probe.base_bytes) / _MIB,
            bundle_mib=sum(fact.size for fact in bundle.manifest.files.values()) / _MIB,
        )
    except LifecycleError as exc:
        tell(str(exc))
        return None


def _tables_asked(
    spec: ModelSpec, warehouse: Warehouse, scorer: Scorer, snapshot: Sequence[Mapping[str, Any]]
) -> OnlineTables:
    """The tables of the bundle; where it looks back, with the past that these rows see.

    The bundle holds the past as of its cut-off, and its holdout asked before that. A rule that changes the
    key of a history meets an empty past, unless another row has that key.
    """
    plan, within = scorer.plan, load_online_tables(scorer.bundle, scorer.plan)
    if not plan.histories or not snapshot:
        return within
    past = asked_history(
        spec,
        plan,
        warehouse,
        partitions_of(spec),
        snapshot,
        cache(lambda partition: sound_snapshot(spec, warehouse, partition)),
    )
    return replace(within, histories=history_tables(plan, past, known_by=None))


def _without_lookups(
    scorer: Scorer, online: OnlineTables, requests: Sequence[Mapping[str, Any]]
) -> Mapping[str, Floats]:
    """Lookup -> scores of the requests by the bundle with that lookup left empty."""
    names = [lookup.name for lookup in scorer.plan.lookups]
    classes = len(scorer.manifest.classes) if scorer.manifest.task == "multiclass" else 0
    return {
        name: _scores(scorer.with_tables(online.without(name)).score(requests), classes=classes)
        for name in names
    }


def _scores(answers: Sequence[Score], *, classes: int) -> Floats:
    """Answers as `Sample` holds scores: shape (n,), or (n, classes) where there are several."""
    if classes:
        rows = [list((answer.probabilities or {}).values()) for answer in answers]
        return np.array(rows, dtype=np.float64).reshape(len(answers), classes)
    return np.array(
        [float(a.value) if a.probability is None else a.probability for a in answers], dtype=np.float64
    )


def _as_scores(predictor: Predictor) -> Callable[[Matrix], Floats]:
    def predict(matrix: Matrix) -> Floats:
        scores = predictor.predict(matrix)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    return predict


def _quantities(scorer: Scorer, encoding: Encoding) -> list[str]:
    """Names of the columns that noise makes sense in; "" for the others."""
    numbers = {feature.name for feature in scorer.plan.features if feature.kind in ("int", "float")}
    return [name if name in numbers else "" for name in encoding.names]

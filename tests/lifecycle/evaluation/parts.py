"""A report with all of its parts, for tests of what shows them."""

from dataclasses import replace

import numpy as np

from lifecycle.evaluation.comparison import ChampionScores, against_champion
from lifecycle.evaluation.fairness import Attribute, measure_fairness
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.evaluation.sample import build_sample
from lifecycle.evaluation.slices.discover import DiscoveredSlice, DiscoveryResult
from lifecycle.evaluation.slices.masks import SliceRows
from lifecycle.evaluation.slices.measure import measure_slices

HOSTILE = "$x_{$ <b>\n|"
"""A value of a column that a formula, a page and a table would each stumble over."""


def whole_report() -> EvaluationReport:
    """400 rows of 20 days, two slices and one too small, a champion that is worse and saw four days."""
    random, n = np.random.default_rng(0), 400
    day, scores = np.repeat(np.arange(20), 20), random.random(n)
    y = random.random(n) < scores
    report = evaluate(
        "binary",
        y,
        scores,
        blocks=day,
        metrics=["auc", "log_loss"],
        gates=[],
        threshold=0.5,
        n_resamples=100,
    )
    sample = build_sample("binary", y, scores, blocks=day, threshold=0.5)
    shop = np.arange(n) % 2
    masks = [("shop = north", shop == 0, 50), (f"shop = {HOSTILE}", shop == 1, 50), ("few", day < 1, 50)]
    slices = [SliceRows(family="shop", name=name, mask=mask, min_rows=k) for name, mask, k in masks]
    metrics = [metric(name, "binary") for name in ("auc", "log_loss")]
    unseen = day >= 4
    champion = ChampionScores(
        version="3",
        as_of="2024-01",
        unseen=unseen,
        scores=np.clip(scores + random.normal(0, 0.2, n), 0, 1)[unseen],
        threshold=0.5,
    )
    groups = Attribute(name="shop", groups=[(name, mask) for name, mask, _ in masks[:2]], min_rows=50)
    found = DiscoveredSlice(
        words="amount >= 10 AND shop = 'north'",
        n_rows=60,
        loss=0.3,
        rest=0.2,
        effect=0.1,
        interval=None,
        p_value=0.001,
        q_value=0.004,
        found=True,
    )
    return replace(
        report,
        slices=measure_slices(metrics, sample, slices, seed=0, n_resamples=100),
        fairness=measure_fairness(sample, [groups], seed=0, n_resamples=100),
        comparison=against_champion(metrics, sample, champion, slices, seed=0, n_resamples=100),
        discovered=DiscoveryResult(
            loss="squared error of the probabilities",
            reason="",
            n_searched=200,
            n_tested=200,
            false_discovery_rate=0.05,
            slices=(found,),
        ),
    )

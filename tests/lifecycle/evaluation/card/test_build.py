"""Which sections a card has, and what they say."""

from dataclasses import replace

import pytest

from lifecycle.evaluation.behaviour import BehaviourResult, BrokenRule
from lifecycle.evaluation.card.blocks import Card, Picture, Table, Text
from lifecycle.evaluation.card.build import build_card
from lifecycle.evaluation.card.facts import CardFacts
from lifecycle.evaluation.card.html import render_html
from lifecycle.evaluation.card.markdown import render_markdown
from lifecycle.evaluation.comparison import FIRST_VERSION
from lifecycle.evaluation.footprint import Footprint, latency_of
from lifecycle.evaluation.gates.absolute import AbsoluteGate
from lifecycle.evaluation.harm import Harm
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.evaluation.sample import Task
from lifecycle.evaluation.trials import Trials
from lifecycle.training.job import LearningPoint
from tests.lifecycle.evaluation.parts import whole_report

FACTS = CardFacts(
    model="late", version="3", as_of="2024-02", task="binary", description="Late or not.",
    owners=("team:ops",), intended_use="Planning.", limitations="", label="late is True",
    periods=[("fit", "10 rows")],
    data_versions={"2024-01": "abcdef0123456789"}, features=[("x", "x + 1")], lookups=[("wind", "by place")],
    trainer="xgboost", parameters={"eta": "0.1"}, libraries={"numpy": "2"}, scores={"fit_logloss": 0.5},
    gains={"x": 1.0}, provenance={"commit": "c0ffee"},
    learning_curve=(LearningPoint(share=0.5, rows=5, rounds=3, fit_score=0.4, validation_score=0.6),),
)  # fmt: skip
TRIALS = Trials(
    n_rows=100, metric="auc", value=0.8,
    behaviour=(BehaviourResult(
        test="tail", gate="behaviour_tail", rule="invariance", rule_text="tail does not matter", n=10, kept=9,
        low=0.6, high=0.98, wanted=0.95,
        broken=(BrokenRule(row="r1", change="tail: 'a' -> 'b'", before="0.1", after="0.9"),),
    ),),
    permuted=(Harm(change="permuted", what="x", value=0.7, harm=0.1, low=0.05, high=0.2),),
    features_missing=(Harm(change="feature missing", what="x", value=None, harm=None, low=None, high=None),),
    lookups_missing=(Harm(change="lookup missing", what="wind", value=0.79, harm=0.01, low=0, high=0.02),),
    noise=(),
    footprint=Footprint(
        single=latency_of([0.001] * 500, rows=1), batch=latency_of([0.01] * 9, rows=100), cpu_p99_ms=0.9,
        memory_mib=250,
        added_mib=20, bundle_mib=1,
    ),
)  # fmt: skip


def report(task: Task = "binary", *, trials: Trials | None = TRIALS) -> EvaluationReport:
    scores: list[object] = [0.3, 0.7] * 50
    if task == "multiclass":
        scores = [[0.6, 0.4], [0.2, 0.8]] * 50
    found = evaluate(
        task, [0, 1] * 50, scores, blocks=[i // 10 for i in range(100)],  # type: ignore[arg-type]  # by task
        metrics=["auc"] if task == "binary" else ["log_loss"] if task == "multiclass" else ["mae"],
        gates=[AbsoluteGate(metric="auc", min=0.6)] if task == "binary" else [],
        threshold=0.5 if task == "binary" else None, n_resamples=100,
    )  # fmt: skip
    return replace(found, trials=trials)


def titles(card: Card) -> list[str]:
    return [section.title for section in card.sections]


def test_a_card_says_everything_that_is_known() -> None:
    card = build_card(FACTS, report(), {"roc": b"png", "learning_curve": b"png"})
    assert titles(card) == [
        "Use", "Gates", "Quality", "Calibration", "Decisions", "Behaviour", "What it leans on",
        "Cost to serve", "Data", "Features", "Training", "Provenance",
    ]  # fmt: skip
    assert (card.title, card.verdict) == ("late, version 3", "pass")
    assert card.headline == [("auc", "1", "95%: 1\xa0to\xa01"), ("gates", "1 of 1", "passed")]
    page = render_html(card)
    for text in (
        "Planning.", "not stated", "team:ops", "auc_min", "tail does not matter", "x + 1", "by place",
        "abcdef012345", "c0ffee", "0.5 (chosen)", "250",
    ):  # fmt: skip
        assert text in page, text
    assert "(r1)" not in page and "r1" in page and "unknown" in page
    pictures = [b for section in card.sections for b in section.blocks if isinstance(b, Picture)]
    assert len(pictures) == 2
    assert "auc_min".replace("_", "\\_") in render_markdown(card)


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_tasks_have_a_card_too(task: Task) -> None:
    card = build_card(replace(FACTS, task=task), report(task), {"calibration": b"png", "deciles": b"png"})
    assert {"Quality", "Calibration", "Behaviour", "Training"} <= set(titles(card))
    assert "<table" in render_html(card)


def test_what_was_not_measured_is_said_and_a_report_of_scores_alone_has_a_card() -> None:
    unmeasured = build_card(FACTS, report(trials=replace(TRIALS, footprint=None)), {})
    assert "Not measured" in render_html(unmeasured)
    assert "Behaviour" not in titles(build_card(FACTS, report(trials=None), {}))


def test_a_model_that_failed_says_so_first() -> None:
    failed = replace(report(), verdict="fail")
    assert '<span class="badge fail">failed</span></h1>' in render_html(build_card(FACTS, failed, {}))


def texts(card: Card, title: str) -> str:
    """All that a section says, its tables row by row."""
    (section,) = [section for section in card.sections if section.title == title]
    lines = []
    for block in section.blocks:
        if isinstance(block, Text):
            lines.append(block.text)
        if isinstance(block, Table):
            lines += [" | ".join(map(str, row)) for row in (block.head, *block.rows)]
    return "\n".join(lines)


def test_slices_groups_and_the_champion_are_told_in_sections_of_their_own() -> None:
    whole = whole_report()
    card = build_card(FACTS, whole, {"slices": b"png", "comparison": b"png"})
    assert {"Beside the champion", "Slices", "Slices that nobody named", "Fairness"} <= set(titles(card))
    beside = texts(card, "Beside the champion")
    assert "Compared with version 3 on 320 rows; contaminated: it saw 80 other rows" in beside
    assert whole.comparison is not None and whole.comparison.mcnemar is not None
    assert f"alone is right on {whole.comparison.mcnemar.only_first_right}," in beside
    slices = texts(card, "Slices")
    assert "slice | rows | auc | interval | log_loss | interval" in slices
    assert "shop = north | 200 | " in slices and "Not judged, fewer than 50 rows: few (20)." in slices
    discovered = texts(card, "Slices that nobody named")
    assert "amount >= 10 AND shop = 'north' | 60 | 0.3 | 0.2 | 0.1 | none | 0.004" in discovered
    assert "5% are expected to be false" in discovered
    assert "shop | demographic parity | " in texts(card, "Fairness")
    drawn = [b.alt for section in card.sections for b in section.blocks if isinstance(b, Picture)]
    assert drawn == [
        "Differences from the champion with intervals",
        "Each slice with its interval, beside all rows",
    ]


def test_a_search_without_finds_and_a_first_version_say_so() -> None:
    whole = whole_report()
    assert whole.discovered is not None
    none = replace(whole.discovered.slices[0], found=False)
    card = build_card(
        FACTS,
        replace(whole, comparison=FIRST_VERSION, discovered=replace(whole.discovered, slices=(none,))),
        {},
    )
    assert texts(card, "Beside the champion") == "First version, nothing to compare with."
    told = texts(card, "Slices that nobody named")
    assert "None of 1 candidates was worse than the rest on the other half." in told
    assert "expected to be false" not in told
    unsearched = replace(whole.discovered, reason="fewer than 400 rows", slices=())
    card = build_card(FACTS, replace(whole, discovered=unsearched), {})
    assert texts(card, "Slices that nobody named") == "Not searched: fewer than 400 rows."


def test_a_report_without_parts_has_no_sections_of_them() -> None:
    assert not {"Beside the champion", "Slices", "Slices that nobody named", "Fairness"} & set(
        titles(build_card(FACTS, report(), {}))
    )

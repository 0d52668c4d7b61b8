"""Which sections a card has, and what they say."""

from dataclasses import dataclass, replace

import pytest

from lifecycle.evaluation.behaviour import BehaviourResult, BrokenRule
from lifecycle.evaluation.card.blocks import Card, Facts, Picture, Table
from lifecycle.evaluation.card.build import build_card
from lifecycle.evaluation.card.facts import CardFacts
from lifecycle.evaluation.card.generic import MAX_ROWS, section_of
from lifecycle.evaluation.card.html import render_html
from lifecycle.evaluation.card.markdown import render_markdown
from lifecycle.evaluation.footprint import Footprint, latency_of
from lifecycle.evaluation.gates.absolute import AbsoluteGate
from lifecycle.evaluation.harm import Harm
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.evaluation.sample import Task
from lifecycle.evaluation.trials import Trials
from lifecycle.training.job import LearningPoint

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    share: float | None
    interval: Interval | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    rows_seen: int
    good: bool
    parts: tuple[Part, ...]
    words: tuple[str, ...] = ()


def test_a_part_of_a_report_that_nobody_knows_is_shown_by_itself() -> None:
    whole = Whole(
        rows_seen=12345, good=True, words=("a", "b"),
        parts=(
            Part(name="jfk", share=0.5, interval=Interval(low=0.1, high=0.9), tags=("x", "y")),
            Part(name="<b>", share=None, interval=None),
        ),
    )  # fmt: skip
    section = section_of("found_slices", whole)
    assert section is not None and section.title == "Found slices"
    facts, table = section.blocks
    assert isinstance(facts, Facts) and isinstance(table, Table)
    assert facts.facts == [("rows seen", "12,345"), ("good", "yes"), ("words", "a, b")]
    assert (table.title, list(table.head)) == ("parts", ["name", "share", "interval", "tags"])
    assert table.rows == [["jfk", "0.5", "0.1\xa0to\xa00.9", "x, y"], ["<b>", "unknown", "unknown", ""]]


def test_nothing_has_no_section_and_much_is_cut() -> None:
    assert section_of("slices", ()) is None
    assert section_of("slices", None) is None
    many = tuple(Part(name=str(i), share=0.1, interval=None) for i in range(MAX_ROWS + 5))
    section = section_of("slices", many)
    assert section is not None
    (table,) = section.blocks
    assert isinstance(table, Table)
    assert (len(table.rows), table.title) == (MAX_ROWS, f"(the first {MAX_ROWS} of {MAX_ROWS + 5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    part: Part
    together: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    family: str
    n_rows: int
    metrics: tuple[Measured, ...]


def test_lists_inside_rows_become_one_table_whose_rows_say_where_they_belong() -> None:
    def measured(name: str) -> Measured:
        return Measured(part=Part(name=name, share=0.5, interval=None), together=Interval(low=0.0, high=1.0))

    slices = (
        Slice(family="origin", n_rows=5, metrics=(measured("auc"), measured("f1"))),
        Slice(family="carrier", n_rows=6, metrics=(measured("auc"),)),
        Slice(family="empty", n_rows=0, metrics=()),
    )
    section = section_of("slices", slices)
    assert section is not None
    overview, metrics = section.blocks
    assert isinstance(overview, Table) and isinstance(metrics, Table)
    assert overview.head == ["family", "n rows"]
    assert overview.rows == [["origin", "5"], ["carrier", "6"], ["empty", "0"]]
    assert (metrics.title, metrics.head) == (
        "Metrics", ["family", "name", "share", "interval", "together"],
    )  # fmt: skip
    assert [row[:2] for row in metrics.rows] == [["origin", "auc"], ["origin", "f1"], ["carrier", "auc"]]
    assert {row[-1] for row in metrics.rows} == {"0\xa0to\xa01"}


def test_a_column_of_an_inner_record_never_hides_one_of_the_outer() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        name: str
        inner: Part

    section = section_of("named", Named(name="out", inner=Part(name="in", share=None, interval=None)))
    assert section is not None and isinstance(section.blocks[0], Facts)
    assert list(section.blocks[0].facts)[:2] == [("name", "out"), ("inner name", "in")]

"""The sections of a card on what the model is made from."""

from collections.abc import Iterator, Mapping

from lifecycle.evaluation.card.blocks import Block, Facts, Picture, Section, Table, Text
from lifecycle.evaluation.card.facts import CardFacts
from lifecycle.evaluation.card.numbers import number, share
from lifecycle.evaluation.report import EvaluationReport

_SHORT_DIGEST = 12


def making_sections(
    facts: CardFacts, report: EvaluationReport, pictures: Mapping[str, bytes]
) -> list[Section]:
    """Data, features, training and where all of it comes from."""
    return [
        Section(title="Data", blocks=list(_data(facts, report))),
        Section(title="Features", blocks=list(_features(facts))),
        Section(title="Training", blocks=list(_training(facts, pictures))),
        Section(title="Provenance", blocks=[Facts(facts=list(facts.provenance.items()))]),
    ]


def _data(facts: CardFacts, report: EvaluationReport) -> Iterator[Block]:
    known = report.data.labelled_share if report.data else None
    yield Facts(
        facts=[
            *facts.periods,
            ("holdout rows without a label", number(report.n_unlabelled)),
            ("labelled share of the holdout", share(known)),
        ]
    )
    yield Table(
        title="Snapshots",
        head=("partition", "content of the feature table"),
        rows=[(name, digest[:_SHORT_DIGEST]) for name, digest in facts.data_versions.items()],
    )


def _features(facts: CardFacts) -> Iterator[Block]:
    gains = facts.gains
    rows = [(name, text, share(gains.get(name))) for name, text in facts.features]
    yield Table(head=("feature", "expression", "share of gain"), rows=rows, numbers=(2,), prose=(1,))
    yield Table(title="Lookups", head=("lookup", "joined"), rows=list(facts.lookups), prose=(1,))
    yield Table(title="History", head=("history", "of the past"), rows=list(facts.histories), prose=(1,))


def _training(facts: CardFacts, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    yield Facts(
        facts=[
            ("trainer", facts.trainer),
            *facts.parameters.items(),
            *((name.replace("_", " "), number(value)) for name, value in facts.scores.items()),
            ("libraries", ", ".join(f"{name} {version}" for name, version in facts.libraries.items())),
        ]
    )
    if facts.learning_curve:
        yield Table(
            title="Learning curve",
            head=("share of the fit rows", "rows", "rounds", "on these rows", "on validation rows"),
            rows=[
                (
                    share(p.share),
                    number(p.rows),
                    number(p.rounds),
                    number(p.fit_score),
                    number(p.validation_score),
                )
                for p in facts.learning_curve
            ],
            numbers=(1, 2, 3, 4),
        )
    if "learning_curve" in pictures:
        yield Text(text="Where the line of the validation rows still falls at its end, more rows would help.")
        yield Picture(png=pictures["learning_curve"], alt="Scores by number of rows that were fit")

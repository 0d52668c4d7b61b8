"""Gathers the facts of a version's model card, and writes the card."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.approval import APPROVAL_TAG, decided
from assets.semantic import MAKINGS_TAG, shown
from assets.signing import SIGNATURE_TAG, signer_of
from assets.verdicts import GATES_TAG, JUDGED_TAG
from lifecycle.evaluation.card.build import build_card
from lifecycle.evaluation.card.facts import CardFacts
from lifecycle.evaluation.card.html import render_html
from lifecycle.evaluation.card.markdown import render_markdown
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.registry.bundle import TRAINING_FILE, Bundle
from lifecycle.spec.features import History, Lookup
from lifecycle.spec.fingerprint import making_fingerprint
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.schema import duration_text
from lifecycle.training.job import LearningPoint
from resources.tracking.base import ModelVersion

CARD_HTML, CARD_MARKDOWN = "card.html", "card.md"
# Told in words, or elsewhere on the card.
_FOR_PROGRAMS = {APPROVAL_TAG, SIGNATURE_TAG, MAKINGS_TAG, GATES_TAG, JUDGED_TAG}


def write_card(
    spec: ModelSpec,
    bundle: Bundle,
    version: ModelVersion,
    report: EvaluationReport,
    pictures: Mapping[str, bytes],
    folder: Path,
) -> Sequence[Path]:
    """The card as one HTML page and as Markdown, in files of a folder."""
    card = build_card(card_facts(spec, bundle, version), report, pictures)
    pages = {CARD_HTML: render_html(card), CARD_MARKDOWN: render_markdown(card)}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def learning_curve_of(bundle: Bundle) -> tuple[LearningPoint, ...]:
    """The learning curve of a version's training; empty where none was asked for."""
    points = bundle.read_json(TRAINING_FILE).get("learning_curve", [])
    return tuple(LearningPoint.model_validate(point) for point in points)


def card_facts(spec: ModelSpec, bundle: Bundle, version: ModelVersion) -> CardFacts:
    """What the card tells beyond the report."""
    manifest, training = bundle.manifest, bundle.read_json(TRAINING_FILE)
    total = sum(training["importance"].values()) or 1.0
    return CardFacts(
        model=spec.name,
        version=shown(version),
        as_of=version.as_of,
        task=spec.model.task,
        description=spec.model.description,
        owners=spec.model.owners,
        intended_use=spec.model.intended_use,
        limitations=spec.model.limitations,
        label=_label(spec),
        periods=list(_periods(bundle, training["split"])),
        data_versions=manifest.data_versions,
        features=list(spec.features.columns.items()),
        lookups=[(name, _joined(lookup)) for name, lookup in spec.features.lookups.items()],
        histories=[(name, _looked_back(history)) for name, history in spec.features.history.items()],
        blocks="days" if spec.data.event_time else "blocks of rows",
        trainer=manifest.trainer,
        parameters={name: str(value) for name, value in spec.training.parameters.items()},
        libraries=manifest.versions,
        scores={**training["metrics"], "rounds": float(training["best_round"] + 1)},
        gains={name: gain / total for name, gain in training["importance"].items()},
        provenance=_provenance(spec, bundle, version),
        learning_curve=learning_curve_of(bundle),
    )


def _label(spec: ModelSpec) -> str:
    label = spec.data.label
    positive = f" is {spec.model.positive!r}" if spec.model.task == "binary" else ""
    if spec.data.event_time is None:
        return f"{label.column}{positive}"
    known = (
        f"known from {label.known_at} on"
        if label.known_at
        else f"known {duration_text(label.delay or 0)} after the event"
    )
    return f"{label.column}{positive}, {known}"


def _periods(bundle: Bundle, split: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    manifest = bundle.manifest
    bounds = {
        "fit": ("before", manifest.validation_start),
        "validation": ("until", manifest.holdout_start),
        "holdout": ("until", manifest.cut_off),
    }
    for part, (side, moment) in bounds.items():
        by_time = manifest.random_split is None and moment is not None
        when = f"{side} {moment:%Y-%m-%d %H:%M} UTC" if by_time else "drawn at random"
        yield part, f"{split[part]:,} rows, {when}"
    yield "never labelled", f"{split['never_labelled']:,} rows"
    yield "purged (label too late)", f"{split['purged']:,} rows"


def _looked_back(history: History) -> str:
    keys = ", ".join(f"{theirs} = {ours}" for theirs, ours in history.key.items()) or "all rows"
    what = f"{history.aggregate} of {history.value}" if history.value else history.aggregate
    return f"{what} over {duration_text(history.window)} of {history.of or 'own past rows'}: {keys}"


def _joined(lookup: Lookup) -> str:
    keys = ", ".join(f"{theirs} = {ours}" for theirs, ours in lookup.key.items())
    when = f", as known at {lookup.known_at}" if lookup.known_at else ""
    age = f", at most {duration_text(lookup.max_age)} old" if lookup.max_age is not None else ""
    return f"{keys}{when}{age}: {', '.join(lookup.columns)}"


def recorded(version: ModelVersion) -> Mapping[str, str]:
    """What the registry tells of a version, in words: its tags, who signed it, what was decided on it."""
    tags = {
        name.removeprefix("flywheel."): value
        for name, value in sorted(version.tags.items())
        if name not in _FOR_PROGRAMS
    }
    facts = {"flywheel" if name == "version" else name.replace("_", " "): told for name, told in tags.items()}
    words = {"signature": signer_of(version), "approval": decided(version)}
    return facts | {name: told for name, told in words.items() if told is not None}


def _provenance(spec: ModelSpec, bundle: Bundle, version: ModelVersion) -> Mapping[str, str]:
    facts = {
        "bundle": bundle.digest,
        "spec": bundle.manifest.spec_fingerprint,
        "plan": bundle.manifest.plan_fingerprint,
        **recorded(version),
    }
    if making_fingerprint(spec) != bundle.manifest.spec_fingerprint:
        # Its words, features and parameters are read from the spec of today.
        facts["note"] = "the spec has changed since: features and parameters above are those of the spec now"
    return facts

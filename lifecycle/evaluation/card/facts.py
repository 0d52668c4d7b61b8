"""What a card tells beyond the report: who answers for the model, what it is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lifecycle.evaluation.sample import Task
from lifecycle.training.job import LearningPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Plain facts of one version.

    Attributes:
        label: what is predicted, and when the truth is known, in words.
        periods: part of the window -> from when to when, and its rows, in words.
        data_versions: partition -> content hash of the feature table.
        features: name and expression.
        lookups: name and what is joined how.
        histories: name and what of the past is aggregated how.
        blocks: what intervals resample.
        gains: feature -> share of the trainer's gain.
        scores: score of training -> value at the best round.
        provenance: commit, fingerprints, trigger, runs.
    """

    model: str
    version: str
    as_of: str
    task: Task
    description: str
    owners: Sequence[str]
    intended_use: str
    limitations: str
    label: str
    periods: Sequence[tuple[str, str]]
    data_versions: Mapping[str, str]
    features: Sequence[tuple[str, str]]
    lookups: Sequence[tuple[str, str]]
    trainer: str
    parameters: Mapping[str, str]
    libraries: Mapping[str, str]
    scores: Mapping[str, float]
    gains: Mapping[str, float]
    provenance: Mapping[str, str]
    learning_curve: Sequence[LearningPoint] = field(default=())
    histories: Sequence[tuple[str, str]] = field(default=())
    blocks: str = "days"

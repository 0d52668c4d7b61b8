"""Trainings to register, of which nothing matters but what they left."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from assets.verdicts import JUDGED_TAG
from resources.tracking.base import EvaluationRecord, TrainingRecord, Verdict


def bare_training(
    model: str, bundle: Path, digest: str, *, identity: str, as_of: str, tags: Mapping[str, str] | None = None
) -> TrainingRecord:
    """A training that left a bundle."""
    return TrainingRecord(
        model=model,
        description="",
        identity=identity,
        as_of=as_of,
        bundle=bundle,
        bundle_digest=digest,
        parameters={},
        metrics={},
        curves={},
        datasets=[],
        input_example=pa.table({}),
        output_example=[],
        tags=tags or {},
    )


def bare_evaluation(verdict: Verdict, digest: str) -> EvaluationRecord:
    """What the gates said of a bundle, and nothing more."""
    return EvaluationRecord(verdict=verdict, metrics={}, artifacts=[], tags={JUDGED_TAG: digest})

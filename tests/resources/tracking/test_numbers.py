"""Semantic versions on a real store: two that register at once agree on who is which."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from assets.semantic import MAKINGS_TAG, SEMANTIC_TAG, numbered
from lifecycle.registry.semantic import Makings, SemanticVersion, write_makings
from resources.tracking.base import ModelVersion, TrainingRecord
from resources.tracking.mlflow import MlflowTracking
from tests.resources.tracking.records import MODEL, training


def made_of(folder: Path, number: int) -> TrainingRecord:
    """A training on data of its own."""
    makings = Makings(
        input="i", output="o", algorithm="a", data=str(number), features="f", parameters="p", code="c"
    )
    record = training(folder, f"inputs-{number}", weights=f"weights-{number}")
    return replace(record, tags={MAKINGS_TAG: write_makings(makings)})


def test_registrations_at_once_get_numbers_that_are_unique_and_grow(
    sqlite_tracking: MlflowTracking, tmp_path: Path
) -> None:
    records = [made_of(tmp_path, number) for number in range(4)]
    sqlite_tracking.register(records[0])  # killed before its number: whoever comes next gives it

    def register(record: TrainingRecord) -> ModelVersion:
        return numbered(sqlite_tracking, sqlite_tracking.register(record))

    with ThreadPoolExecutor(3) as at_once:
        told = list(at_once.map(register, records[1:]))
    versions = sqlite_tracking.versions(MODEL)
    numbers = [SemanticVersion.parse(version.tags[SEMANTIC_TAG]) for version in versions]
    assert [str(number) for number in numbers] == ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]
    held = {version.version: version.tags[SEMANTIC_TAG] for version in versions}
    assert {version.version: version.tags[SEMANTIC_TAG] for version in told}.items() <= held.items()

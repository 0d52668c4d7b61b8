"""Semantic versions of a model in the registry: given by rule, kept as tags."""

from collections.abc import Mapping, Sequence

from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.semantic import (
    Registered,
    SemanticVersion,
    makings_of,
    missing_versions,
    read_makings,
    write_makings,
)
from lifecycle.training.job import TrainingJob
from resources.tracking.base import ModelVersion, Tracking

SEMANTIC_TAG = "flywheel.semantic_version"
REASON_TAG = "flywheel.semantic_reason"
MAKINGS_TAG = "flywheel.makings"
DATA_TAG = "flywheel.data"


def makings_tags(bundle: Bundle, job: TrainingJob) -> Mapping[str, str]:
    """What a new version must say of itself, so that the next one can be compared with it."""
    makings = makings_of(bundle, job)
    return {MAKINGS_TAG: write_makings(makings), DATA_TAG: makings.data}


def numbered(tracking: Tracking, version: ModelVersion) -> ModelVersion:
    """The version with its semantic version; every version before it that lacks one gets its own.

    It is computed from what is registered and can be repeated: two that do so at once write the same.
    """
    if SEMANTIC_TAG in version.tags:
        return version
    for number, given in missing_versions(registered(tracking.versions(version.model))).items():
        tags = {SEMANTIC_TAG: str(given.semantic), REASON_TAG: given.reason}
        tracking.set_tags(version.model, number, tags)
    return tracking.version(version.model, version.version)


def registered(versions: Sequence[ModelVersion]) -> list[Registered]:
    """What the rule looks at."""
    return [
        Registered(
            version=version.version,
            identity=version.identity,
            makings=read_makings(version.tags.get(MAKINGS_TAG)),
            semantic=_semantic(version),
        )
        for version in versions
    ]


def shown(version: ModelVersion) -> str:
    """Number and semantic version, as people read them: `7 (1.4.0)`."""
    semantic = version.tags.get(SEMANTIC_TAG)
    return f"{version.version} ({semantic})" if semantic else version.version


def _semantic(version: ModelVersion) -> SemanticVersion | None:
    text = version.tags.get(SEMANTIC_TAG)
    try:
        return None if text is None else SemanticVersion.parse(text)
    except LifecycleError:
        # Edited by hand into something else: it is given anew.
        return None

"""Which of several versions of a partition counts: the one that `model` gave last, trained or found again.

A spec or a table that is put back to what it was finds the version of that time in the registry. It is the
one that is meant from then on, whatever was registered in between.
"""

import time

from resources.tracking.base import ModelVersion, Tracking

TAKEN_UP_TAG = "flywheel.taken_up"


def given_at(version: ModelVersion) -> tuple[float, int]:
    """When `model` gave a version last: seconds since 1970, then its number, for two of one moment."""
    return float(version.tags.get(TAKEN_UP_TAG, version.created_at)), int(version.version)


def recency(version: ModelVersion) -> tuple[str, float, int]:
    """What ranks versions: a later partition first, then the one that was given last."""
    return version.as_of, *given_at(version)


def taken_up(tracking: Tracking, version: ModelVersion) -> ModelVersion:
    """A version that was found instead of trained: from now on the newest of its partition."""
    versions = [other for other in tracking.versions(version.model) if other.as_of == version.as_of]
    newest = max(versions, key=given_at)
    if newest.version == version.version:
        return version
    # Not by the clock alone, which may be behind that of the registry.
    now = max(time.time(), given_at(newest)[0] + 1e-3)
    return tracking.set_tags(version.model, version.version, {TAKEN_UP_TAG: f"{now:.3f}"})

"""Registered versions for tests of decisions: a line says all that matters of one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from resources.tracking.base import Alias, Verdict
from tests.fakes.tracking import FakeTracking
from tests.fakes.trainings import bare_evaluation, bare_training

MODEL = "orders"
CHAMPION: tuple[Alias, ...] = ("champion",)
CHALLENGER: tuple[Alias, ...] = ("challenger",)
Line = tuple[str, str, Verdict | None, tuple[Alias, ...]]
"""As-of partition, bundle digest, verdict, aliases."""


def registry(folder: Path, lines: Sequence[Line], *, tags: Mapping[str, str] | None = None) -> FakeTracking:
    """A registry of versions 1, 2, ... of orders, in the order of the lines; their bundles are empty."""
    tracking = FakeTracking(clock=lambda: 1_700_000_000.0)
    for number, (as_of, digest, verdict, aliases) in enumerate(lines, start=1):
        record = bare_training(MODEL, folder, digest, identity=f"inputs-{number}", as_of=as_of, tags=tags)
        version = tracking.register(record).version
        if verdict is not None:
            tracking.record_evaluation(MODEL, version, bare_evaluation(verdict, digest))
        for alias in aliases:
            tracking.set_alias(MODEL, alias, version)
    return tracking

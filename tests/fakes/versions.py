"""Registered versions for tests of decisions: a line says all that matters of one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from assets.verdicts import JUDGED_TAG
from resources.tracking.base import Alias, EvaluationRecord, TrainingRecord, Verdict
from tests.fakes.tracking import FakeTracking

MODEL = "orders"
CHAMPION: tuple[Alias, ...] = ("champion",)
CHALLENGER: tuple[Alias, ...] = ("challenger",)
Line = tuple[str, str, Verdict | None, tuple[Alias, ...]]
"""As-of partition, bundle digest, verdict, aliases."""


def registry(folder: Path, lines: Sequence[Line], *, tags: Mapping[str, str] | None = None) -> FakeTracking:
    """A registry of versions 1, 2, ... of orders, in the order of the lines; their bundles are empty."""
    tracking = FakeTracking()
    for number, (as_of, digest, verdict, aliases) in enumerate(lines, start=1):
        record = TrainingRecord(
            model=MODEL,
            description="",
            identity=f"inputs-{number}",
            as_of=as_of,
            bundle=folder,
            bundle_digest=digest,
            parameters={},
            metrics={},
            curves={},
            datasets=[],
            input_example=pa.table({}),
            output_example=[],
            tags=tags or {},
        )
        version = tracking.register(record).version
        if verdict is not None:
            evaluation = EvaluationRecord(
                verdict=verdict, metrics={}, artifacts=[], tags={JUDGED_TAG: digest}
            )
            tracking.record_evaluation(MODEL, version, evaluation)
        for alias in aliases:
            tracking.set_alias(MODEL, alias, version)
    return tracking

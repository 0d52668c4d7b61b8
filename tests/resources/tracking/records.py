"""Trainings to register, each with a small folder in the place of a bundle."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from resources.tracking.base import DatasetFact, TrainingRecord, TrialFact

MODEL = "flight_delay"


def training(folder: Path, identity: str = "inputs-1", *, weights: str = "weights") -> TrainingRecord:
    """A training whose bundle is written below `folder`; the same arguments give the same record."""
    bundle = folder / f"{identity}-{weights}"
    (bundle / "lookups").mkdir(parents=True, exist_ok=True)
    (bundle / "bundle.json").write_text(f'{{"weights": "{weights}"}}')
    (bundle / "lookups" / "weather.parquet").write_bytes(b"rows")
    day = datetime(2013, 3, 1, 12, tzinfo=UTC)
    return TrainingRecord(
        model=MODEL,
        description="Will a flight land late?",
        identity=identity,
        as_of="2013-03",
        bundle=bundle,
        bundle_digest=hashlib.sha256(weights.encode()).hexdigest(),
        parameters={"max_depth": "6", "seed": "7"},
        metrics={"train/auc": 0.75, "validation/auc": 0.7},
        curves={"validation/logloss": [0.6, 0.5, 0.45]},
        datasets=[
            DatasetFact(
                name="flight_delay/features",
                uri="file:///lake/features.parquet",
                digest="f" * 64,
                rows=3,
                role="training",
            )
        ],
        input_example=pa.table(
            {
                "carrier": ["AA", "UA"],
                "distance": pa.array([733, 1400], pa.int64()),
                "wind": [4.5, None],
                "sched_dep": pa.array([day, day], pa.timestamp("us", tz="UTC")),
                "day": [date(2013, 3, 1)] * 2,
                "is_hub": [True, None],
            }
        ),
        output_example=[0.25, 0.5],
        tags={"git_commit": "abc123", "trigger": "schedule"},
    )


def many_numbers(record: TrainingRecord) -> TrainingRecord:
    """The same training with more parameters and curve points than one request of MLflow may hold."""
    return replace(
        record,
        parameters={f"p{index}": str(index) for index in range(250)},
        curves={"loss": [1 / (1 + step) for step in range(2500)]},
    )


def searched(record: TrainingRecord) -> TrainingRecord:
    """The same training after a search of three trials, one of each state."""
    facts = {"metric": "log_loss", "seconds": 1.5, "reason": "", "best_round": None}
    trials = [
        TrialFact(number=0, state="complete", parameters={"eta": "0.1", "max_depth": "3"}, value=0.4,
                  curve=[(5, 0.6), (10, 0.4)], **facts | {"best_round": 9}),
        TrialFact(number=1, state="pruned", parameters={"eta": "0.01", "max_depth": "9"}, value=0.65,
                  curve=[(5, 0.65)], **facts),
        TrialFact(number=2, state="failed", parameters={"eta": "9.0", "max_depth": "1"}, value=None,
                  curve=[], **facts | {"reason": "the score is nan after 5 rounds"}),
    ]  # fmt: skip  # a trial a line or two
    return replace(record, trials=trials)

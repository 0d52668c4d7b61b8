"""The split that the log shows."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from lifecycle.rollout.seen_split import seen_split
from lifecycle.rollout.statistics.sample_ratio import Assigned

AT = datetime(2024, 3, 1, tzinfo=UTC)
Row = tuple[int, str | None, str, float, str] | tuple[int, str | None, str, float, str, int]
"""Generation, key, version, propensity, assignment, and the bucket where it is not the usual one."""
GATEWAY = -1
"""Bucket of whatever a gateway assigned: it knows no keys."""


def log(rows: list[Row]) -> pa.Table:
    return pa.table(
        {
            "at": pa.array([AT] * len(rows), pa.timestamp("us", tz="UTC")),
            "generation": pa.array([row[0] for row in rows], pa.int64()),
            "key": pa.array([row[1] for row in rows], pa.string()),
            "bucket": pa.array([row[5] if len(row) > 5 else 4711 for row in rows], pa.int32()),
            "request": pa.array([f"r{i}" for i in range(len(rows))], pa.string()),
            "assignment": pa.array([row[4] for row in rows], pa.string()),
            "propensity": pa.array([row[3] for row in rows], pa.float64()),
            "assigned_version": pa.array([row[2] for row in rows], pa.string()),
        }
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], (), id="nobody asked"),
        pytest.param([(1, "a", "3", 1.0, "hash")], (), id="one version gets all"),
        pytest.param(
            [(1, "a", "3", 0.75, "hash"), (1, "a", "3", 0.75, "hash"), (1, "b", "4", 0.25, "hash")],
            (Assigned(counts=(1, 1), weights=(0.75, 0.25)),),
            id="a key counts once",
        ),
        pytest.param(
            [(1, None, "3", 0.5, "random"), (1, None, "3", 0.5, "random")],
            (Assigned(counts=(2, 0), weights=(0.5, 0.5)),),
            id="chance counts by requests, and an arm without any is there",
        ),
        pytest.param(
            [
                (1, "a", "3", 0.5, "random", GATEWAY),
                (1, "a", "3", 0.5, "random", GATEWAY),
                (1, "a", "4", 0.5, "random", GATEWAY),
            ],
            (Assigned(counts=(2, 1), weights=(0.5, 0.5)),),
            id="a key that chance sends to both counts by requests",
        ),
        pytest.param(
            [(1, "a", "3", 1.0, "override"), (1, "a", "4", 1.0, "shadow"), (1, "b", "3", 1.0, "hash")],
            (),
            id="wishes and shadows are no split",
        ),
        pytest.param(
            [
                (1, "a", "3", 0.75, "hash"),
                (1, "b", "4", 0.25, "fallback"),
                (1, "b", "4", 0.25, "fallback"),
                (1, "c", "4", 0.25, "hash"),
            ],
            (Assigned(counts=(1, 2), weights=(0.75, 0.25)),),
            id="a version that fails got its keys all the same",
        ),
        pytest.param(
            [
                (1, "a", "3", 0.5, "random", GATEWAY),
                (1, "a", "4", 0.5, "fallback", GATEWAY),
                (1, "a", "4", 0.5, "fallback", GATEWAY),
                (2, None, "3", 0.5, "fallback"),
                (2, None, "3", 0.5, "fallback"),
            ],
            (Assigned(counts=(1, 2), weights=(0.5, 0.5)), Assigned(counts=(2, 0), weights=(0.5, 0.5))),
            id="and so its requests, where chance decided",
        ),
        pytest.param(
            [
                (1, "a", "3", 0.75, "hash"),
                (1, "b", "4", 0.25, "hash"),
                (1, "c", "4", 1.0, "fallback", GATEWAY),
            ],
            (Assigned(counts=(1, 1), weights=(0.75, 0.25)),),
            id="a wish that fell back, as older logs have it",
        ),
        pytest.param(
            [(2, "a", "3", 0.5, "hash"), (1, "a", "3", 0.75, "hash")],
            (Assigned(counts=(1, 0), weights=(0.75, 0.25)), Assigned(counts=(1, 0), weights=(0.5, 0.5))),
            id="each generation by itself",
        ),
    ],
)
def test_seen_split(rows: list[Row], expected: tuple[Assigned, ...]) -> None:
    assert seen_split(log(rows)) == expected

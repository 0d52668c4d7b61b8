"""Rows of a request log for tests: what is not said is that of a good answer."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from lifecycle.rollout.observations import Backend, Observations
from lifecycle.rollout.plan import Plan
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.tick import open_rollout
from tests.fakes.rollout_world import MODEL, NEW, OLD, START

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
NOW = SINCE + timedelta(hours=10)
SHARE = 0.2


def log_of(rows: Sequence[dict[str, Any]], share: float = SHARE) -> pa.Table:
    """A table as the traffic port reads it, one dictionary a row; `arm` 1 is the challenger."""
    full = [_row(i, row, share) for i, row in enumerate(rows)]
    return pa.table({name: pa.array([row[name] for row in full], type_) for name, type_ in _TYPES.items()})


def log_of_arms(
    arm: np.ndarray, *, p: np.ndarray, label: np.ndarray | None = None, failed: np.ndarray | None = None,
    scoring_us: np.ndarray | None = None, share: float = SHARE,
) -> pa.Table:  # fmt: skip
    """Many rows at once, each of a key and a request of its own, spread over the hours up to `NOW`."""
    n = len(arm)
    failed = np.zeros(n, bool) if failed is None else failed
    span_us = int((NOW - SINCE).total_seconds() * 1e6)
    at_us = int(SINCE.timestamp() * 1e6) + np.arange(n) * span_us // max(n, 1)
    of = np.where(arm == 1, "2", "1")
    digest = np.where(arm == 1, NEW.digest, OLD.digest)
    names = np.char.add("k", np.arange(n).astype(str))
    table = {
        "request": pa.array(names),
        "row": pa.array(np.zeros(n, np.int32)),
        "at": pa.array(at_us).cast(pa.timestamp("us", tz="UTC")),
        "latency_us": pa.array(np.full(n, 5000)),
        "scoring_us": pa.array(np.full(n, 2000) if scoring_us is None else scoring_us),
        "key": pa.array(names),
        "assignment": pa.array(np.where(failed, "fallback", "hash")),
        "propensity": pa.array(np.where(arm == 1, share, 1 - share)),
        "assigned_version": pa.array(of),
        "version": pa.array(np.where(failed & (arm == 1), "1", of)),
        "digest": pa.array(np.where(failed & (arm == 1), OLD.digest, digest)),
        "reason": pa.array(np.where(failed, "error", "")),
        "value": pa.array(np.where(p >= 0.5, "true", "false")),
        "probability": pa.array(p.astype(float)),
        "probabilities": pa.nulls(n, pa.string()),
    }
    table["reason"] = pa.array([text or None for text in table["reason"].to_pylist()], pa.string())
    if label is not None:
        table["label"] = pa.array(np.where(label.astype(bool), "true", "false"))
        table["label_known_at"] = pa.nulls(n, pa.timestamp("us", tz="UTC"))
    return pa.table(table)


def record_of(plan: Plan) -> RolloutRecord:
    """A rollout of version 2 against champion 1 that begins now."""
    told = Observations(backend=Backend(), candidate=None)
    return open_rollout(plan, model=MODEL, champion=OLD, challenger=NEW, told=told, now=START)


_TYPES: dict[str, pa.DataType] = {
    "request": pa.string(), "row": pa.int32(), "at": pa.timestamp("us", tz="UTC"), "latency_us": pa.int64(),
    "scoring_us": pa.int64(), "key": pa.string(), "assignment": pa.string(), "propensity": pa.float64(),
    "assigned_version": pa.string(), "version": pa.string(), "digest": pa.string(), "reason": pa.string(),
    "value": pa.string(), "probability": pa.float64(), "probabilities": pa.string(), "label": pa.string(),
    "label_known_at": pa.timestamp("us", tz="UTC"), "feature.a": pa.float64(), "feature.b": pa.string(),
}  # fmt: skip


def _row(i: int, given: dict[str, Any], share: float) -> dict[str, Any]:
    arm = given.get("arm", 0)
    version, other = (NEW, OLD) if arm else (OLD, NEW)
    failed = given.get("failed", False)
    answered = other if failed else version
    p = given.get("p", 0.3)
    label = given.get("label")
    row = {
        "request": f"r{i}", "row": 0, "at": SINCE + timedelta(minutes=given.get("minute", 1)),
        "latency_us": 5000, "scoring_us": 2000, "key": f"k{i}",
        "assignment": "fallback" if failed else "hash", "propensity": share if arm else 1 - share,
        "assigned_version": version.version, "version": answered.version, "digest": answered.digest,
        "reason": "error" if failed else None, "value": json.dumps(p >= 0.5), "probability": p,
        "probabilities": None, "label": None if label is None else json.dumps(label), "label_known_at": None,
        "feature.a": 1.0, "feature.b": "x",
    }  # fmt: skip
    return {**row, **{name: value for name, value in given.items() if name in row and name != "label"}}

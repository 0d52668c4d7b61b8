"""How a model of a table of this size is trained, and what it must beat."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task

MIN_BLOCKS: Final = 7
"""Days that an interval needs, as the evaluation has it; with fewer a gate is decided on the value."""
_MAJORITY: Final = 0.7
_ONE_THREAD_ROWS: Final = 20_000
"""Below it threads wait for each other longer than they work, on a busy machine many times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingChoice:
    """The section `training`."""

    parameters: Mapping[str, float | int]
    rounds: int
    early_stopping_rounds: int
    validation: float
    holdout: float
    cpu: int
    time_limit: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateChoice:
    """One gate; exactly one of `min` and `max`."""

    metric: str
    why: str
    min: float | None = None
    max: float | None = None
    on_point: bool = False
    min_rows: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """Training for tables of up to so many labelled rows."""

    rows: float
    depth: int
    eta: float
    child_weight: int
    reg_lambda: float
    rounds: int
    patience: int
    validation: float
    holdout: float
    time_limit: str | None
    why: str


_SIZES: Final = (
    _Size(rows=300, depth=2, eta=0.1, child_weight=2, reg_lambda=5.0, rounds=200, patience=20,
          validation=0.25, holdout=0.25, time_limit=None,
          why="a very small table: shallow trees, strongly held back"),
    _Size(rows=1500, depth=3, eta=0.1, child_weight=3, reg_lambda=3.0, rounds=300, patience=25,
          validation=0.2, holdout=0.25, time_limit=None, why="a small table: shallow trees, held back"),
    _Size(rows=20_000, depth=4, eta=0.08, child_weight=5, reg_lambda=2.0, rounds=400, patience=30,
          validation=0.15, holdout=0.2, time_limit=None, why="some thousand rows: trees of moderate depth"),
    _Size(rows=500_000, depth=6, eta=0.06, child_weight=20, reg_lambda=1.0, rounds=500, patience=30,
          validation=0.15, holdout=0.2, time_limit=None, why="plenty of rows: deep trees"),
    _Size(rows=math.inf, depth=7, eta=0.15, child_weight=100, reg_lambda=1.0, rounds=150, patience=15,
          validation=0.1, holdout=0.1, time_limit="4h", why="millions of rows: fewer, bigger steps"),
)  # fmt: skip  # one size two lines


def choose_training(task: Task, labelled: int) -> TrainingChoice:
    """Parameters for a table with so many labelled rows.

    >>> choose_training("binary", 500).parameters["max_depth"]
    3
    """
    size = next(size for size in _SIZES if labelled <= size.rows)
    # Weights of classes are p (1 - p), far below the 1 of a regression's row.
    weight = size.child_weight if task != "multiclass" else max(1, size.child_weight // 4)
    return TrainingChoice(
        parameters={
            "max_depth": size.depth,
            "eta": size.eta,
            "min_child_weight": weight,
            "lambda": size.reg_lambda,
            "subsample": 0.8,
            "colsample_bytree": 0.8,
        },
        rounds=size.rounds,
        early_stopping_rounds=size.patience,
        validation=size.validation,
        holdout=size.holdout,
        cpu=1 if labelled <= _ONE_THREAD_ROWS else 2,
        time_limit=size.time_limit,
        why=size.why,
    )


def choose_gate(
    task: Task, counts: Mapping[Scalar, int], *, holdout_rows: int, holdout_days: int | None
) -> GateChoice:
    """The gate that a model without any skill does not pass.

    Args:
        counts: rows of each class that is learned.
        holdout_days: days that the holdout spans; None: rows without time, which are resampled one by one.
    """
    on_point = holdout_days is not None and holdout_days < MIN_BLOCKS
    # Without an interval luck could pass: the value has to be further away.
    margin = 0.05 if on_point else 0.02
    min_rows = max(10, min(200, int(holdout_rows * 0.6)))
    if task == "binary":
        return GateChoice(
            metric="auc", min=0.5 + margin, why="0.5 is a coin", on_point=on_point, min_rows=min_rows
        )
    if task == "regression":
        return GateChoice(
            metric="r2", min=margin, why="0 is the mean of the label", on_point=on_point, min_rows=min_rows
        )
    total = sum(counts.values())
    shares = [rows / total for rows in counts.values() if rows]
    if max(shares) <= _MAJORITY:
        limit = round(min(max(shares) + margin, 0.99), 3)
        why = f"always guessing the most frequent class is right in {max(shares):.1%}"
        return GateChoice(metric="accuracy", min=limit, why=why, on_point=on_point, min_rows=min_rows)
    entropy = -sum(share * math.log(share) for share in shares)
    why = f"the shares of the classes alone give {entropy:.3f}"
    limit = round(entropy * (1 - margin), 4)
    return GateChoice(metric="log_loss", max=limit, why=why, on_point=on_point, min_rows=min_rows)

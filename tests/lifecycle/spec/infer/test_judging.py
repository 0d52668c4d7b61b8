"""Training and gates by size of the table."""

import math

import pytest

from lifecycle.spec.infer.judging import GateChoice, choose_gate, choose_training
from lifecycle.training.split import MIN_ROWS


@pytest.mark.parametrize("rows", [150, 500, 5_000, 100_000, 5_000_000])
def test_every_part_has_the_rows_that_training_wants(rows: int) -> None:
    choice = choose_training("binary", rows)
    assert min(choice.validation, choice.holdout) * rows >= MIN_ROWS


def test_more_rows_make_deeper_trees_and_millions_fewer_rounds() -> None:
    chosen = [choose_training("binary", rows) for rows in (150, 500, 5_000, 100_000, 5_000_000)]
    assert [choice.parameters["max_depth"] for choice in chosen] == [2, 3, 4, 6, 7]
    assert (chosen[-1].rounds, chosen[-1].time_limit) == (150, "4h")


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        pytest.param(
            choose_gate("binary", {0: 5, 1: 5}, holdout_rows=1000, holdout_days=None),
            GateChoice(metric="auc", min=0.52, why="0.5 is a coin"),
            id="better than a coin",
        ),
        pytest.param(
            choose_gate("regression", {}, holdout_rows=30, holdout_days=3),
            GateChoice(metric="r2", min=0.05, why="0 is the mean of the label", on_point=True, min_rows=18),
            id="few days: on the value, further away",
        ),
        pytest.param(
            choose_gate("multiclass", {"a": 50, "b": 50}, holdout_rows=1000, holdout_days=None),
            GateChoice(
                metric="accuracy", min=0.52, why="always guessing the most frequent class is right in 50.0%"
            ),
            id="the prior",
        ),
    ],
)
def test_choose_gate(gate: GateChoice, expected: GateChoice) -> None:
    assert gate == expected


def test_where_one_class_is_nearly_all_the_entropy_is_to_be_beaten() -> None:
    gate = choose_gate("multiclass", {"a": 90, "b": 10}, holdout_rows=1000, holdout_days=None)
    entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert (gate.metric, gate.max) == ("log_loss", round(entropy * 0.98, 4))

"""The contract of trainers, on ours and on one by its import path."""

from pathlib import Path
from typing import ClassVar

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training.trainers import source_of, trainer_code, trainer_of
from tests.contracts.trainer import TrainerContract
from tests.fakes import linear_trainer

LINEAR = "tests.fakes.linear_trainer:fit_linear"


class TestXGBoost(TrainerContract):
    trainer = "xgboost"
    parameters: ClassVar = {"max_depth": 3, "eta": 0.3}


class TestTorch(TrainerContract):
    trainer = "torch"
    parameters: ClassVar = {"batch_rows": 32, "width": 16}


class TestOther(TrainerContract):
    trainer = LINEAR


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("forest", "asks for the trainer 'forest'; known: xgboost, torch, and package.module:function"),
        ("acme.trees:fit", "the trainer acme.trees:fit cannot be imported here: No module named 'acme'"),
        (f"{LINEAR}s", "the trainer .* is not there: tests.fakes.linear_trainer has no fit_linears"),
    ],
)
def test_a_trainer_that_is_not_there_is_a_clear_error(name: str, message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        trainer_of(name)


def test_the_source_of_another_trainer_is_part_of_the_job() -> None:
    assert source_of(LINEAR) == Path(linear_trainer.__file__)
    assert trainer_code(LINEAR) is not None
    assert trainer_code("torch") is None
    assert trainer_code("acme.trees:fit") is None

"""More rows: what they would give, asked of a trainer whose answers are known and of the real one."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from lifecycle.features.encoding import Encoding, Matrix
from lifecycle.training.job import LearningPoint, TrainingJob
from lifecycle.training.learning_curve import learning_curve
from lifecycle.training.run import run_job
from lifecycle.training.site import ALONE, Site
from lifecycle.training.trainer import Batch, Fitted, Part, Progress
from tests.fakes.bundles import parcels, write_job

ENCODING = Encoding(features=())


class Recorder:
    """A trainer that fits nothing and remembers what it was given."""

    def __init__(self) -> None:
        self.parts: list[tuple[list[float], int]] = []

    def __call__(
        self,
        job: TrainingJob,
        encoding: Encoding,
        fit: Part,
        validation: Part,
        *,
        classes: int,
        progress: Progress,
        site: Site = ALONE,
    ) -> Fitted:
        assert site.checkpoints is None, "a part's fit must not go on from the whole fit's checkpoint"
        matrix = np.concatenate([rows for rows, _ in fit.batches()])
        labels = np.concatenate([labels for _, labels in fit.batches()])
        assert fit.rows == len(matrix) == len(labels)
        self.parts.append((matrix[:, 0].tolist(), job.rounds))
        return fitted(fit.rows)


def fitted(rows: int) -> Fitted:
    curves: Mapping[str, tuple[float, ...]] = {"fit_x": (9.0, rows / 10), "validation_x": (9.0, 1 / rows)}
    return Fitted(weights={}, best_round=1, curves=curves, importance={}, predict=lambda rows: rows[:, 0])


def rows(labels: list[float]) -> Part:
    matrix: Matrix = np.arange(len(labels), dtype=np.float32).reshape(-1, 1)

    def batches() -> Iterator[Batch]:
        for begin in range(0, len(labels), 7):
            yield matrix[begin : begin + 7], np.array(labels[begin : begin + 7])

    return Part(rows=len(labels), batches=batches)


@pytest.fixture
def job(tmp_path: Path) -> TrainingJob:
    return write_job(tmp_path, parcels(n_rows=80), learning_curve=(0.25, 0.5))


def run(
    job: TrainingJob, labels: list[float], classes: int = 2
) -> tuple[Recorder, tuple[LearningPoint, ...], list[str]]:
    trainer, said = Recorder(), list[str]()
    points = learning_curve(
        trainer, job, ENCODING, fit=rows(labels), validation=rows([0, 1]), classes=classes,
        whole=fitted(len(labels)), progress=said.append,
    )  # fmt: skip
    return trainer, points, said


def test_shares_grow_into_each_other_and_keep_the_order_of_the_table(job: TrainingJob) -> None:
    trainer, points, _ = run(job, [0, 1] * 20)
    (quarter, _), (half, _) = trainer.parts
    assert (len(quarter), len(half)) == (10, 20)
    assert set(quarter) < set(half)
    assert quarter == sorted(quarter) and half == sorted(half)
    assert points == (
        LearningPoint(share=0.25, rows=10, rounds=2, fit_score=1.0, validation_score=0.1),
        LearningPoint(share=0.5, rows=20, rounds=2, fit_score=2.0, validation_score=0.05),
        LearningPoint(share=1.0, rows=40, rounds=2, fit_score=4.0, validation_score=0.025),
    )


def test_a_part_looks_at_no_more_rounds_than_the_whole_did(job: TrainingJob) -> None:
    trainer, _, _ = run(job, [0, 1] * 20)
    assert {rounds for _, rounds in trainer.parts} == {min(job.rounds, 2 + job.early_stopping_rounds)}


def test_a_part_without_every_class_is_left_out_and_told(job: TrainingJob) -> None:
    trainer, points, said = run(job, [0] * 39 + [1], classes=2)
    assert len(points) == len(trainer.parts) + 1 < 3
    assert "hold not every class" in said[0]
    _, regression, _ = run(job, [5.0] * 40, classes=0)
    assert len(regression) == 3


def test_the_same_seed_draws_the_same_rows(job: TrainingJob) -> None:
    labels = [0.0, 1.0] * 20
    same = [run(job, labels)[0].parts for _ in range(2)]
    other = run(job.model_copy(update={"seed": 8}), labels)[0].parts
    assert same[0] == same[1] != other


def test_the_real_trainer_draws_a_curve_that_leaves_the_model_as_it_is(tmp_path: Path) -> None:
    made = parcels(n_rows=300)
    for name, shares in (("with", (0.3, 0.6)), ("without", ())):
        write_job(tmp_path / name, made, learning_curve=shares)
    lines: list[str] = []
    found, plain = (run_job(tmp_path / name, progress=lines.append) for name in ("with", "without"))
    assert (found.files, found.metrics) == (plain.files, plain.metrics)
    assert plain.learning_curve == ()
    assert [point.share for point in found.learning_curve] == [0.3, 0.6, 1.0]
    assert [point.rows for point in found.learning_curve][-1] == found.split.fit
    assert found.learning_curve[-1].validation_score == pytest.approx(found.metrics["validation_logloss"])
    assert sum(line.startswith("learning curve") for line in lines) == 2

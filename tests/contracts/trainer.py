"""What every trainer keeps, ours and others: subclass it, and name yours.

class TestMine(TrainerContract):
    trainer = "acme.trees:fit"
    parameters = {"depth": 3}
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from lifecycle.endpoint.scorer import COLUMN_ROWS, Scorer
from lifecycle.registry.assemble import assemble_bundle
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task
from lifecycle.training.job import TrainingJob, TrainingResult
from lifecycle.training.run import run_job
from tests.fakes.bundles import WIND, parcels, write_job

TASKS: list[Task] = ["binary", "multiclass", "regression"]
GUESSING: Mapping[Task, float] = {"binary": math.log(2), "multiclass": math.log(3), "regression": 30.0}
"""The score of a model that knows nothing."""


class TrainerContract:
    """On small tables whose label follows from two features."""

    trainer: ClassVar[str]
    parameters: ClassVar[Mapping[str, Scalar]] = {}
    rounds: ClassVar[int] = 15

    def job(self, folder: Path, task: Task, **changes: object) -> TrainingJob:
        """A job of the trainer in a folder."""
        facts = {"trainer": self.trainer, "parameters": self.parameters, "rounds": self.rounds}
        return write_job(folder, parcels(task), **(facts | changes))

    def run(self, folder: Path) -> TrainingResult:
        """Train what is in a folder."""
        return run_job(folder, progress=lambda line: None)

    @pytest.mark.parametrize("task", TASKS)
    def test_it_learns_and_tells_how(self, tmp_path: Path, task: Task) -> None:
        self.job(tmp_path, task)
        result = self.run(tmp_path)
        told = {name.partition("_")[0]: values for name, values in result.curves.items()}
        assert told.keys() == {"fit", "validation"}
        assert len(told["fit"]) == len(told["validation"]) <= self.rounds
        assert 0 <= result.best_round < len(told["fit"])
        assert all(math.isfinite(value) for values in told.values() for value in values)
        assert told["validation"][result.best_round] < GUESSING[task]
        features = {feature.name for feature in parcels(task).plan.features}
        assert result.importance.keys() == features
        assert all(value >= 0 for value in result.importance.values())
        assert max(result.importance, key=lambda name: result.importance[name]) == "distance"

    @pytest.mark.parametrize("task", TASKS)
    def test_the_endpoint_scores_as_it_did(self, tmp_path: Path, task: Task) -> None:
        job, made = self.job(tmp_path, task), parcels(task)
        result = self.run(tmp_path)
        for row in result.golden:
            assert len(row.scores) == (3 if task == "multiclass" else 1)
            if task != "regression":
                assert all(0 <= score <= 1 for score in row.scores)
        bundle = assemble_bundle(
            tmp_path / "bundle",
            job=job,
            result=result,
            trained=tmp_path,
            plan=made.plan,
            lookups={"wind": WIND},
            histories={},
            requests={row["parcel"]: row for row in made.rows},
            threshold=None,
            spec_fingerprint="",
            data_versions={},
            made_from=None,
        )
        scorer = Scorer.load(bundle)
        assert scorer.smoke().ok
        self.check_single_rows_and_batches(scorer)
        # What no row that fits had is a score all the same.
        odd = np.full((2, len(made.plan.features)), np.nan, dtype=np.float32)
        odd[1] = 0
        assert np.isfinite(load_predictor(bundle).predict(odd)).all()

    def check_single_rows_and_batches(self, scorer: Scorer) -> None:
        """A row has its features and its scores, whatever it is asked with."""
        rows = [*(golden["request"] for golden in scorer.golden), {"distance": 3.0, "sent_at": None}]
        assert len(rows) >= COLUMN_ROWS
        alone, together = [scorer.answer([row]) for row in rows], scorer.answer(rows)
        columns = {name: [one.features[name][0] for one in alone] for name in together.features}
        assert {name: list(values) for name, values in together.features.items()} == columns
        for one, row in zip(alone, together.scores, strict=True):
            ((value, probability, probabilities),) = one.scores
            assert row.value == pytest.approx(value, abs=1e-6)
            assert row.probability == pytest.approx(probability, abs=1e-6)
            assert row.probabilities == pytest.approx(probabilities, abs=1e-6)

    def test_the_same_job_gives_the_same_files(self, tmp_path: Path) -> None:
        for name in ("first", "again"):
            self.job(tmp_path / name, "binary")
        first, again = (self.run(tmp_path / name) for name in ("first", "again"))
        assert first.model_copy(update={"seconds": again.seconds}) == again

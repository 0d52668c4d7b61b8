"""A real small bundle: its answers, its contract, and the smoke test that stands before every deployment."""

import json
import logging
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import ModelProto

from lifecycle.endpoint.loading import load_bundle
from lifecycle.endpoint.scorer import COLUMN_ROWS, RowsError, Scorer
from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Matrix
from lifecycle.registry.audit import BundleError
from lifecycle.registry.bundle import GOLDEN_FILE, TWIN_FILE, Bundle, open_bundle, seal_bundle
from lifecycle.registry.onnx_predictor import TWIN_ROWS, TWIN_TOLERANCE
from lifecycle.spec.model import Task
from tests.conftest import TrainedBundle

FAR = {"parcel": "a", "sent_at": "2024-02-20T10:00:00Z", "distance": 990.0, "carrier": "snail"}
NEAR = {**FAR, "distance": 5.0, "carrier": "swift"}


def resealed(bundle: Bundle, change: Callable[[list[dict[str, Any]]], object], **facts: object) -> Bundle:
    """The bundle with other golden rows, sealed anew."""
    golden = json.loads((bundle.path / GOLDEN_FILE).read_bytes())
    change(golden)
    (bundle.path / GOLDEN_FILE).write_text(json.dumps(golden))
    return seal_bundle(bundle.path, bundle.manifest.model_copy(update=facts))


def test_a_binary_answer_is_a_class_with_its_probability(sealed: TrainedBundle) -> None:
    far, near = Scorer.load(sealed("binary")).score([FAR, NEAR])
    assert (far.value, near.value) == (True, False)
    assert far.probability is not None and near.probability is not None
    assert 0 <= near.probability < 0.5 < far.probability <= 1
    assert far.probabilities is None


def test_a_multiclass_answer_is_the_likeliest_class(sealed: TrainedBundle) -> None:
    far, near = Scorer.load(sealed("multiclass")).score([FAR, NEAR])
    assert (far.value, near.value) == ("lost", "fine")
    assert far.probability is None
    assert far.probabilities is not None
    assert set(far.probabilities) == {"fine", "late", "lost"}
    assert sum(far.probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert max(far.probabilities, key=far.probabilities.__getitem__) == "lost"


def test_a_regression_answer_is_a_number(sealed: TrainedBundle) -> None:
    far, near = Scorer.load(sealed("regression")).score([FAR, NEAR])
    assert isinstance(far.value, float) and isinstance(near.value, float)
    assert far.value > 70 and near.value < 30
    assert (far.probability, far.probabilities) == (None, None)


def test_rows_alone_and_together_score_the_same(sealed: TrainedBundle) -> None:
    scorer = Scorer.load(sealed("binary"))
    rows = [golden["request"] for golden in scorer.golden]
    alone, together = [scorer.score([row])[0] for row in rows], scorer.score(rows)
    assert len(rows) > TWIN_ROWS  # so that two libraries answer
    assert [one.value for one in alone] == [one.value for one in together]
    assert [one.probability for one in alone] == pytest.approx(
        [one.probability for one in together], rel=0, abs=TWIN_TOLERANCE
    )
    assert scorer.score([]) == []


@pytest.mark.parametrize(("threshold", "expected"), [(0.0, True), (1.0, False), (None, True)])
def test_the_threshold_decides_the_class(bundle: Bundle, threshold: float | None, expected: bool) -> None:
    (score,) = Scorer.load(resealed(bundle, lambda golden: None, threshold=threshold)).score([FAR])
    assert score.value is expected


def test_a_score_at_the_threshold_is_positive(bundle: Bundle) -> None:
    (score,) = Scorer.load(bundle).score([FAR])
    (again,) = Scorer.load(resealed(bundle, lambda golden: None, threshold=score.probability)).score([FAR])
    assert again.value is True


def test_what_no_training_row_held_is_scored_as_missing(sealed: TrainedBundle) -> None:
    scorer = Scorer.load(sealed("binary"))
    (features,) = scorer.features([{"distance": 3, "sent_at": "2030-01-01T00:00:00Z"}])
    assert features == {"distance": 3.0, "carrier": None, "hour": 0, "wind": None}
    assert scorer.score([{"distance": 3, "sent_at": "2030-01-01T00:00:00Z"}])[0].value is False


def test_every_problem_of_every_row_is_told_and_nothing_is_scored(sealed: TrainedBundle) -> None:
    rows = [FAR, {**FAR, "distance": -1}, {"carrier": "stork", "colour": 1}]
    with pytest.raises(RowsError) as caught:
        Scorer.load(sealed("binary")).score(rows)
    told = {(problem.row, problem.field) for problem in caught.value.problems}
    assert told == {(1, "distance"), (2, "carrier"), (2, "'colour'"), (2, "distance")}
    assert str(caught.value) == "row 1, distance: found -1; allowed: 0.0 to 1000.0 (and 3 more)"
    with pytest.raises(RowsError) as batch:
        Scorer.load(sealed("binary")).score([*rows, *[FAR] * COLUMN_ROWS])
    assert batch.value.problems == caught.value.problems


def test_a_batch_has_the_features_of_its_rows(sealed: TrainedBundle) -> None:
    scorer = Scorer.load(sealed("binary"))
    rows = [FAR, NEAR, {"distance": 3, "sent_at": None}, {**FAR, "carrier": None}, FAR]
    assert len(rows) >= COLUMN_ROWS
    alone = [scorer.answer([row]).features for row in rows]
    together = scorer.answer(rows).features
    assert {name: [one[name][0] for one in alone] for name in together} == {
        name: list(values) for name, values in together.items()
    }


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_fresh_bundle_passes_its_smoke_test(sealed: TrainedBundle, task: Task) -> None:
    smoke = Scorer.load(sealed(task)).smoke()
    assert (smoke.ok, smoke.rows, smoke.differing_features) == (True, 5, ())
    assert smoke.max_difference <= 1e-6
    assert smoke.milliseconds > 0


def test_a_score_that_moved_fails_the_smoke_test(bundle: Bundle) -> None:
    def move(golden: list[dict[str, Any]]) -> None:
        golden[2]["scores"][0] += 0.001

    changed = resealed(bundle, move)
    smoke = Scorer.load(changed).smoke()
    assert (smoke.ok, smoke.differing_features) == (False, ())
    assert smoke.max_difference == pytest.approx(0.001, abs=1e-6)
    with pytest.raises(LifecycleError, match="does not score its 5 golden rows as at training"):
        load_bundle(changed.path, changed.digest)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("way", ["_predictor", "_native"], ids=["single rows", "batches"])
def test_a_score_that_is_no_number_fails_the_smoke_test(
    sealed: TrainedBundle, monkeypatch: pytest.MonkeyPatch, way: str, number: float
) -> None:
    scorer = Scorer.load(sealed("binary"))
    sound = getattr(scorer, way).predict

    class OneIsNone:
        def predict(self, matrix: Matrix) -> NDArray[np.float64]:
            scores: NDArray[np.float64] = np.array(sound(matrix))
            scores[0] = number
            return scores

    monkeypatch.setattr(scorer, way, OneIsNone())
    smoke = scorer.smoke()
    assert (smoke.ok, smoke.differing_features) == (False, ())
    assert str(smoke.max_difference) == ("nan" if math.isnan(number) else "inf")


def test_a_feature_that_moved_fails_the_smoke_test(bundle: Bundle) -> None:
    def move(golden: list[dict[str, Any]]) -> None:
        golden[0]["features"]["wind"] = 1000.0

    smoke = Scorer.load(resealed(bundle, move)).smoke()
    assert (smoke.ok, smoke.differing_features) == (False, ("wind",))


def test_a_bundle_without_golden_rows_proves_nothing(bundle: Bundle) -> None:
    smoke = Scorer.load(resealed(bundle, lambda golden: golden.clear())).smoke()
    assert (smoke.ok, smoke.rows) == (False, 0)


def test_a_bundle_is_loaded_from_wherever_it_was_copied(sealed: TrainedBundle, tmp_path: Path) -> None:
    import shutil

    from lifecycle.registry.bundle import open_bundle

    copy = open_bundle(Path(shutil.copytree(sealed("binary").path, tmp_path / "copy")))
    assert Scorer.load(copy).score([FAR]) == Scorer.load(sealed("binary")).score([FAR])


def test_a_bundle_of_before_twins_is_loaded_and_says_so(
    sealed: TrainedBundle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "old"
    shutil.copytree(sealed("binary").path, folder)
    (folder / TWIN_FILE).unlink()
    old = seal_bundle(folder, sealed("binary").manifest)
    with caplog.at_level(logging.WARNING):
        loaded = load_bundle(folder, old.digest)
    why = "the bundle holds no model.onnx: it was sealed before twins were"
    assert (loaded.description["single_rows"], loaded.description["without_twin"]) == ("xgboost", why)
    assert [record.message for record in caplog.records] == [
        f"bundle {old.digest[:12]}: single rows are scored by xgboost: {why}"
    ]


def test_a_twin_of_another_model_is_not_used(sealed: TrainedBundle, tmp_path: Path) -> None:
    """Sealed as if it belonged there: the golden rows tell."""
    folder = tmp_path / "mixed"
    shutil.copytree(sealed("binary").path, folder)
    content = (folder / TWIN_FILE).read_bytes()
    tree = ModelProto.FromString(content)
    weights = next(a for a in tree.graph.node[0].attribute if a.name == "target_weights")
    weights.floats[:] = [weight + 0.01 for weight in weights.floats]
    (folder / TWIN_FILE).write_bytes(tree.SerializeToString(deterministic=True))
    mixed = seal_bundle(folder, sealed("binary").manifest)
    scorer = Scorer.load(mixed)
    assert scorer.without_twin == "model.onnx scores the golden rows otherwise than the weights"
    assert scorer.smoke().ok
    (folder / TWIN_FILE).write_bytes(content)
    with pytest.raises(BundleError, match=r"model\.onnx of bundle .* is not what its manifest says"):
        open_bundle(folder)

"""The twin of a booster: equal on whatever is asked, the same bytes for the same model, or left out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lifecycle.features.encoding import EncodedFeature, Encoding
from lifecycle.registry import onnx_predictor, onnx_trees, onnx_twin
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.onnx_predictor import (
    TWIN_ROWS,
    OnnxPredictor,
    TwinError,
    TwinnedPredictor,
    agree,
    choose_predictor,
)
from lifecycle.registry.onnx_trees import onnx_of
from lifecycle.registry.onnx_twin import drawn_rows, make_twin
from lifecycle.registry.predictor import load_predictor
from tests.fakes.bundles import make_bundle

OBJECTIVES = ("binary:logistic", "multi:softprob", "reg:squarederror")
CATEGORIES = 36
"""More than onnxruntime keeps in one set."""
ENCODING = Encoding(
    features=(
        EncodedFeature(name="a", kind="number"),
        EncodedFeature(name="b", kind="number"),
        EncodedFeature(name="c", kind="category", categories=tuple(f"c{i:02}" for i in range(CATEGORIES))),
    )
)


def boosted(objective: str, seed: int = 0, **parameters: object) -> Any:
    """A small booster over two numbers with missing values, and a column of categories."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [random.normal(size=(300, 2)).round(1), random.integers(0, CATEGORIES, 300)]
    ).astype(np.float32)
    odd = matrix[:, 2] % 3
    matrix[random.random(matrix.shape) < 0.2] = np.nan
    label = {
        "binary:logistic": odd > 1,
        "multi:softprob": odd,
        # Where single precision has a step of 0.06: a sum in another order would show.
        "reg:squarederror": 1e6 + 1e5 * odd * np.nan_to_num(matrix[:, 0]),
    }[objective]
    data = xgboost.DMatrix(matrix, label, feature_types=ENCODING.types, enable_categorical=True)
    several = {"num_class": 3} if objective == "multi:softprob" else {}
    told = {"objective": objective, "nthread": 1, "max_depth": 4, **several, **parameters}
    return xgboost.train(told, data, num_boost_round=8)


def told(booster: Any) -> Any:
    return json.loads(booster.save_raw("json"))


def trees(booster: Any) -> Any:
    return told(booster)["learner"]["gradient_booster"]["model"]["trees"]


def scores(booster: Any, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(booster.inplace_predict(rows), dtype=np.float64).reshape(len(rows), -1)


@pytest.fixture(params=OBJECTIVES)
def objective(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@settings(deadline=None, max_examples=40)
@given(
    objective=st.sampled_from(OBJECTIVES),
    seed=st.integers(0, 10_000),
    depth=st.integers(1, 7),
    one_hot=st.sampled_from([1, 100]),
    parallel=st.integers(1, 3),
    asked=st.integers(0, 10_000),
)
def test_any_booster_and_its_twin_score_alike(
    objective: str, seed: int, depth: int, one_hot: int, parallel: int, asked: int
) -> None:
    booster = boosted(objective, seed, max_depth=depth, max_cat_to_onehot=one_hot, num_parallel_tree=parallel)
    random = np.random.default_rng(asked)
    rows = np.column_stack([random.normal(size=(40, 2)).round(1), random.integers(0, CATEGORIES, 40)])
    rows[random.random(rows.shape) < 0.3] = np.nan
    rows = np.concatenate([rows.astype(np.float32), drawn_rows(told(booster), ENCODING)[:40]])
    twin = OnnxPredictor(onnx_of(told(booster)))
    alone = np.concatenate([twin.predict(rows[at : at + 1]) for at in range(len(rows))])
    # A sum of leaves is equal to the bit; the functions that end it are each library's own.
    allowed = 0.0 if objective == "reg:squarederror" else 5e-7
    np.testing.assert_allclose(alone, scores(booster, rows), rtol=0, atol=allowed)
    np.testing.assert_allclose(twin.predict(rows), scores(booster, rows), rtol=0, atol=allowed)


def test_the_same_weights_have_a_twin_of_the_same_bytes(objective: str) -> None:
    first, again = (bytes(boosted(objective).save_raw("ubj")) for _ in range(2))
    rows = np.zeros((1, 3), dtype=np.float32)
    assert make_twin("xgboost", first, ENCODING, rows) == make_twin("xgboost", again, ENCODING, rows)


def test_the_twin_is_sound_onnx(objective: str) -> None:
    import onnx

    model = onnx.load_from_string(onnx_of(told(boosted(objective))))
    onnx.checker.check_model(model, full_check=True)
    assert (model.producer_name, model.producer_version, len(model.metadata_props)) == ("", "", 0)


def test_rows_are_drawn_on_both_sides_of_a_threshold_of_every_category_and_missing() -> None:
    model = told(boosted("binary:logistic"))
    rows = drawn_rows(model, ENCODING)
    assert set(range(CATEGORIES)) == {int(code) for code in rows[:, 2] if not np.isnan(code)}
    assert np.isnan(rows).any(axis=0).all()
    threshold = next(value for feature, value in onnx_twin._splits(model) if feature == 0)
    at = np.float32(threshold)
    assert {float(np.nextafter(at, np.float32(to))) for to in (-np.inf, np.inf)} | {float(at)} <= set(
        rows[:, 0].tolist()
    )
    np.testing.assert_array_equal(rows, drawn_rows(model, ENCODING))


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        pytest.param({"booster": "dart"}, "booster 'dart'", id="dropped trees weigh less"),
        pytest.param({"booster": "gblinear"}, "booster 'gblinear'", id="no trees"),
        pytest.param({"objective": "count:poisson"}, "'count:poisson'", id="another objective"),
    ],
)
def test_what_has_no_equal_has_no_twin(parameters: dict[str, str], why: str) -> None:
    data = xgboost.DMatrix(np.arange(40.0).reshape(20, 2), np.arange(20.0))
    booster = xgboost.train({"objective": "reg:squarederror", **parameters}, data, num_boost_round=2)
    with pytest.raises(TwinError, match=why):
        onnx_of(told(booster))


def test_a_booster_of_categories_alone_is_met() -> None:
    """onnxruntime scored every row of such an ensemble wrongly, had all splits been by category."""
    codes = np.arange(360, dtype=np.float32).reshape(-1, 1) % CATEGORIES
    data = xgboost.DMatrix(codes, codes[:, 0] % 3, feature_types=["c"], enable_categorical=True)
    parameters = {"objective": "multi:softprob", "num_class": 3, "max_cat_to_onehot": 100}
    booster = xgboost.train(parameters, data, num_boost_round=3)
    kinds = {
        kind
        for tree in trees(booster)
        for kind, left in zip(tree["split_type"], tree["left_children"], strict=True)
        if left != -1
    }
    assert kinds == {1}
    found = OnnxPredictor(onnx_of(told(booster))).predict(codes)
    np.testing.assert_allclose(found, scores(booster, codes), rtol=0, atol=5e-7)


def test_a_set_that_could_end_the_process_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_trees, "MAX_SET", 2)
    with pytest.raises(TwinError, match="a split holds more than 2 categories"):
        onnx_of(told(boosted("binary:logistic", max_cat_to_onehot=1)))


def test_many_categories_have_no_twin_that_would_be_slower() -> None:
    random = np.random.default_rng(0)
    codes = random.permutation(np.arange(4000) % 400).astype(np.float32).reshape(-1, 1)
    data = xgboost.DMatrix(codes, random.integers(0, 2, 4000), feature_types=["c"], enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, data, num_boost_round=60)
    with pytest.raises(TwinError, match="by many categories"):
        onnx_of(told(booster))


def test_a_trainer_that_nobody_converts_has_no_twin() -> None:
    with pytest.raises(TwinError, match="none for the trainer torch"):
        make_twin("torch", b"", ENCODING, np.zeros((1, 3), dtype=np.float32))


def test_a_conversion_that_moves_one_leaf_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(model: Any) -> bytes:
        tree = model["learner"]["gradient_booster"]["model"]["trees"][-1]
        leaf = tree["left_children"].index(-1)
        tree["split_conditions"][leaf] += 0.01
        return onnx_of(model)

    monkeypatch.setattr(onnx_twin, "onnx_of", wrong)
    weights = bytes(boosted("binary:logistic").save_raw("ubj"))
    with pytest.raises(TwinError, match="its scores differ from the weights' by more than 1e-06"):
        make_twin("xgboost", weights, ENCODING, np.zeros((1, 3), dtype=np.float32))


class Told:
    """A predictor that answers with what it was told, and counts."""

    def __init__(self, score: float) -> None:
        self.score, self.asked = score, list[int]()

    def predict(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        self.asked.append(len(matrix))
        return np.full((len(matrix), 1), self.score)


@pytest.mark.parametrize(
    ("twin", "expected"),
    [
        pytest.param(0.5, True, id="the same"),
        pytest.param(0.5 + 9e-7, True, id="within"),
        pytest.param(0.5 + 2e-6, False, id="beyond"),
        pytest.param(float("nan"), False, id="no number"),
    ],
)
def test_scores_agree_within_the_tolerance(twin: float, expected: bool) -> None:
    assert agree(Told(twin), Told(0.5), np.zeros((20, 1), dtype=np.float32)) is expected


def test_few_rows_go_to_the_twin_and_batches_to_the_weights() -> None:
    native, twin = Told(0.1), Told(0.2)
    both = TwinnedPredictor(native, twin)
    for rows in (0, 1, TWIN_ROWS, TWIN_ROWS + 1, 500):
        both.predict(np.zeros((rows, 1), dtype=np.float32))
    assert (twin.asked, native.asked) == ([1, TWIN_ROWS], [0, TWIN_ROWS + 1, 500])


def golden_of(bundle: Bundle) -> NDArray[np.float32]:
    from lifecycle.features.encoding import RowEncoder

    encoder = RowEncoder(Encoding.from_json(bundle.read_json("encoding.json")))
    return encoder.encode([row["features"] for row in bundle.read_json("golden.json")])


def test_without_the_runtime_the_weights_score_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = make_bundle(tmp_path)
    native = load_predictor(bundle)
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    chosen = choose_predictor(bundle, native, golden_of(bundle))
    assert (chosen.predictor, chosen.without_twin) == (native, "onnxruntime is not installed")


def test_a_twin_that_differs_here_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = make_bundle(tmp_path)
    native = load_predictor(bundle)
    monkeypatch.setattr(onnx_predictor, "OnnxPredictor", lambda content: Told(0.5))
    chosen = choose_predictor(bundle, native, golden_of(bundle))
    assert chosen.predictor is native
    assert chosen.without_twin == "model.onnx scores the golden rows otherwise than the weights"


def test_bytes_that_the_runtime_does_not_take_are_no_twin() -> None:
    with pytest.raises(TwinError, match=r"onnxruntime does not take model\.onnx"):
        OnnxPredictor(b"\x08\x08")

"""One real model through the real endpoint process: no stub on the way."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lifecycle.endpoint.wire import curl_line
from lifecycle.features.build import build_plan
from lifecycle.features.encoding import EncodedFeature, Encoding, RowEncoder
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.request import RequestReader
from lifecycle.registry.bundle import (
    ENCODING_FILE,
    GOLDEN_FILE,
    PLAN_FILE,
    WEIGHTS_FILE,
    Bundle,
    BundleManifest,
    seal_bundle,
)
from lifecycle.spec.parse import parse_spec
from resources.serving.base import Deployment
from resources.serving.local import LocalServing
from tests.fakes.running import call, predict

SPEC = """
model: {name: late, task: binary}
data:
  source: {files: none.parquet}
  entity: id
  event_time: at
  partition: {every: month, start: 2013-01-01}
  columns:
    id: {type: string}
    at: {type: timestamp}
    distance: {type: float, min: 0}
    carrier: {type: string, null_share: 1.0}
    late: {type: bool, null_share: 1.0}
  label: {column: late, delay: 1d}
features: {columns: {miles: distance * 2, carrier: carrier}}
evaluation: {gates: [{metric: auc, min: 0.5}]}
"""
ROW = {"id": "it's 1", "at": "2013-04-01T12:00:00Z", "distance": 100.0, "carrier": "AA"}


def train(folder: Path, *, rounds: int) -> Bundle:
    """A tiny booster as a bundle: late is what flies far with carrier AA."""
    import xgboost

    folder.mkdir()
    plan = build_plan(parse_spec(SPEC))
    carrier = EncodedFeature(name="carrier", kind="category", categories=("AA", "B6"))
    encoding = Encoding(features=(EncodedFeature(name="miles", kind="number"), carrier))
    values, problems = RequestReader(plan).read(ROW, now_us=0)
    assert problems == []
    features = OnlineFeatures(plan, {}).compute(values)
    rng = np.random.default_rng(0)
    inputs = np.column_stack([rng.uniform(0, 400, 500), rng.integers(0, 2, 500)]).astype(np.float32)
    data = xgboost.DMatrix(
        inputs,
        (inputs[:, 0] > 150) & (inputs[:, 1] == 0),
        feature_types=encoding.types,
        enable_categorical=True,
    )
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, num_boost_round=rounds)
    booster.save_model(folder / WEIGHTS_FILE)
    scores = booster.inplace_predict(RowEncoder(encoding).encode([features])).astype(float).tolist()
    golden = [{"request": ROW, "features": features, "scores": scores}]
    for name, content in [
        (PLAN_FILE, plan.to_json()),
        (ENCODING_FILE, encoding.to_json()),
        (GOLDEN_FILE, golden),
    ]:
        (folder / name).write_text(json.dumps(content))
    moment = datetime(2013, 4, 1, tzinfo=UTC)
    manifest = BundleManifest(
        model="late",
        task="binary",
        trainer="xgboost",
        as_of="2013-03",
        cut_off=moment,
        validation_start=moment,
        holdout_start=moment,
        classes=(False, True),
        threshold=0.5,
        entity="id",
        event_time="at",
        request=plan.request,
        required=plan.required,
        spec_fingerprint="",
        plan_fingerprint=plan.fingerprint,
        data_versions={},
        versions={},
    )
    return seal_bundle(folder, manifest)


def test_a_real_model_answers_is_replaced_and_refuses_bad_rows(root: Path, tmp_path: Path, port: int) -> None:
    serving = LocalServing(root=str(root))
    bundles = [train(tmp_path / str(rounds), rounds=rounds) for rounds in (5, 50)]
    probabilities = []
    for version, bundle in enumerate(bundles):
        deployment = Deployment(
            model="late",
            version=str(version),
            bundle=bundle.path,
            bundle_digest=bundle.digest,
            port=port,
            max_batch=100,
        )
        assert serving.deploy(deployment).version == str(version)
        reply = predict(port, [ROW] * 100)
        assert reply.status == 200
        (prediction,) = {tuple(p.items()) for p in reply.body["predictions"]}
        assert dict(prediction)["value"] is True
        probabilities.append(dict(prediction)["probability"])
    assert 0.5 < probabilities[0] < probabilities[1] < 1

    description = call(port, "GET", "/").body
    assert description["example"] == ROW
    assert {"name": "distance", "required": True, "type": "float", "min": 0.0} in description["columns"]

    refused = predict(port, {**ROW, "distance": -1, "colour": "red"})
    assert refused.status == 422
    assert {problem["field"] for problem in refused.body["error"]["problems"]} == {"distance", "'colour'"}
    assert call(port, "POST", "/predict", b'{"distance": 1e999}').status == 422


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_printed_line_works_as_printed(root: Path, tmp_path: Path, port: int) -> None:
    bundle = train(tmp_path / "bundle", rounds=5)
    serving = LocalServing(root=str(root))
    state = serving.deploy(
        Deployment(
            model="late", version="1", bundle=bundle.path, bundle_digest=bundle.digest, port=port, max_batch=1
        )
    )
    line = curl_line(state.url, call(port, "GET", "/").body["example"])
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=True, text=True)
    assert '"predictions":[{"value":true,"probability":' in done.stdout

"""From a training job to a bundle."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.assemble import assemble_bundle, request_row
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.training.run import run_job
from tests.conftest import TrainedBundle
from tests.fakes.bundles import CUT_OFF, WIND, Parcels, parcels, write_job


def assemble(folder: Path, trained: Path, made: Parcels, *, requests: bool = True) -> Bundle:
    job = write_job(trained, made)
    return assemble_bundle(
        folder,
        job=job,
        result=run_job(trained, progress=lambda line: None),
        trained=trained,
        plan=made.plan,
        lookups={"wind": WIND},
        histories={},
        requests={row["parcel"]: row for row in made.rows} if requests else {},
        threshold=0.5,
        spec_fingerprint="s",
        data_versions={},
        made_from=None,
    )


def test_a_bundle_holds_all_that_serving_needs(sealed: TrainedBundle) -> None:
    bundle = sealed("binary")
    manifest = bundle.manifest
    assert set(manifest.files) == {
        *("model.ubj", "encoding.json", "golden.json", "plan.json", "profile.json", "training.json"),
        "model.onnx",
        "lookups/wind.parquet",
        "online.json",
    }
    assert (manifest.classes, manifest.threshold, manifest.cut_off) == ((False, True), 0.5, CUT_OFF)
    assert manifest.validation_start < manifest.holdout_start < CUT_OFF
    assert manifest.required == ("distance",)
    assert FeaturePlan.from_json(bundle.read_json("plan.json")).fingerprint == manifest.plan_fingerprint
    assert pq.read_table(bundle.file("lookups/wind.parquet")).equals(WIND)
    golden = bundle.read_json("golden.json")
    assert [set(row) for row in golden] == [{"request", "features", "scores"}] * 5
    assert all(row["request"]["sent_at"].endswith("Z") for row in golden)


def test_what_a_killed_attempt_left_is_thrown_away(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    (folder / "lookups").mkdir(parents=True)
    (folder / "lookups" / "old.parquet").write_bytes(b"half")
    (folder / "model.pkl").write_bytes(b"x")
    bundle = assemble(folder, tmp_path / "job", parcels())
    assert open_bundle(folder) == bundle
    assert sorted(path.name for path in (folder / "lookups").iterdir()) == ["wind.parquet"]


def test_a_golden_row_without_its_request_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LifecycleError, match=r"golden row 'p\d+' is in no snapshot"):
        assemble(tmp_path / "bundle", tmp_path / "job", parcels(), requests=False)
    with pytest.raises(LifecycleError, match="is not a bundle"):
        open_bundle(tmp_path / "bundle")


def test_a_row_of_a_table_is_a_request_as_a_client_sends_it() -> None:
    row = {"parcel": "p", "sent_at": datetime(2024, 1, 1, 1, 2, 3, 4, tzinfo=UTC), "distance": 1.5}
    sent = request_row(parcels().plan, {**row, "carrier": None, "outcome": True, "day": date(2024, 1, 1)})
    assert sent == {"parcel": "p", "sent_at": "2024-01-01T01:02:03.000004Z", "distance": 1.5}

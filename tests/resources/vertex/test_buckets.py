"""What lies in a bucket: the real clients against an emulator, and the same of a folder of files."""

import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from lifecycle.endpoint.log.hiding import SECRET_FILE, keep_secret, secret_of
from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.training.checkpoint import Checkpoints
from lifecycle.training.job import TrainingJob
from resources.compute.vertex.tables import staged
from resources.serving.k8s.units import Home, Unit, units_of
from resources.serving.vertex.publish import publish
from resources.vertex.objects import ChangedError, read_versioned, write_over
from resources.warehouse.base import ALL_TIME, TableRef
from resources.warehouse.bigquery.files import Files
from tests.doubles.gcs import Storage
from tests.fakes.bundles import parcels, write_job
from tests.resources.serving.k8s_cases import CANARY, endpoint

WRITERS = 8
TABLE = TableRef(
    model="parcels", stage="data", partition="2024-01", window=ALL_TIME, uri="bq://p.d.t",
    content_hash="c" * 64, file_sha256="", rows=0, columns={}, nulls={},
)  # fmt: skip


@pytest.fixture(params=["file", "gs"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Staging:
    """A staging folder."""
    if request.param == "file":
        return Staging(f"file://{tmp_path}/staging")
    storage: Storage = request.getfixturevalue("storage")
    return Staging(f"gs://{storage.bucket()}/staging")


def test_files_are_written_read_listed_and_removed(folder: Staging, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"from here")
    folder.write("a.json", b"first")
    folder.write("a.json", b"second")
    folder.upload(tmp_path / "here", "b.bin")
    folder.below("deeper").write("c", b"")
    folder.download("b.bin", tmp_path / "back")
    assert (folder.read("a.json"), folder.read("gone")) == (b"second", None)
    assert (tmp_path / "back").read_bytes() == b"from here"
    assert (folder.has("b.bin", 9), folder.has("b.bin", 8), folder.has("gone", 0)) == (True, False, False)
    ages = [folder.age("b.bin", 9), folder.age("b.bin", 8), folder.age("gone", 0)]
    assert [age is not None and abs(age) < timedelta(minutes=5) for age in ages] == [True, False, False]
    assert (list(folder.names()), list(folder.below("none").names())) == (["a.json", "b.bin"], [])
    folder.remove("a.json")
    folder.remove("a.json")
    assert folder.read("a.json") is None


def test_a_folder_comes_back_as_it_was_sent(folder: Staging, tmp_path: Path) -> None:
    for name in ("bundle.json", "tables/wind.parquet"):
        (tmp_path / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bundle" / name).write_text(name)
    folder.below("b1").send_folder(tmp_path / "bundle")
    folder.below("b1").bring_folder(tmp_path / "brought")
    found = {f.relative_to(tmp_path / "brought").as_posix() for f in (tmp_path / "brought").rglob("*.*")}
    assert found == {"bundle.json", "tables/wind.parquet"}
    with pytest.raises(LifecycleError, match="b2 is not there"):
        folder.below("b2").bring_folder(tmp_path / "other")


def test_of_writers_that_meet_one_wins_and_the_others_are_told(folder: Staging) -> None:
    read, told = read_versioned(folder, "manifest.json"), list[str]()
    start = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        start.wait()
        try:
            write_over(folder, "manifest.json", f"{number}".encode(), read)
            told.append(f"{number}")
        except ChangedError:
            told.append("refused")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [one for one in told if one != "refused"]
    assert told.count("refused") == WRITERS - 1
    assert folder.read("manifest.json") == winner.encode()


def test_what_was_read_is_replaced_and_what_changed_since_is_not(folder: Staging) -> None:
    write_over(folder, "m", b"1", read_versioned(folder, "m"))
    first = read_versioned(folder, "m")
    write_over(folder, "m", b"2", first)
    with pytest.raises(ChangedError, match="was changed by somebody else just now"):
        write_over(folder, "m", b"3", first)
    assert (first.content, read_versioned(folder, "m").content) == (b"1", b"2")


def unit(tmp_path: Path, generation: int) -> Unit:
    home = Home(model="parcels", folder=tmp_path / "endpoint")
    manifest = endpoint(CANARY).model_copy(update={"generation": generation})
    (found,) = units_of(home, manifest, "endpoint", settled=True)
    return found


def test_a_manifest_is_not_replaced_by_an_older_decision(folder: Staging, tmp_path: Path) -> None:
    for name in {v.bundle for v in unit(tmp_path, 1).serves.variants}:
        folder.below(name).write("files.json", b"[]")
    publish(folder, tmp_path, unit(tmp_path, 5))
    with pytest.raises(ChangedError, match=r"generation 5, by somebody else: later than generation 4"):
        publish(folder, tmp_path, unit(tmp_path, 4))
    publish(folder, tmp_path, unit(tmp_path, 6))
    assert b'"generation": 6' in (folder.read(unit(tmp_path, 6).file.name) or b"")
    publish(folder, tmp_path, unit(tmp_path, 1), anew=True)
    assert b'"generation": 1,' in (folder.read(unit(tmp_path, 1).file.name) or b"")


def test_the_secret_of_a_log_is_shared_and_outlives_the_home_it_was_made_in(
    folder: Staging, tmp_path: Path
) -> None:
    for name in {v.bundle for v in unit(tmp_path, 1).serves.variants}:
        folder.below(name).write("files.json", b"[]")
    publish(folder, tmp_path / "older", unit(tmp_path, 1))
    assert folder.read(SECRET_FILE) is None  # its deployer knew of no secrets
    keep_secret(tmp_path / "home")
    made = secret_of(tmp_path / "home")
    for number, home in enumerate(("home", "home", "anew"), start=2):
        keep_secret(tmp_path / home)
        publish(folder, tmp_path / home, unit(tmp_path, number))
        assert secret_of(tmp_path / home) == made
    assert folder.read(SECRET_FILE) == f"{made.hex()}\n".encode()


def test_checkpoints_in_a_bucket_are_taken_up(storage: Storage) -> None:
    told = list[str]()
    kept = Checkpoints(f"gs://{storage.bucket()}/fits", job="a" * 64, progress=told.append)
    for step in (1, 2, 3):
        kept.save(step, {"w": np.full(3, step)}, {"loss": 0.5})
    found = kept.newest()
    assert found is not None
    assert (found.step, found.tensors["w"].tolist(), told) == (3, [3, 3, 3], [])
    kept.clear()
    assert kept.newest() is None


def test_tables_of_a_training_are_brought_to_a_bucket_once(storage: Storage, tmp_path: Path) -> None:
    job: TrainingJob = write_job(tmp_path / "tables", parcels(n_rows=10))
    bucket = storage.bucket()
    tables = Staging(f"gs://{bucket}/tables")
    first, again = staged(job, tables), staged(job, tables)
    assert first == again
    assert set(first.tables) == {f"/gcs/{bucket}/tables/{name}" for name in tables.names()}
    contents = [tables.read(Path(table).name) for table in first.tables]
    assert contents == [Path(table).read_bytes() for table in job.tables]


def test_files_beside_tables_of_bigquery_lie_in_a_bucket(storage: Storage) -> None:
    files = Files(f"gs://{storage.bucket()}/lake")
    assert (files.exists(TABLE, "report.json"), files.read(TABLE, "report.json")) == (False, None)
    files.write(TABLE, "report.json", b"1")
    files.write(TABLE, "report.json", b"2")
    assert (files.exists(TABLE, "report.json"), files.read(TABLE, "report.json")) == (True, b"2")

"""What every compute adapter promises; the fake promises the same."""

import hashlib
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training.job import RESULT_FILE, TrainingResult
from resources.compute.base import Compute
from tests.fakes.bundles import parcels, write_job


def test_a_job_is_trained_and_told_of_and_its_result_is_used_as_long_as_it_is_whole(
    compute: Compute, tmp_path: Path, made: Path
) -> None:
    job = write_job(tmp_path / "tables", parcels())
    lines: list[str] = []
    done = compute.train(job, "one", progress=lines.append)
    assert "400 rows from 2 partitions" in lines
    assert lines[-1].startswith("best round ")
    assert sorted(done.result.files) == ["encoding.json", "model.ubj", "profile.json", "validation.parquet"]
    # Wherever it runs, the same job makes the same model.
    assert TrainingResult.read(made / RESULT_FILE).files == done.result.files
    for name, digest in done.result.files.items():
        assert hashlib.sha256((done.folder / name).read_bytes()).hexdigest() == digest

    lines.clear()
    assert compute.train(job, "one", progress=lines.append) == done
    assert not any("rows from" in line for line in lines)

    weights = (done.folder / "model.ubj").read_bytes()
    (done.folder / "model.ubj").write_bytes(weights[:-1])
    assert compute.train(job, "one", progress=lines.append).result.files == done.result.files
    assert (done.folder / "model.ubj").read_bytes() == weights


def test_a_failure_tells_what_the_job_told(compute: Compute, tmp_path: Path) -> None:
    job = write_job(tmp_path / "tables", parcels(), parameters={"mxa_depth": 3})
    with pytest.raises(LifecycleError, match="mxa_depth"):
        compute.train(job, "one", progress=lambda line: None)


@pytest.mark.parametrize("name", ["../out", "", "a/b", "/etc", ".", "..", "a\0", "x" * 101, "\u0430"])
def test_a_name_that_leads_out_of_the_root_is_refused(compute: Compute, tmp_path: Path, name: str) -> None:
    job = write_job(tmp_path / "tables", parcels(n_rows=10))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(LifecycleError, match="names no job"):
        compute.train(job, name, progress=lambda line: None)
    with pytest.raises(LifecycleError, match="names no job"):
        compute.train(job.model_copy(update={"model": name}), "one", progress=lambda line: None)
    assert sorted(tmp_path.rglob("*")) == before

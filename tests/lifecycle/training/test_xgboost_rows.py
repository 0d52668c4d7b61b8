"""Trees on rows that lie on disk, and by several processes, each with a part of the rows."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lifecycle.endpoint.scorer import Scorer
from lifecycle.errors import LifecycleError
from lifecycle.registry.assemble import assemble_bundle
from lifecycle.spec.model import Task
from lifecycle.training.job import JOB_FILE, RESULT_FILE, TrainingJob, TrainingResult
from lifecycle.training.ranks import Ranks
from lifecycle.training.run import SCRATCH, run_job
from lifecycle.training.xgboost_ranks import joined
from lifecycle.training.xgboost_trainer import settings_of
from tests.contracts.trainer import TASKS
from tests.fakes.bundles import WIND, parcels, write_job
from tests.resources.compute.k8s_cases import training_job


def trained(folder: Path, task: Task = "binary", **changes: object) -> TrainingResult:
    write_job(folder, parcels(task), **changes)
    return run_job(folder, progress=lambda line: None)


def launched(folder: Path, task: Task = "binary", **changes: object) -> "subprocess.Popen[str]":
    """The job of a folder in two real processes."""
    write_job(folder, parcels(task), **{"count": 2, "threads": 2, **changes})
    command = [sys.executable, "-m", "lifecycle.training.launch", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    told, _ = process.communicate(timeout=60)
    return process.returncode, told


@pytest.mark.parametrize("task", TASKS)
def test_rows_on_disk_give_the_same_trees_as_rows_in_memory(tmp_path: Path, task: Task) -> None:
    memory = trained(tmp_path / "memory", task)
    disk = trained(tmp_path / "disk", task, rows="disk")
    assert disk.model_copy(update={"seconds": memory.seconds}) == memory
    assert list((tmp_path / "disk").glob("pages*")) == []


def test_pages_lie_where_they_are_told_and_those_of_a_killed_fit_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "fast"
    left = scratch / "pages-0" / "fit-0x1.gradient_index.page"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of a fit that was killed")
    monkeypatch.setenv(SCRATCH, str(scratch))
    seen = list[str]()
    write_job(tmp_path / "job", parcels(), rows="disk")

    def progress(line: str) -> None:
        if line.startswith("round 0"):
            seen.extend(sorted(path.name.partition("-")[0] for path in left.parent.iterdir()))

    run_job(tmp_path / "job", progress=progress)
    assert seen == ["fit", "tune"]
    assert list(scratch.iterdir()) == []


def test_two_processes_fit_one_model_the_same_one_every_time(tmp_path: Path) -> None:
    """Bins come from a sketch merged over both: close to those of one process."""
    one = trained(tmp_path / "one", "multiclass")
    curve = {"learning_curve": (0.5,)}
    code, told = ended(launched(tmp_path / "memory", "multiclass", **curve))
    assert code == 0, told
    code, told = ended(launched(tmp_path / "disk", "multiclass", rows="disk", **curve))
    assert code == 0, told
    memory, disk = (TrainingResult.read(tmp_path / name / RESULT_FILE) for name in ("memory", "disk"))
    assert disk.model_copy(update={"seconds": memory.seconds}) == memory
    assert memory.split == one.split
    assert memory.metrics["validation_mlogloss"] == pytest.approx(one.metrics["validation_mlogloss"], abs=0.1)
    assert [point.share for point in memory.learning_curve] == [0.5, 1.0]
    made, folder = parcels("multiclass"), tmp_path / "memory"
    bundle = assemble_bundle(
        tmp_path / "bundle",
        job=TrainingJob.read(folder / JOB_FILE),
        result=memory,
        trained=folder,
        plan=made.plan,
        lookups={"wind": WIND},
        histories={},
        requests={row["parcel"]: row for row in made.rows},
        threshold=None,
        spec_fingerprint="",
        data_versions={},
        made_from=None,
    )
    assert Scorer.load(bundle).smoke().ok


def test_what_xgboost_refuses_is_told_by_each_process_before_it_waits_for_another(tmp_path: Path) -> None:
    write_job(tmp_path, parcels(), nodes=2, parameters={"max_depth": "deep"})
    with pytest.raises(
        LifecycleError, match="xgboost refused to train: Invalid Parameter format for max_dep"
    ):
        # Nobody else comes, and nobody is told where to meet.
        run_job(tmp_path, progress=lambda line: None, ranks=Ranks(size=2))


def test_without_a_place_to_meet_it_is_said_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    told = "MASTER_ADDR and MASTER_PORT do not tell where they meet"
    with pytest.raises(LifecycleError, match=told), joined(Ranks(rank=1, size=2)):
        pass


def test_a_killed_process_ends_the_other_in_no_time(tmp_path: Path) -> None:
    process = launched(tmp_path, rounds=100_000, early_stopping_rounds=100_000)
    assert process.stdout is not None
    while not process.stdout.readline().startswith("round 25"):
        assert process.poll() is None
    (lost,) = [pid for pid in children(process.pid) if b"RANK=1" in environment(pid)]
    os.kill(lost, signal.SIGKILL)
    since = time.monotonic()
    code, told = ended(process)
    assert code == 128 + signal.SIGKILL, told
    assert time.monotonic() - since < 20
    assert not (tmp_path / RESULT_FILE).exists()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def environment(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def test_each_process_has_a_gpu_of_its_own() -> None:
    job = training_job(accelerator="gpu", count=2, trainer="xgboost")
    devices = [settings_of(job, 2, Ranks(rank=r, size=2, local=r))[1]["device"] for r in range(2)]
    assert devices == ["cuda:0", "cuda:1"]
    assert settings_of(training_job(accelerator="gpu", trainer="xgboost"), 2)[1]["device"] == "cuda"

"""Checkpoints on real files and in a store, whole, torn and of others."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from lifecycle.training.checkpoint import Checkpoint, Checkpoints

JOB, OTHER = "a" * 64, "b" * 64
TENSORS = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "step": np.array(7, dtype=np.int64)}


@pytest.fixture(params=["files", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "files":
        return str(tmp_path / "deep" / "checkpoints")
    MemoryFileSystem.store.clear()
    return "memory://bucket/checkpoints"


def checkpoints(folder: str, told: list[str] | None = None, *, job: str = JOB) -> Checkpoints:
    return Checkpoints(folder, job=job, progress=(told if told is not None else []).append)


def told_of(found: Checkpoint | None) -> tuple[int, dict[str, list[object]], dict[str, object]] | None:
    if found is None:
        return None
    return found.step, {k: v.tolist() for k, v in found.tensors.items()}, dict(found.facts)


def test_what_was_kept_last_is_found(folder: str) -> None:
    assert checkpoints(folder).newest() is None
    checkpoints(folder).save(9, TENSORS, {"epoch": 0})
    checkpoints(folder).save(10, TENSORS, {"epoch": 1, "curve": [0.5, 0.25]})
    assert told_of(checkpoints(folder).newest()) == (
        10,
        {"weight": [[0, 1, 2], [3, 4, 5]], "step": 7},
        {"epoch": 1, "curve": [0.5, 0.25]},
    )


def test_two_are_kept_and_none_of_another_job_is_touched(tmp_path: Path) -> None:
    checkpoints(str(tmp_path), job=OTHER).save(99, TENSORS, {})
    for step in range(1, 6):
        checkpoints(str(tmp_path)).save(step, TENSORS, {})
    assert sorted(path.name[:29] for path in tmp_path.iterdir()) == [
        f"{'a' * 16}-{4:012}",
        f"{'a' * 16}-{5:012}",
        f"{'b' * 16}-{99:012}",
    ]
    told = list[str]()
    found = checkpoints(str(tmp_path), told).newest()
    assert found is not None
    assert found.step == 5
    assert told == [f"1 checkpoints in {tmp_path} are of other jobs: passed over"]
    (tmp_path / f"{'a' * 16}-{6:012}-{'0' * 64}.safetensors.tmp").write_bytes(b"half")
    checkpoints(str(tmp_path)).clear()
    assert [path.name[:16] for path in tmp_path.iterdir()] == ["b" * 16]


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def of_another_job(path: Path) -> None:
    other = path.parent / "other"
    # The same first digits of its digest: only what is inside tells.
    checkpoints(str(other), job=JOB[:16] + OTHER[16:]).save(2, TENSORS, {})
    path.unlink()
    (made,) = other.iterdir()
    made.replace(path.parent / made.name)
    shutil.rmtree(other)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(half, "is not what was written: half of it, or changed", id="torn"),
        pytest.param(lambda path: path.write_bytes(b""), "is not what was written", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\x80\x04N."), "is not what was written", id="a pickle"),
        pytest.param(of_another_job, "is of another job", id="foreign"),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_passed_over_for_the_one_before(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    for step in (1, 2):
        checkpoints(str(tmp_path)).save(step, TENSORS, {})
    damage(max(tmp_path.iterdir()))
    told = list[str]()
    found = checkpoints(str(tmp_path), told).newest()
    assert found is not None
    assert found.step == 1
    (line,) = told
    assert line.startswith(f"checkpoint {2:012} {message}")
    assert line.endswith(": passed over")


def test_all_damaged_is_none(tmp_path: Path) -> None:
    checkpoints(str(tmp_path)).save(1, TENSORS, {})
    half(next(tmp_path.iterdir()))
    assert checkpoints(str(tmp_path)).newest() is None


def test_a_write_that_was_killed_leaves_nothing_to_be_read(tmp_path: Path) -> None:
    checkpoints(str(tmp_path)).save(1, TENSORS, {})
    (whole,) = tmp_path.iterdir()
    (tmp_path / f"{whole.name.replace('000001', '000002')}.tmp").write_bytes(whole.read_bytes()[:50])
    told = list[str]()
    found = checkpoints(str(tmp_path), told).newest()
    assert (found is not None and found.step, told) == (1, [])


def test_a_folder_that_cannot_be_written_stops_no_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    told = list[str]()
    checkpoints(str(tmp_path / "file"), told).save(3, TENSORS, {})
    (line,) = told
    assert line.startswith("no checkpoint at step 3: ")
    assert line.endswith("; training goes on without it")

"""Building the example's lake: done once, finished after any death, and no harm from what goes wrong."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from lifecycle.errors import LifecycleError


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_second_build_writes_nothing_and_says_so(lake: ModuleType, built: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.iterdir()}
    lines: list[str] = []
    lake.build_lake(built, progress=lines.append)
    assert lines == [f"lake up to date: 336,776 flights in {built}"]
    assert {path: path.stat().st_mtime_ns for path in built.iterdir()} == before


def test_equal_inputs_give_equal_bytes_and_other_inputs_are_built_anew(
    lake: ModuleType, small: Callable[[int], Any], tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        lake.build_lake(folder, source=small(300))
    assert contents(one) == contents(two)
    assert lake.build_lake(two, source=small(200)).rows["flights"] == 200
    assert pq.read_metadata(two / "flights.parquet").num_rows == 200


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda lake_dir: (lake_dir / "labels.parquet").unlink(), id="a table is gone"),
        pytest.param(
            lambda lake_dir: (lake_dir / "weather.parquet").write_bytes(b"PAR1"), id="a table is cut"
        ),
        pytest.param(lambda lake_dir: (lake_dir / "lake.json").unlink(), id="the record is gone"),
        pytest.param(lambda lake_dir: (lake_dir / "lake.json").write_text("{"), id="the record is cut"),
        pytest.param(
            lambda lake_dir: (lake_dir / "lake.json").write_text("[]"), id="the record is another thing"
        ),
        pytest.param(lambda lake_dir: age_record(lake_dir), id="the record is of an older schema"),
    ],
)
def test_a_harmed_lake_is_built_again(
    lake: ModuleType, harm: Callable[[Path], object], small: Callable[[int], Any], tmp_path: Path
) -> None:
    source = small(300)
    lake.build_lake(tmp_path, source=source)
    whole = contents(tmp_path)
    harm(tmp_path)
    lake.build_lake(tmp_path, source=source)
    assert contents(tmp_path) == whole


def age_record(lake_dir: Path) -> None:
    record = json.loads((lake_dir / "lake.json").read_text())
    record["made_of"]["schema"] = "0"
    (lake_dir / "lake.json").write_text(json.dumps(record))


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours may catch it."""


@pytest.mark.parametrize("replaced", range(7))
def test_a_build_that_dies_between_two_replacements_is_finished_by_the_next(
    lake: ModuleType,
    replaced: int,
    small: Callable[[int], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new = small(300)
    whole, struck = tmp_path / "whole", tmp_path / "struck"
    lake.build_lake(whole, source=new)
    lake.build_lake(struck, source=small(200))
    replace, done = Path.replace, list[Path]()

    def replace_until_killed(path: Path, target: Path) -> Path:
        if len(done) == replaced:
            raise Killed
        done.append(target)
        return replace(path, target)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "replace", replace_until_killed)
        lake.build_lake(struck, source=new)
    assert all(pq.read_metadata(struck / f"{name}.parquet").num_rows for name in lake.COLUMNS)
    lake.build_lake(struck, source=new)
    assert contents(struck) == contents(whole)


def test_the_script_killed_while_it_writes_is_finished_by_the_next_run(
    lake: ModuleType, built: Path, tmp_path: Path
) -> None:
    command = [sys.executable, str(lake.__file__), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("writing departures") for line in process.stdout)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "lake.json").exists()
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert finished.stdout.splitlines()[-1] == f"lake built: 336,776 flights in {tmp_path}"
    assert contents(tmp_path) == contents(built)


def test_two_builds_of_one_folder_take_turns(
    lake: ModuleType, small: Callable[[int], Any], tmp_path: Path
) -> None:
    source, lines = small(300), list[str]()
    builds = [
        threading.Thread(
            target=lake.build_lake, args=[tmp_path], kwargs={"source": source, "progress": lines.append}
        )
        for _ in range(4)
    ]
    for build in builds:
        build.start()
    for build in builds:
        build.join()
    last_words = sorted(line.split(":")[0] for line in lines if line.startswith("lake "))
    assert last_words == ["lake built", *["lake up to date"] * 3]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("file", ["flights.parquet", "weather.parquet", "lake.json"])
def test_a_full_disk_is_named_and_the_old_lake_stays(
    lake: ModuleType, file: str, small: Callable[[int], Any], tmp_path: Path
) -> None:
    lake.build_lake(tmp_path, source=small(200))
    old = contents(tmp_path)
    (tmp_path / f".{file}.tmp").symlink_to("/dev/full")
    with pytest.raises(LifecycleError, match=r"cannot be written to .*: No space left on device$"):
        lake.build_lake(tmp_path, source=small(300))
    assert contents(tmp_path) == old


def test_a_folder_that_is_a_file_is_refused(
    lake: ModuleType, small: Callable[[int], Any], tmp_path: Path
) -> None:
    (tmp_path / "lake").write_text("mine")
    with pytest.raises(LifecycleError, match=r"cannot be written to .*lake .*: File exists"):
        lake.build_lake(tmp_path / "lake", source=small(10))
    assert (tmp_path / "lake").read_text() == "mine"


def test_a_missing_package_is_named_with_the_way_out(
    lake: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lake, "PACKAGE", "nycflights-of-nowhere")
    monkeypatch.setattr(sys, "argv", ["lake.py", str(tmp_path / "lake")])
    assert lake.main() == 1
    assert capsys.readouterr().err == (
        "error: the flights come from the package nycflights-of-nowhere, which is not installed: "
        "run `pip install nycflights-of-nowhere==0.0.3`\n"
    )
    assert not (tmp_path / "lake").exists()


def rewrite_flights(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_csv(folder / "flights.csv.zip")).to_csv(folder / "flights.csv.zip", index=False)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        pytest.param(
            lambda folder: (folder / "planes.csv").unlink(),
            r"planes\.csv.*install it again",
            id="file missing",
        ),
        pytest.param(
            lambda folder: (folder / "flights.csv.zip").write_bytes(b"PK"),
            "cannot be read: File is not a zip file",
            id="archive cut",
        ),
        pytest.param(
            lambda folder: rewrite_flights(folder, lambda rows: rows.drop(columns="arr_delay")),
            r"cannot be read: .*\['arr_delay'\]",
            id="column missing",
        ),
        pytest.param(
            lambda folder: rewrite_flights(folder, lambda rows: pd.concat([rows, rows.head(3)])),
            "flights: 3 rows repeat the key flight_id",
            id="flight twice",
        ),
        pytest.param(
            lambda folder: rewrite_flights(folder, lambda rows: rows.assign(dest="XXX")),
            r"no time zone for destinations \['XXX'\]",
            id="unknown destination",
        ),
        pytest.param(
            lambda folder: rewrite_flights(
                folder, lambda rows: rows.assign(time_hour="2013-01-01T10:00:00Z")
            ),
            "departures in UTC and in local time differ",
            id="clocks differ",
        ),
    ],
)
def test_damaged_data_are_one_clear_error_and_change_nothing(
    lake: ModuleType,
    harm: Callable[[Path], object],
    message: str,
    small: Callable[[int], Any],
    tmp_path: Path,
) -> None:
    source = small(300)
    lake.build_lake(tmp_path, source=source)
    old = contents(tmp_path)
    harm(source.folder)
    with pytest.raises(LifecycleError, match=message):
        lake.build_lake(tmp_path, source=source)
    assert contents(tmp_path) == old

"""What every home of request logs does, whatever it is made of."""

import fcntl
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from lifecycle.endpoint.follow import REQUESTS
from lifecycle.endpoint.log.adding import ADDED, AddingRuns
from lifecycle.endpoint.log.record import LoggedVariant, PartEntry, RequestEntry
from lifecycle.endpoint.log.segments import closed_segments, open_segments
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import RequestLogSection
from resources.traffic import local
from resources.traffic.base import Backlog, Traffic
from resources.traffic.local import LocalTraffic
from resources.traffic.vertex import VertexTraffic
from resources.vertex.places import endpoint_place
from resources.vertex.settings import VertexSettings
from tests.fakes.logged import AT_US, CHAMPION, append
from tests.fakes.traffic import MemoryTraffic

NOON = datetime(2013, 4, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEWER = LoggedVariant(
    name="challenger", role="challenger", version="4", digest="b" * 64, features=(("miles", "int"),)
)


class Home:
    """A home of logs, and an endpoint that writes one there: a row a minute from noon on."""

    def __init__(self, traffic: Traffic, folder: Path) -> None:
        self.traffic, self.folder = traffic, folder
        self._log = RequestLog(folder, "stub", RequestLogSection(segment_bytes=4096))
        self.rows = 0

    def write(self, rows: int, variant: LoggedVariant = CHAMPION) -> None:
        for _ in range(rows):
            append(self._log, f"r-{self.rows}", at_us=AT_US + self.rows * 60_000_000, variant=variant)
            self.rows += 1

    def close(self) -> None:
        self._log.close()

    @property
    def open_segment(self) -> Path:
        (path,) = self.folder.glob("*.open")
        return path

    def read(self, *columns: str, since: datetime = NOON, minutes: int = 10_000) -> pa.Table:
        until = since + minutes * MINUTE
        return self.traffic.read("stub", since=since, until=until, columns=columns or None)

    def requests(self) -> list[str]:
        return sorted(self.read("request")["request"].to_pylist(), key=lambda name: int(name[2:]))

    @property
    def expected(self) -> list[str]:
        return [f"r-{number}" for number in range(self.rows)]


def _local(folder: Path) -> Home:
    traffic = LocalTraffic(endpoints=str(folder / "endpoints"), lake=str(folder / "lake"))
    return Home(traffic, folder / "endpoints/stub/requests")


def _memory(folder: Path) -> Home:
    return Home(MemoryTraffic(folder), folder / "stub")


def _vertex(folder: Path) -> Home:
    """What an endpoint sends to the staging folder, as if it wrote there."""
    local = LocalTraffic(endpoints=str(folder / "endpoints"), lake=str(folder / "lake"))
    told = {"project": "project-1", "region": "europe-west4", "staging": f"file://{folder}/staging"}
    settings = VertexSettings.model_validate(told)
    sent = endpoint_place(settings, folder / "endpoints" / "stub").below(REQUESTS)
    return Home(VertexTraffic(local=local, settings=settings), Path(sent.mounted))


HOMES: dict[str, Callable[[Path], Home]] = {"local": _local, "memory": _memory, "vertex": _vertex}


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return HOMES[request.param](tmp_path)


def test_each_row_is_read_once_before_during_and_after_compaction(home: Home) -> None:
    home.write(50)
    assert home.requests() == home.expected
    done = home.traffic.compact("stub")
    assert 0 < done.rows < 50  # the segment that is written stays
    assert home.requests() == home.expected
    home.write(50)
    assert home.requests() == home.expected
    home.close()
    home.traffic.compact("stub")
    assert home.requests() == home.expected
    assert home.traffic.compact("stub").rows == 0


def test_a_window_is_half_open_to_the_microsecond(home: Home) -> None:
    home.write(30)
    home.close()
    for _ in range(2):
        found = home.read("request", since=NOON + 10 * MINUTE, minutes=2)
        assert found.to_pydict() == {"request": ["r-10", "r-11"]}
        home.traffic.compact("stub")


def test_the_features_of_all_versions_are_united(home: Home) -> None:
    home.write(3)
    home.write(2, NEWER)
    home.close()
    for _ in range(2):
        table = home.read().sort_by("at")
        assert table["feature.carrier"].to_pylist() == ["AA"] * 3 + [None] * 2
        assert table.schema.field("feature.miles").type == pa.float64()
        chosen = home.read("version", "no_such")
        assert (chosen.column_names, chosen["no_such"].null_count) == (["version", "no_such"], 5)
        home.traffic.compact("stub")


def test_a_model_without_a_log_has_no_rows_and_every_column(home: Home) -> None:
    found = home.traffic.read("other", since=NOON, until=NOON + MINUTE)
    assert found.num_rows == 0
    assert {"request", "at", "latency_us", "assigned_version", "probability"} <= {*found.column_names}
    assert home.traffic.compact("other").rows == 0
    assert home.traffic.backlog("other") == Backlog()


def test_the_backlog_is_what_nobody_writes_any_more(home: Home) -> None:
    home.write(3)
    assert home.traffic.backlog("stub") == Backlog()
    home.close()
    backlog = home.traffic.backlog("stub")
    assert (backlog.segments, backlog.oldest is None) == (1, False)
    assert backlog.bytes > 100
    home.traffic.compact("stub")
    assert home.traffic.backlog("stub") == Backlog()


def test_a_name_leads_nowhere_else(home: Home) -> None:
    with pytest.raises(LifecycleError, match="no name of a model"):
        home.traffic.read("../stub", since=NOON, until=NOON + MINUTE)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        pytest.param("write_table", 2, id="between two files"),
        pytest.param("Path.replace", 1, id="before a file has its name"),
        pytest.param("Path.unlink", 1, id="when all files are there, and the segment, too"),
        pytest.param("Path.unlink", 2, id="when one segment is gone"),
    ],
)
def test_a_killed_compaction_is_read_as_if_it_had_not_begun(tmp_path: Path, step: str, call: int) -> None:
    home = _local(tmp_path)
    home.write(150)
    home.close()
    log, lake = str(tmp_path / "endpoints/stub/requests"), str(tmp_path / "lake/stub/requests")
    script = f"""
import os, signal
from pathlib import Path
import pyarrow.parquet as pq
from lifecycle.endpoint.log import compaction
owner = {{"write_table": pq, "os.fsync": os, "Path.replace": Path, "Path.unlink": Path}}[{step!r}]
name = {step.rpartition(".")[2]!r}
real, calls = getattr(owner, name), []
def deadly(*given, **named):
    calls.append(1)
    if len(calls) == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)
setattr(owner, name, deadly)
compaction.compact(Path({log!r}), Path({lake!r}))
"""
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -9
    assert home.requests() == home.expected
    home.traffic.compact("stub")
    assert home.requests() == home.expected


def test_a_segment_that_is_closed_while_it_is_listed_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _local(tmp_path)
    home.write(3)
    listings = list[str]()

    def closing_before_the_second(listing: Callable[[Path], list[Path]]) -> Callable[[Path], list[Path]]:
        def listed(folder: Path) -> list[Path]:
            listings.append(listing.__name__)
            if len(listings) == 2:
                home.close()
            return listing(folder)

        return listed

    for listing in (open_segments, closed_segments):
        monkeypatch.setattr(local, listing.__name__, closing_before_the_second(listing))
    assert home.requests() == home.expected
    assert len(listings) == 2


def test_a_part_of_a_segment_beside_the_whole_is_no_rows_of_its_own(home: Home) -> None:
    """A container was killed after it had sent the whole one, or a file was copied."""
    home.write(3)
    part, content = home.open_segment, home.open_segment.read_bytes()
    home.write(3)
    home.close()
    if not isinstance(home.traffic, MemoryTraffic):  # which reads by the endpoint's own reader
        part.write_bytes(content)
    assert home.requests() == home.expected
    if isinstance(home.traffic, VertexTraffic):
        home.traffic.compact("stub")
        assert home.requests() == home.expected
        assert [*home.folder.iterdir()] == []


def test_a_copy_that_comes_late_hides_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader fetched an open segment; meanwhile it was closed, moved and compacted by others."""
    home = _vertex(tmp_path)
    home.write(3)
    real, others = Staging.read, list[threading.Thread]()

    def meanwhile(sent: Staging, name: str) -> bytes | None:
        content = real(sent, name)
        if name.endswith(".open") and not others:
            home.write(3)
            home.close()
            others.append(threading.Thread(target=home.traffic.compact, args=["stub"]))
            others[0].start()
            others[0].join(0.2)  # it may wait for us
        return content

    monkeypatch.setattr(Staging, "read", meanwhile)
    assert len(home.requests()) >= 3
    others[0].join(30)
    assert home.requests() == home.expected


def test_who_asks_for_the_backlog_waits_for_nobody(home: Home, tmp_path: Path) -> None:
    home.write(3)
    home.close()
    folder = tmp_path / "endpoints/stub/requests"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bring.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert home.traffic.backlog("stub").segments == (0 if isinstance(home.traffic, VertexTraffic) else 1)


def test_a_file_by_another_name_takes_nobody_the_backlog(tmp_path: Path) -> None:
    home = _local(tmp_path)
    home.write(1)
    home.close()
    (home.folder / "copy.segment").write_bytes(b"")
    assert home.traffic.backlog("stub").segments == 2


def test_what_a_replay_adds_is_read_once_and_compacted_like_the_rest(home: Home) -> None:
    home.write(2)
    entry = RequestEntry(
        request="r-0",
        at_us=AT_US,
        latency_us=9,
        protocol="replay",
        generation=1,
        status=500,
        parts=[
            PartEntry(
                assigned=ADDED, answered=None, how="shadow", propensity=1.0, reason="error", rows=[0],
                keys=["k"], buckets=[7], scores=None, features=[()], columns=[{}], scoring_us=None,
            )
        ],
    )  # fmt: skip

    def again() -> Sequence[RequestEntry]:
        with pytest.raises(AddingRuns):
            home.traffic.add("stub", NEWER, lambda: [entry])
        return [entry]

    assert home.traffic.add("stub", NEWER, again) == 1
    assert home.traffic.add("stub", NEWER, lambda: ()) == 0
    for _ in range(2):
        rows = home.read("request", "assignment", "assigned_version").to_pylist()
        assert sorted(tuple(row.values()) for row in rows) == [
            ("r-0", "hash", "3"), ("r-0", "shadow", "4"), ("r-1", "hash", "3"),
        ]  # fmt: skip
        home.traffic.compact("stub")

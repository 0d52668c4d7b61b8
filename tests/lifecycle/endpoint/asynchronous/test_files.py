"""A queue in a folder, and results in another."""

import os
from pathlib import Path

import pytest

from lifecycle.endpoint.asynchronous.files import FileQueue, FileResults
from lifecycle.endpoint.asynchronous.port import Queue, Result
from tests.contracts.queue import QueueContract, leased


class TestFileQueue(QueueContract):
    """The contract of queues, on a folder."""

    @pytest.fixture(autouse=True)
    def in_a_folder(self, tmp_path: Path) -> None:
        self.opened = lambda: FileQueue(folder=tmp_path, lease_s=self.lease_s)

    def lose(self, queue: Queue) -> None:
        assert isinstance(queue, FileQueue)
        for taken in (queue.folder / "taken").iterdir():
            os.utime(taken, (0, 0))

    @pytest.mark.parametrize("folder", ["ready", "taken"])
    def test_what_a_volume_keeps_beside_messages_is_none(self, folder: str) -> None:
        queue = self.opened()
        queue.put("r1", b"{}")
        assert queue.lease(0) == []
        beside = queue.folder / folder / ".nfs000000000271828300000002"
        beside.touch()
        os.utime(beside, (0, 0))
        assert queue.waiting() == 1
        assert [message.request for message in leased(queue, 1)] == ["r1"]
        assert (list(queue.lease(9)), beside.exists()) == ([], True)


@pytest.mark.parametrize("request_id", ["a", "../../etc/passwd", "a/b", "x" * 128])
def test_the_first_result_of_a_request_stays(tmp_path: Path, request_id: str) -> None:
    results = FileResults(folder=tmp_path / "results")
    assert results.get(request_id) is None
    results.put(request_id, Result(200, b'{"a": 1}\n'))
    results.put(request_id, Result(500, b"{}"))
    assert results.get(request_id) == Result(200, b'{"a": 1}\n')
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1

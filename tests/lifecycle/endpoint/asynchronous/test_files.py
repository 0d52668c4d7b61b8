"""A queue in a folder: each message to one worker at a time, in order, and none is lost."""

import os
import threading
from pathlib import Path

import pytest

from lifecycle.endpoint.asynchronous.files import FileQueue, FileResults
from lifecycle.endpoint.asynchronous.port import Message, Result
from lifecycle.errors import LifecycleError


def names(messages: "list[Message] | tuple[Message, ...]") -> list[str]:
    return [message.request for message in messages]


def test_messages_come_in_their_order_and_to_one_worker_only(tmp_path: Path) -> None:
    queue, other = FileQueue(folder=tmp_path), FileQueue(folder=tmp_path)
    for number in range(5):
        queue.put(f"r{number}", b'{"a": %d}\nnot the id' % number)
    assert queue.waiting() == 5
    first, second = queue.lease(3), other.lease(9)
    assert (names(list(first)), names(list(second))) == (["r0", "r1", "r2"], ["r3", "r4"])
    assert (first[1].body, first[1].delivery) == (b'{"a": 1}\nnot the id', 0)
    assert (queue.waiting(), queue.lease(9)) == (0, [])


def test_what_is_done_never_comes_again_and_what_is_given_back_does(tmp_path: Path) -> None:
    queue = FileQueue(folder=tmp_path, lease_s=0.0)
    queue.put("done", b"{}")
    queue.put("back", b"{}")
    done, back = (queue.hold(message) for message in queue.lease(2))
    assert done is not None and back is not None
    queue.done([done])
    queue.give_back(back)
    (again,) = queue.lease(9)
    assert (again.request, again.delivery) == ("back", 1)


def test_a_lease_that_is_over_hands_the_message_to_another(tmp_path: Path) -> None:
    queue = FileQueue(folder=tmp_path, lease_s=60)
    queue.put("a", b"{}")
    (lost,) = queue.lease(1)
    held = queue.hold(lost)
    assert held is not None
    assert queue.lease(1) == []
    os.utime(held.handle, (0, 0))
    (taken,) = queue.lease(1)
    assert (taken.request, taken.delivery) == ("a", 1)
    # The one that was slow finds out: the message is begun by another now.
    assert queue.hold(taken) is not None
    assert queue.hold(held) is None


def test_many_workers_share_a_queue_out_without_a_message_twice(tmp_path: Path) -> None:
    queue = FileQueue(folder=tmp_path)
    for number in range(200):
        queue.put(f"r{number}", b"{}")
    found = list[str]()

    def work() -> None:
        while messages := queue.lease(7):
            found.extend(message.request for message in messages)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(f"r{number}" for number in range(200))


@pytest.mark.parametrize("request_id", ["", "a\nb", "a b", "\u00e4", "x" * 129])
def test_an_id_that_no_log_can_bear_is_refused(tmp_path: Path, request_id: str) -> None:
    with pytest.raises(LifecycleError, match="is no id of a request"):
        FileQueue(folder=tmp_path).put(request_id, b"{}")


@pytest.mark.parametrize("request_id", ["a", "../../etc/passwd", "a/b", "x" * 128])
def test_the_first_result_of_a_request_stays(tmp_path: Path, request_id: str) -> None:
    results = FileResults(folder=tmp_path / "results")
    assert results.get(request_id) is None
    results.put(request_id, Result(200, b'{"a": 1}\n'))
    results.put(request_id, Result(500, b"{}"))
    assert results.get(request_id) == Result(200, b'{"a": 1}\n')
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1

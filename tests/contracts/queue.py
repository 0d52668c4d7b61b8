"""What every queue of requests keeps to. A test class inherits this and says how to open one."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from lifecycle.endpoint.asynchronous.port import Message, Queue
from lifecycle.errors import LifecycleError
from tests.fakes.running import wait_for

SECONDS = 20
"""A broker may take so long to hand a message out: groups have to find together first."""


class QueueContract:
    """At least once, counted when begun with, and nobody's when it is done.

    `opened` opens one and the same queue as often as it is called, each time as another worker.
    """

    opened: Callable[..., Queue]
    lease_s = 60.0
    ordered = True
    """Messages come in the order in which they were put in."""
    moves = False
    """A worker that joins may get messages that another one has."""

    def test_messages_come_in_their_order_and_to_one_worker_only(self) -> None:
        queue, other = self.opened(), self.opened()
        for number in range(5):
            queue.put(f"r{number}", b'{"a": %d}\nnot the id' % number)
        wait_for(lambda: self.waiting(queue) == 5, seconds=SECONDS)
        first = leased(queue, 3)
        found = first + leased(queue, 2)
        names = [message.request for message in found]
        assert (names if self.ordered else sorted(names)) == ["r0", "r1", "r2", "r3", "r4"]
        bodies = {message.request: (message.body, message.delivery) for message in found}
        assert bodies["r1"] == (b'{"a": 1}\nnot the id', 0)
        assert (list(queue.lease(9)), list(other.lease(9))) == ([], [])

    def test_what_is_done_never_comes_again_and_what_is_given_back_does(self) -> None:
        queue = self.opened()
        for name in ("done", "back", "same"):
            queue.put(name, b"{}")
        by_name = {message.request: begun(queue, message) for message in leased(queue, 3)}
        done, back, same = by_name["done"], by_name["back"], by_name["same"]
        queue.done([done])
        queue.give_back(back)
        (again,) = leased(queue, 1)
        assert (again.request, again.delivery) == ("back", 1)
        held = begun(queue, again)
        assert held.delivery == 2
        queue.done([held, same])
        assert (list(queue.lease(9)), self.waiting(queue)) == ([], 0)

    def test_what_a_lost_worker_had_comes_again_to_another(self) -> None:
        queue = self.opened()
        for name in ("begun", "taken", "done"):
            queue.put(name, b"{}")
        first = {message.request: message for message in leased(queue, 3)}
        begun(queue, first["begun"])
        queue.done([begun(queue, first["done"])])
        self.lose(queue)
        other = self.opened()
        found = {message.request: message for message in leased(other, 2)}
        assert {name: message.delivery for name, message in found.items()} == {"begun": 1, "taken": 0}
        # The one that was slow finds out: the message is another one's now.
        assert begun(other, found["taken"]).delivery == 1
        assert queue.hold(first["taken"]) is None

    def test_workers_share_a_queue_out_and_lose_nothing(self) -> None:
        queues = [self.opened() for _ in range(3)]
        for number in range(120):
            queues[0].put(f"r{number}", b"{}")
        found, lock = Counter[str](), threading.Lock()

        def work(queue: Queue) -> None:
            while len(found) < 120:
                for message in queue.lease(7):
                    if (held := queue.hold(message)) is None:
                        continue
                    with lock:
                        found[message.request] += 1
                    queue.done([held])

        threads = [threading.Thread(target=work, args=(queue,)) for queue in queues]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * SECONDS)
        assert set(found) == {f"r{number}" for number in range(120)}
        assert self.moves or set(found.values()) == {1}

    @pytest.mark.parametrize("request_id", ["", "a\nb", "a b", "\u00e4", "x" * 129])
    def test_an_id_that_no_log_can_bear_is_refused(self, request_id: str) -> None:
        with pytest.raises(LifecycleError, match="is no id of a request"):
            self.opened().put(request_id, b"{}")

    def waiting(self, queue: Queue) -> int | None:
        """What waits, where the broker does not tell it: asked in another way."""
        return queue.waiting()

    def lose(self, queue: Queue) -> None:
        """Let a worker be gone without a word."""
        raise NotImplementedError


def leased(queue: Queue, count: int) -> list[Message]:
    """So many messages, however many leases that takes."""
    found = list[Message]()

    def enough() -> bool:
        found.extend(queue.lease(count - len(found)))
        return len(found) == count

    wait_for(enough, seconds=SECONDS, every_s=0.02)
    return found


def begun(queue: Queue, message: Message) -> Message:
    """The message, begun with: its lease was not over."""
    held = queue.hold(message)
    assert held is not None
    return held

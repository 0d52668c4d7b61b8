"""A queue and results in a real Redis server."""

import uuid

import pytest

from lifecycle.endpoint.asynchronous.opening import opened_queue
from lifecycle.endpoint.asynchronous.port import Queue, QueueAwayError, Result
from lifecycle.endpoint.asynchronous.redis_streams import GROUP, RedisQueue, RedisResults, connected
from lifecycle.errors import LifecycleError
from tests.contracts.queue import QueueContract, begun, leased
from tests.fakes.ports import free_port


class TestRedisQueue(QueueContract):
    """The contract of queues, on a stream."""

    @pytest.fixture(autouse=True)
    def in_a_server(self, redis_url: str) -> None:
        name = uuid.uuid4().hex
        self.opened = lambda: RedisQueue(client=connected(redis_url), name=name, lease_s=self.lease_s)

    def lose(self, queue: Queue) -> None:
        assert isinstance(queue, RedisQueue)
        held = queue.client.xpending_range(queue.name, GROUP, min="-", max="+", count=9)
        for one in held:
            entry, over = one["message_id"], int(1000 * self.lease_s) + 1
            queue.client.xclaim(queue.name, GROUP, queue.worker, 0, [entry], idle=over, justid=True)

    def test_what_is_no_request_is_put_aside_and_holds_up_nobody(self) -> None:
        queue = self.opened()
        assert isinstance(queue, RedisQueue)
        for fields in ({"body": "{}"}, {"request": "a b", "body": "{}"}, {"request": "fine", "body": "{}"}):
            queue.client.xadd(queue.name, fields)  # type: ignore[arg-type]
        (message,) = leased(queue, 1)
        assert message.request == "fine"
        queue.done([begun(queue, message)])
        assert queue.waiting() == 0
        assert queue.client.xlen(f"{queue.name}:refused") == 2
        assert queue.client.exists(f"{queue.name}:begun") == 0, "nothing is left of what is done"


def test_the_first_result_of_a_request_stays(redis_url: str) -> None:
    results = RedisResults(client=connected(redis_url), name=uuid.uuid4().hex, keep_s=60)
    assert results.get("a/b") is None
    results.put("a/b", Result(200, b'{"a": 1}\n'))
    results.put("a/b", Result(500, b"{}"))
    assert results.get("a/b") == Result(200, b'{"a": 1}\n')
    assert 0 < results.client.ttl(f"{results.name}:a/b") <= 60


def test_a_server_that_is_away_is_told_as_the_port_says() -> None:
    with opened_queue(f"redis://127.0.0.1:{free_port()}/0#q") as queue, pytest.raises(QueueAwayError):
        queue.lease(1)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        pytest.param("redis://localhost/0", "names no key", id="Redis without a name"),
        pytest.param("kafka://localhost:9092", "names no topic", id="Kafka without a topic"),
        pytest.param("kafka:///topic", "names no topic", id="Kafka without a server"),
        pytest.param("amqp://user:secret@localhost/q", "is no queue", id="another broker"),
    ],
)
def test_what_is_no_queue_is_told_without_its_password(where: str, why: str) -> None:
    with pytest.raises(LifecycleError, match=why) as refused, opened_queue(where):
        raise AssertionError("opened")
    assert "secret" not in str(refused.value)

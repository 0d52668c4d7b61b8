"""A queue in a topic: the brokers are librdkafka's own, over real sockets."""

import uuid
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.endpoint.asynchronous.kafka_offsets import LONGEST, Partition, read, told
from lifecycle.endpoint.asynchronous.kafka_topic import KafkaQueue, properties
from lifecycle.endpoint.asynchronous.port import Queue, QueueAwayError
from lifecycle.errors import LifecycleError
from tests.contracts.queue import QueueContract, begun, leased
from tests.fakes.running import wait_for

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

QUIET = {"log_level": "0"}


class TestKafkaQueue(QueueContract):
    """The contract of queues, on a topic of four partitions: order holds within each of them."""

    ordered, moves = False, True

    lease_s = 6.0
    """The shortest session that brokers take as they come."""

    @pytest.fixture(autouse=True)
    def in_a_topic(self, kafka_servers: str) -> None:
        topic = uuid.uuid4().hex
        self.opened = lambda: KafkaQueue(
            servers=kafka_servers, topic=topic, lease_s=self.lease_s, config=QUIET
        )

    def lose(self, queue: Queue) -> None:
        assert isinstance(queue, KafkaQueue)
        queue.close()


def test_a_partition_goes_on_where_another_worker_was_lost_in_its_middle(kafka_servers: str) -> None:
    topic = uuid.uuid4().hex
    queue = KafkaQueue(servers=kafka_servers, topic=topic, lease_s=6.0, config=QUIET)
    for number in range(20):
        queue.put(f"r{number}", b"{}")
    found = leased(queue, 20)
    for message in found[::2]:
        queue.done([begun(queue, message)])
    begun(queue, found[1])
    assert queue.waiting() == 0, "nobody waits for what this one has"
    queue.close()
    other = KafkaQueue(servers=kafka_servers, topic=topic, lease_s=6.0, config=QUIET)
    wait_for(lambda: other.waiting() == 10)
    again = leased(other, 10)
    other.close()
    assert Counter(m.request for m in again) == Counter(m.request for m in found[1::2])
    assert {m.request: m.delivery for m in again if m.delivery} == {found[1].request: 1}


def test_what_is_no_request_is_put_aside_and_holds_up_nobody(
    kafka_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even while the topic for it takes nothing."""
    from confluent_kafka import Producer

    topic = uuid.uuid4().hex
    producer = Producer({"bootstrap.servers": kafka_servers})
    for key in (b"first", None, b"a b", b"fine"):
        producer.produce(topic, b"{}", key, partition=0)
    producer.flush(10)
    queue = KafkaQueue(servers=kafka_servers, topic=topic, lease_s=6.0, config=QUIET)
    produce, away = queue._produce, [True]

    def produced(*record: Any) -> None:
        if away:
            raise QueueAwayError(f"no topic {record[0]}")
        produce(*record)

    monkeypatch.setattr(queue, "_produce", produced)
    monkeypatch.setattr("lifecycle.endpoint.asynchronous.kafka_topic.ASIDE_S", 0.05)
    found = leased(queue, 2)
    assert [message.request for message in found] == ["first", "fine"]
    queue.done([begun(queue, message) for message in found])
    away.clear()
    wait_for(lambda: not queue.lease(9) and queue.waiting() == 0)
    queue.close()
    refused = KafkaQueue(servers=kafka_servers, topic=f"{topic}.refused", lease_s=6.0, config=QUIET)
    assert refused.waiting() == 2


class ErrorRecord:
    """What librdkafka hands out in the place of records."""

    def error(self) -> "KafkaError":
        from confluent_kafka import KafkaError

        return KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)


def test_a_fault_between_records_loses_none_and_counts_none(
    kafka_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import confluent_kafka as kafka

    faults = ["consume", "commit"]

    class Consumer(kafka.Consumer):
        def consume(self, *args: Any, **options: Any) -> Any:
            records = super().consume(*args, **options)
            if records and "consume" in faults:
                faults.remove("consume")
                records.insert(1, ErrorRecord())
            return records

        def commit(self, *args: Any, **options: Any) -> Any:
            if "commit" in faults:
                faults.remove("commit")
                raise kafka.KafkaException(kafka.KafkaError(kafka.KafkaError._TRANSPORT))
            return super().commit(*args, **options)

    monkeypatch.setattr(kafka, "Consumer", Consumer)
    queue = KafkaQueue(servers=kafka_servers, topic=uuid.uuid4().hex, lease_s=6.0, config=QUIET)
    for number in range(5):
        queue.put(f"r{number}", b"{}")
    with pytest.raises(QueueAwayError, match="does not hand out"):
        leased(queue, 5)
    first, *others = leased(queue, 5)
    with pytest.raises(QueueAwayError, match="does not keep the offset"):
        queue.hold(first)
    queue.give_back(first)
    (again,) = leased(queue, 1)
    assert begun(queue, again).delivery == 1
    assert {again.request, *(message.request for message in others)} == {f"r{n}" for n in range(5)}
    queue.close()


def test_who_is_not_told_how_its_partitions_stand_joins_anew_and_reads_past_none(
    kafka_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import confluent_kafka as kafka

    faults = [kafka.KafkaError(kafka.KafkaError._TIMED_OUT)]

    class Consumer(kafka.Consumer):
        def committed(self, *args: Any, **options: Any) -> Any:
            if faults:
                raise kafka.KafkaException(faults.pop())
            return super().committed(*args, **options)

    monkeypatch.setattr(kafka, "Consumer", Consumer)
    queue = KafkaQueue(servers=kafka_servers, topic=uuid.uuid4().hex, lease_s=6.0, config=QUIET)
    for number in range(5):
        queue.put(f"r{number}", b"{}")
    with pytest.raises(QueueAwayError, match="does not tell how"):
        leased(queue, 5)
    found = leased(queue, 5)
    assert {message.request for message in found} == {f"r{number}" for number in range(5)}
    queue.done([begun(queue, message) for message in found])
    assert (list(queue.lease(5)), queue.waiting()) == ([], 0)
    queue.close()


def test_an_offset_that_is_not_told_is_not_the_beginning() -> None:
    """All that is kept of the topic would come again."""
    kafka = pytest.importorskip("confluent_kafka", reason="no client of Kafka")
    error = kafka.KafkaError(kafka.KafkaError.NOT_COORDINATOR)
    told = SimpleNamespace(partition=0, offset=-1001, metadata=None, error=error)
    consumer = SimpleNamespace(committed=lambda *_, **__: [told])
    queue = KafkaQueue(servers="none:1", topic="parcels")
    with pytest.raises(kafka.KafkaException):
        queue._assigned(consumer, [kafka.TopicPartition("parcels", 0)])


@pytest.mark.parametrize(
    ("finished", "first", "text"),
    [
        pytest.param([], 10, '{"begun":{"12":2},"done":[]}', id="nothing is done"),
        pytest.param([11, 13], 10, '{"begun":{"12":2},"done":[[11,11],[13,13]]}', id="with holes"),
        pytest.param([10, 11], 12, '{"begun":{"12":2},"done":[]}', id="from the front"),
        pytest.param([13, 12, 11, 10], 14, '{"begun":{},"done":[]}', id="all"),
    ],
)
def test_what_is_committed_of_a_partition(finished: list[int], first: int, text: str) -> None:
    partition = Partition(position=10)
    assert [partition.see(offset) for offset in range(10, 14)] == [True] * 4
    partition.open[12] = 2
    for offset in finished:
        partition.finish(offset)
    assert (partition.first, told(partition)) == (first, text)
    again = read(partition.first, told(partition))
    assert [again.see(offset) for offset in range(first, 14)] == [o not in finished for o in range(first, 14)]
    assert again.open.get(12) == partition.open.get(12)


def test_the_text_is_as_short_as_a_broker_takes_it() -> None:
    partition = Partition(position=0)
    for offset in range(1200):
        partition.see(offset)
    for offset in range(1, 1200, 2):
        partition.finish(offset)
    assert len(told(partition)) <= LONGEST
    assert len(read(0, told(partition)).done) > 100
    for offset in partition.open:
        partition.open[offset] = 2
    assert len(told(partition)) <= LONGEST
    kept = read(0, told(partition)).open
    assert len(kept) > 100
    assert kept == dict.fromkeys([*partition.open][: len(kept)], 2)


def test_properties_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "kafka.properties"
    file.write_text("# who we are\nsasl.username = me\nsasl.password=a=b\n\n")
    assert properties(file) == {"sasl.username": "me", "sasl.password": "a=b"}
    file.write_text("sasl.username\n")
    with pytest.raises(LifecycleError, match="line 1: not `name=value`"):
        properties(file)

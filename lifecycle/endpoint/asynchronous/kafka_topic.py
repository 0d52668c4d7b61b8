"""A queue in a topic of Kafka: the key of a record is the request's id, its value the request.

A partition has one worker at a time, and so has each of its records; a worker that is lost loses its
partitions after the session's time. So there are as many workers at work as there are partitions.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.endpoint.asynchronous.kafka_offsets import Partition, read, told
from lifecycle.endpoint.asynchronous.port import Message, QueueAwayError, checked_id
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Producer, TopicPartition

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
LOOK_S = 0.05
"""How long a lease looks for records that are on their way."""
ASIDE_S = 30.0
"""Pause before what could not be put aside is tried again; each time may take all our patience."""
LONGEST_BATCH_S = 600
"""A worker that asks for nothing for so long is taken for lost."""
OFF = ("ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "REBALANCE_IN_PROGRESS", "_STATE", "FENCED_INSTANCE_ID")
"""Answers to whom a partition no longer belongs."""
Handle = tuple[int, int, int]
"""Partition, offset, and which time it is that the partition was handed out."""


class KafkaQueue:
    """See `Queue`.

    Args:
        servers: of the cluster, `host:port,...`.
        topic: of the requests; what can never be answered goes to `TOPIC.refused`.
        lease_s: after so long without a sign of its worker a partition is another's.
        config: further properties of librdkafka, such as how to log in.
    """

    def __init__(
        self, *, servers: str, topic: str, lease_s: float = 60.0, config: Mapping[str, str] | None = None
    ) -> None:
        self.topic, self.group = topic, f"flywheel-{topic}"
        self._config = {"bootstrap.servers": servers, **(config or {})}
        self._session_ms = int(1000 * lease_s)
        self._lock = threading.RLock()
        self._consumer: Consumer | None = None
        self._producer: Producer | None = None
        self._partitions: dict[int, Partition] = {}
        self._ready: deque[Message] = deque()
        self._refused: deque[Any] = deque()
        self._aside_at = 0.0
        self._term, self._member = 0, False

    def put(self, request: str, body: bytes) -> None:
        """See `Queue.put`: all replicas that are in step have it."""
        self._produce(self.topic, checked_id(request).encode(), body)

    def lease(self, most: int) -> Sequence[Message]:
        """See `Queue.lease`."""
        with self._lock:
            failed = None
            # The position is past all of them: each is in memory before anything is made of an error.
            for record in self._consumed(most):
                if (error := record.error()) is None:
                    self._take(record)
                # What may be tried again or is the client's own: it is on its way to a broker, and says so.
                elif not (error.retriable() or error.name().startswith("_")):
                    failed = error
            self._put_aside()
            if failed is not None:
                raise QueueAwayError(f"Kafka does not hand out {self.topic}: {failed}")
            return [self._ready.popleft() for _ in range(min(most, len(self._ready)))]

    def hold(self, message: Message) -> Message | None:
        """See `Queue.hold`."""
        number, offset, term = message.handle
        with self._lock:
            partition = self._mine(number, term)
            if partition is None or offset not in partition.open:
                return None
            partition.open[offset] += 1
            begun = partition.open[offset]
            try:
                mine = self._committed(number)
            except QueueAwayError:
                # Nobody begins with it.
                partition.open[offset] -= 1
                raise
            return replace(message, delivery=begun) if mine else None

    def done(self, messages: Sequence[Message]) -> None:
        """See `Queue.done`; a partition that is another's is left alone: that one finds the result."""
        with self._lock:
            for message in messages:
                number, offset, term = message.handle
                if (partition := self._mine(number, term)) is not None:
                    partition.finish(offset)
                    self._committed(number)

    def give_back(self, message: Message) -> None:
        """See `Queue.give_back`: to this worker, whose the partition is."""
        number, _, term = message.handle
        with self._lock:
            if self._mine(number, term) is not None:
                self._ready.appendleft(message)

    def waiting(self) -> int:
        """See `Queue.waiting`; of other workers' messages those count that are not done."""
        from confluent_kafka import KafkaException, TopicPartition

        with self._lock:
            try:
                consumer = self._client()
                there = consumer.list_topics(self.topic, timeout=PATIENCE_S).topics[self.topic].partitions
                asked = [TopicPartition(self.topic, number) for number in there]
                waiting = 0
                for one in consumer.committed(asked, timeout=PATIENCE_S) if asked else ():
                    low, high = consumer.get_watermark_offsets(one, timeout=PATIENCE_S)
                    first = one.offset if one.offset >= 0 else low
                    waiting += max(0, high - first - len(read(first, one.metadata).done))
            except KafkaException as exc:
                raise QueueAwayError(f"Kafka does not tell of {self.topic}: {exc}") from exc
            mine = sum(len(partition.open) for partition in self._partitions.values())
            return max(0, waiting - mine + len(self._ready))

    def close(self) -> None:
        """Leave the group: its partitions are another's at once."""
        with self._lock:
            consumer, self._consumer, self._member = self._consumer, None, False
            self._forget()
            if consumer is not None:
                consumer.close()

    def _mine(self, number: int, term: int) -> Partition | None:
        return self._partitions.get(number) if term == self._term else None

    def _consumed(self, most: int) -> Sequence[Any]:
        from confluent_kafka import KafkaException

        # What was given back is taken first: while nothing gets done, it must not become more and more.
        # One at least is asked for: partitions come and go by this call.
        room = max(1, most - len(self._ready))
        consumer = self._joined()
        try:
            return consumer.consume(room, timeout=0.0 if self._ready else LOOK_S)
        except KafkaException as exc:
            # We do not know how our partitions stand, the client does not know that, and would read on: we
            # join anew.
            self.close()
            raise QueueAwayError(f"Kafka does not tell how {self.topic} stands: {exc}") from exc

    def _take(self, record: Any) -> None:
        """Remember a record that is not done: as a message, or as one that can never be answered."""
        number, offset = record.partition(), record.offset()
        partition = self._partitions.get(number)
        if partition is None or not partition.see(offset):
            return
        try:
            request = checked_id((record.key() or b"").decode())
        except (UnicodeDecodeError, LifecycleError) as exc:
            log.warning("record %s of %s [%s] is no request (%r): put aside", offset, self.topic, number, exc)
            self._refused.append(record)
            return
        handle: Handle = (number, offset, self._term)
        body = record.value() or b""
        self._ready.append(
            Message(request=request, body=body, delivery=partition.open[offset], handle=handle)
        )

    def _put_aside(self) -> None:
        """Into a topic of their own; those that it does not take now are kept, and hold up nobody."""
        while self._refused and time.monotonic() >= self._aside_at:
            record = self._refused[0]
            number = record.partition()
            try:
                self._produce(f"{self.topic}.refused", record.key(), record.value())
            except QueueAwayError:
                log.exception("record %s of %s [%s] is put aside later", record.offset(), self.topic, number)
                self._aside_at = time.monotonic() + ASIDE_S
                self._refused.rotate(-1)
                return
            self._refused.popleft()
            self._partitions[number].finish(record.offset())
            self._committed(number)

    def _committed(self, number: int) -> bool:
        """Tell the brokers how a partition stands; False: it is another's."""
        from confluent_kafka import KafkaException, TopicPartition

        partition = self._partitions[number]
        tells = TopicPartition(self.topic, number, partition.first, metadata=told(partition))
        try:
            (answer,) = self._joined().commit(offsets=[tells], asynchronous=False)
            error = answer.error
        except KafkaException as exc:
            error = exc.args[0]
        if error is None:
            return True
        if error.name() in OFF:
            self._forget()
            return False
        raise QueueAwayError(f"Kafka does not keep the offset of {self.topic}: {error}")

    def _forget(self) -> None:
        self._partitions.clear()
        self._ready.clear()
        self._refused.clear()
        self._term += 1

    def _joined(self) -> "Consumer":
        consumer = self._client()
        if not self._member:
            consumer.subscribe(
                [self.topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
            )
            self._member = True
        return consumer

    def _client(self) -> "Consumer":
        if self._consumer is None:
            from confluent_kafka import Consumer

            own = {
                "group.id": self.group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": self._session_ms,
                "heartbeat.interval.ms": max(1, self._session_ms // 10),
                "max.poll.interval.ms": max(1000 * LONGEST_BATCH_S, self._session_ms),
            }
            self._consumer = Consumer({**own, **self._config})
        return self._consumer

    def _assigned(self, consumer: "Consumer", given: list["TopicPartition"]) -> None:
        from confluent_kafka import OFFSET_BEGINNING, KafkaException

        self._forget()
        for one in consumer.committed(given, timeout=PATIENCE_S) if given else []:
            if one.error is not None:
                raise KafkaException(one.error)
            known = one.offset >= 0
            self._partitions[one.partition] = read(max(one.offset, 0), one.metadata if known else None)
            asked = next(tp for tp in given if tp.partition == one.partition)
            asked.offset = one.offset if known else OFFSET_BEGINNING
        consumer.assign(given)

    def _revoked(self, consumer: "Consumer", taken: list["TopicPartition"]) -> None:
        self._forget()

    def _produce(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        from confluent_kafka import KafkaException, Producer

        if self._producer is None:
            self._producer = Producer({"acks": "all", "enable.idempotence": True, **self._config})
        errors: list[Any] = []
        try:
            self._producer.produce(topic, value, key, on_delivery=lambda error, _: errors.append(error))
        except (KafkaException, BufferError) as exc:
            # It is too long, say, or too many wait for an answer.
            raise QueueAwayError(f"Kafka does not take a record of {topic}: {exc}") from exc
        self._producer.flush(PATIENCE_S)
        if errors != [None]:
            raise QueueAwayError(f"Kafka does not take a record of {topic}: {errors or 'no answer in time'}")


def properties(path: Path) -> dict[str, str]:
    """Properties of librdkafka in a file, a line each: secrets belong into no command line.

    Raises:
        LifecycleError: it cannot be read, or a line is none.
    """
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except OSError as exc:
        raise LifecycleError(f"the properties of Kafka cannot be read: {exc}") from exc
    found = {}
    for number, line in enumerate(lines, start=1):
        name, equals, value = line.partition("=")
        if line and not line.startswith("#"):
            if not equals:
                raise LifecycleError(f"{path}, line {number}: not `name=value`")
            found[name.strip()] = value.strip()
    return found

"""Queues and stores of results by what a command line says: a folder, or the URL of a broker."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from lifecycle.endpoint.asynchronous.files import FileCounts, FileQueue, FileResults
from lifecycle.endpoint.asynchronous.port import Counts, Queue, QueueAwayError, Results
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from redis import Redis

KAFKA_CONFIG = "FLYWHEEL_KAFKA_CONFIG"
"""Names a file of properties of librdkafka: how to log in, say."""
PUBSUB = re.compile(r"pubsub://(?P<project>[a-z0-9.:-]+)/(?P<name>[A-Za-z][A-Za-z0-9._~+%-]{2,254})")
REDIS = ("redis", "rediss", "unix")


@contextmanager
def opened_queue(where: str, *, lease_s: float = 60.0, results: str | None = None) -> Iterator[Queue]:
    """A queue, until the block ends.

    Args:
        where: a folder, `redis://HOST:PORT/DB#NAME`, `kafka://HOST:PORT,HOST:PORT/TOPIC`, or
            `pubsub://PROJECT/SUBSCRIPTION`.
        lease_s: after so long without a sign of its worker a message is handed out again.
        results: where results are kept: Pub/Sub keeps no counts, which lie beside them.

    Raises:
        LifecycleError: it is none of these, its client is not installed, or a subscription does not keep
            what a queue promises.
    """
    scheme = urlsplit(where).scheme
    if "://" not in where:
        yield FileQueue(folder=Path(where), lease_s=lease_s)
    elif scheme in REDIS:
        from lifecycle.endpoint.asynchronous.redis_streams import RedisQueue, connected

        url, name = _named(where)
        with connected(url) as client:
            yield RedisQueue(client=client, name=name, lease_s=lease_s)
    elif scheme == "kafka":
        yield from _kafka(where, lease_s)
    elif is_pubsub(where):
        yield from _pubsub(where, lease_s, results)
    else:
        raise LifecycleError(
            f"{_shown(where)} is no queue: a folder, redis://, rediss://, kafka:// or pubsub://"
        )


@contextmanager
def opened_results(where: str) -> Iterator[Results]:
    """A store of results, until the block ends.

    Args:
        where: a folder, or `redis://HOST:PORT/DB#NAME`.

    Raises:
        LifecycleError: it is neither, or its client is not installed.
    """
    if "://" not in where:
        yield FileResults(folder=Path(where))
    else:
        from lifecycle.endpoint.asynchronous.redis_streams import RedisResults

        with _redis_of_results(where) as (client, name):
            yield RedisResults(client=client, name=name)


@contextmanager
def _opened_counts(results: str) -> Iterator[Counts]:
    """Counts that lie beside results."""
    if "://" not in results:
        yield FileCounts(folder=Path(results) / "begun")
    else:
        from lifecycle.endpoint.asynchronous.redis_streams import RedisCounts

        with _redis_of_results(results) as (client, name):
            yield RedisCounts(client=client, name=name)


@contextmanager
def _redis_of_results(where: str) -> Iterator[tuple["Redis", str]]:
    if urlsplit(where).scheme not in REDIS:
        raise LifecycleError(
            f"{_shown(where)} keeps no results that are found by their requests: a folder, redis:// or rediss://"
        )
    from lifecycle.endpoint.asynchronous.redis_streams import connected

    url, name = _named(where)
    with connected(url) as client:
        yield client, name


def _kafka(where: str, lease_s: float) -> Iterator[Queue]:
    try:
        import confluent_kafka  # noqa: F401  # looked for before anything is begun
    except ImportError as exc:
        raise LifecycleError(
            "a queue in Kafka needs its client: pip install 'dagster-flywheel[kafka]'"
        ) from exc
    from lifecycle.endpoint.asynchronous.kafka_topic import KafkaQueue, properties

    url = urlsplit(where)
    topic = url.path.strip("/")
    if not url.netloc or not topic or "/" in topic:
        raise LifecycleError(f"{_shown(where)} names no topic: kafka://HOST:PORT,HOST:PORT/TOPIC")
    told = os.environ.get(KAFKA_CONFIG)
    config = properties(Path(told)) if told else {}
    queue = KafkaQueue(servers=url.netloc, topic=topic, lease_s=lease_s, config=config)
    try:
        yield queue
    finally:
        queue.close()


def _pubsub(where: str, lease_s: float, results: str | None) -> Iterator[Queue]:
    from lifecycle.endpoint.asynchronous.pubsub_subscription import PubsubQueue

    subscription = subscription_of(where)
    if results is None:
        raise LifecycleError(f"{where} keeps no counts of its own: say where results are kept, too")
    with _opened_counts(results) as counts:
        queue = PubsubQueue(subscription=subscription, counts=counts, lease_s=lease_s)
        try:
            # Who is away now may be back soon, and is asked again by who leases.
            with suppress(QueueAwayError):
                queue.check()
            yield queue
        finally:
            queue.close()


def is_pubsub(where: str) -> bool:
    """Whether a queue is a subscription of Pub/Sub."""
    return urlsplit(where).scheme == "pubsub"


def subscription_of(where: str) -> str:
    """The full name of the subscription of a URL.

    Raises:
        LifecycleError: it names none.

    >>> subscription_of("pubsub://team/requests")
    'projects/team/subscriptions/requests'
    """
    if (named := PUBSUB.fullmatch(where)) is None:
        raise LifecycleError(f"{_shown(where)} names no subscription: pubsub://PROJECT/SUBSCRIPTION")
    return f"projects/{named['project']}/subscriptions/{named['name']}"


def _named(where: str) -> tuple[str, str]:
    url = urlsplit(where)
    if not url.fragment:
        raise LifecycleError(f"{_shown(where)} names no key: redis://HOST:PORT/DB#NAME")
    return urlunsplit(url._replace(fragment="")), url.fragment


def _shown(where: str) -> str:
    """A URL without who logs in."""
    url = urlsplit(where)
    return urlunsplit(url._replace(netloc=url.netloc.rpartition("@")[2]))

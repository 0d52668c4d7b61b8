"""Queues and stores of results by what a command line says: a folder, or the URL of a broker."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from lifecycle.endpoint.asynchronous.files import FileQueue, FileResults
from lifecycle.endpoint.asynchronous.port import Queue, Results
from lifecycle.errors import LifecycleError

KAFKA_CONFIG = "FLYWHEEL_KAFKA_CONFIG"
"""Names a file of properties of librdkafka: how to log in, say."""
REDIS = ("redis", "rediss", "unix")


@contextmanager
def opened_queue(where: str, *, lease_s: float = 60.0) -> Iterator[Queue]:
    """A queue, until the block ends.

    Args:
        where: a folder, `redis://HOST:PORT/DB#NAME`, or `kafka://HOST:PORT,HOST:PORT/TOPIC`.
        lease_s: after so long without a sign of its worker a message is handed out again.

    Raises:
        LifecycleError: it is none of these, or its client is not installed.
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
    else:
        raise LifecycleError(f"{_shown(where)} is no queue: a folder, redis://, rediss:// or kafka://")


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
    elif urlsplit(where).scheme in REDIS:
        from lifecycle.endpoint.asynchronous.redis_streams import RedisResults, connected

        url, name = _named(where)
        with connected(url) as client:
            yield RedisResults(client=client, name=name)
    else:
        raise LifecycleError(
            f"{_shown(where)} keeps no results that are found by their requests: a folder, redis:// or rediss://"
        )


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


def _named(where: str) -> tuple[str, str]:
    url = urlsplit(where)
    if not url.fragment:
        raise LifecycleError(f"{_shown(where)} names no key: redis://HOST:PORT/DB#NAME")
    return urlunsplit(url._replace(fragment="")), url.fragment


def _shown(where: str) -> str:
    """A URL without who logs in."""
    url = urlsplit(where)
    return urlunsplit(url._replace(netloc=url.netloc.rpartition("@")[2]))

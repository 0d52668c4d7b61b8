"""A queue in a subscription of Google Pub/Sub: the attribute `request` of a message is the request's id.

Messages are pulled, with leases that are asked for. A subscription that delivers exactly once says when a
lease was lost; no other one is taken. Pub/Sub counts what was handed out, and only where there is a
dead-letter policy: so how often somebody began with a message is kept beside the results.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lifecycle.endpoint.asynchronous.port import Counts, Message, QueueAwayError, checked_id
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient
    from google.pubsub_v1.types import ReceivedMessage, Subscription

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
LOOK_S = 2.0
"""How long a pull waits for messages; the service takes its time to find some."""
CHECK_S = 30.0
"""A pull without an answer looks like an empty queue: so often the subscription itself is asked for."""
LONGEST_LEASE_S = 600
REQUEST = "request"
Handle = tuple[str, str]
"""Id of the lease, and what the message is counted under."""


class PubsubQueue:
    """See `Queue`.

    Args:
        subscription: `projects/PROJECT/subscriptions/NAME`; what is no request goes to `TOPIC.refused`.
        counts: how often somebody began with each message; of all workers of the subscription.
        lease_s: after so long without a sign of its worker a message is handed out again; up to 600.
        look_s: how long a lease waits for messages.

    Raises:
        LifecycleError: no such lease can be had, nobody is logged in, or the client is not installed.
    """

    def __init__(
        self, *, subscription: str, counts: Counts, lease_s: float = 60.0, look_s: float = LOOK_S
    ) -> None:
        try:
            from google.auth.exceptions import DefaultCredentialsError
            from google.cloud.pubsub_v1 import SubscriberClient
        except ImportError as exc:
            raise LifecycleError(
                "a queue in Pub/Sub needs its client: pip install 'dagster-flywheel[pubsub]'"
            ) from exc
        # In whole seconds, and none would be a way to give a message back.
        self._lease_s = math.ceil(lease_s)
        if not 1 <= self._lease_s <= LONGEST_LEASE_S:
            raise LifecycleError(
                f"a lease of {lease_s:g} s: Pub/Sub holds messages for 1 s up to {LONGEST_LEASE_S} s"
            )
        self.subscription = subscription
        self._counts, self._look_s = counts, look_s
        self._lock = threading.Lock()
        self._topic, self._checked_at = "", -math.inf
        self._publishing: PublisherClient | None = None
        try:
            self._client = SubscriberClient()
        except DefaultCredentialsError as exc:
            raise LifecycleError(
                f"nobody is logged in for {subscription}: a service account of the pod, "
                "GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`"
            ) from exc

    def check(self) -> None:
        """Ask for the subscription.

        Raises:
            LifecycleError: it does not keep what a queue promises.
            QueueAwayError: it is not there, or not for us, or nobody answers.
        """
        told = self._asked(self._client.get_subscription, subscription=self.subscription)
        if (why := unfit(told)) is not None:
            raise LifecycleError(why)
        self._topic, self._checked_at = told.topic, time.monotonic()

    def put(self, request: str, body: bytes) -> None:
        """See `Queue.put`: into the topic of the subscription."""
        checked_id(request)
        if not self._topic:
            self.check()
        self._publish(self._topic, body, {REQUEST: request})

    def lease(self, most: int) -> Sequence[Message]:
        """See `Queue.lease`."""
        from google.api_core.exceptions import DeadlineExceeded

        try:
            if time.monotonic() - self._checked_at > CHECK_S:
                self.check()
            asked = {"subscription": self.subscription, "max_messages": most}
            answer = self._client.pull(request=asked, retry=None, timeout=self._look_s)
        except DeadlineExceeded:
            return []
        except LifecycleError as exc:
            # It was fit when the worker began, and is looked at again: messages stay where they are.
            raise QueueAwayError(str(exc)) from exc
        except _errors() as exc:
            raise self._away(exc) from exc
        given = {one.ack_id: one for one in answer.received_messages}
        for ack_id in self._extended(list(given), self._lease_s) if given else ():
            del given[ack_id]
        found = [message for one in given.values() if (message := self._message(one)) is not None]
        begun = self._counts.counted([message.handle[1] for message in found])
        return [replace(message, delivery=n) for message, n in zip(found, begun, strict=True)]

    def hold(self, message: Message) -> Message | None:
        """See `Queue.hold`."""
        ack_id, key = message.handle
        if self._extended([ack_id], self._lease_s):
            return None
        return replace(message, delivery=self._counts.count(key))

    def done(self, messages: Sequence[Message]) -> None:
        """See `Queue.done`; a message that is another's is left alone: that one finds the result."""
        for message in messages:
            ack_id, key = message.handle
            # Before it is gone: whoever is killed here, leaves no count that nobody asks for again.
            self._counts.forget(key)
            self._lost(self._client.acknowledge, [ack_id])

    def give_back(self, message: Message) -> None:
        """See `Queue.give_back`; a retry policy of the subscription may make it wait."""
        self._extended([message.handle[0]], 0)

    def waiting(self) -> int | None:
        """None: Pub/Sub does not tell. Cloud Monitoring does, minutes later."""
        return None

    def close(self) -> None:
        """Close the connections; leases stay until they are over."""
        if self._publishing is not None:
            self._publishing.stop()
        self._client.close()

    def _message(self, one: "ReceivedMessage") -> Message | None:
        """A message; None: it is none that could ever be answered, and it was put aside."""
        told = one.message
        key = f"{self.subscription}/{told.message_id}"
        try:
            request = checked_id(told.attributes.get(REQUEST, ""))
        except LifecycleError as exc:
            self._put_aside(one, exc)
            return None
        return Message(request=request, body=told.data, delivery=0, handle=(one.ack_id, key))

    def _put_aside(self, one: "ReceivedMessage", why: LifecycleError) -> None:
        topic = f"{self._topic}.refused"
        log.warning("message %s of %s is no request (%s): put aside", one.message.message_id, topic, why)
        try:
            # The names of our own arguments are no attributes.
            attributes = {f"was-{name}": value for name, value in one.message.attributes.items()}
            self._publish(topic, one.message.data, attributes)
        except QueueAwayError:
            # It comes again after its lease, holds up nobody, and is not lost.
            log.exception("it cannot be: `gcloud pubsub topics create %s`, with a subscription", topic)
            return
        self._lost(self._client.acknowledge, [one.ack_id])

    def _publish(self, topic: str, body: bytes, attributes: dict[str, str]) -> None:
        from google.cloud.pubsub_v1 import PublisherClient

        with self._lock:
            self._publishing = self._publishing or PublisherClient()
        try:
            kept = self._publishing.publish(
                topic, body, retry=self._retry(), timeout=PATIENCE_S, **attributes
            )
            kept.result(timeout=PATIENCE_S)
        except _errors() as exc:
            raise QueueAwayError(f"Pub/Sub does not take a message of {topic}: {exc!r}") from exc

    def _extended(self, ack_ids: list[str], seconds: int) -> set[str]:
        """Hold messages for so long from now on: the leases that were lost before."""
        return self._lost(self._client.modify_ack_deadline, ack_ids, ack_deadline_seconds=seconds)

    def _lost(self, call: Callable[..., object], ack_ids: list[str], **more: int) -> set[str]:
        """Do something with leases: those that are another's by now."""
        try:
            self._asked(call, subscription=self.subscription, ack_ids=ack_ids, **more)
        except QueueAwayError as exc:
            told = _failures(exc.__cause__).keys() & set(ack_ids)
            if not told or _may_pass(exc.__cause__):
                raise
            return told
        return set()

    def _asked(self, call: Callable[..., Any], **request: object) -> Any:
        try:
            return call(request=request, retry=self._retry(), timeout=PATIENCE_S)
        except _errors() as exc:
            raise self._away(exc) from exc

    def _away(self, exc: Exception) -> QueueAwayError:
        return QueueAwayError(f"Pub/Sub does not do what it is asked with {self.subscription}: {exc}")

    @staticmethod
    def _retry() -> Any:
        from google.api_core.retry import Retry

        return Retry(predicate=_may_pass, initial=0.1, maximum=2.0, timeout=PATIENCE_S)


def unfit(told: "Subscription") -> str | None:
    """Why a subscription does not keep what a queue promises, and the way out; None: it does."""
    update = f"`gcloud pubsub subscriptions update {told.name}"
    if told.push_config.push_endpoint or told.bigquery_config.table or told.cloud_storage_config.bucket:
        return f"{told.name} hands its messages out by itself: create a pull subscription for the workers"
    if not told.enable_exactly_once_delivery:
        return f"{told.name} does not say when a lease was lost: {update} --enable-exactly-once-delivery`"
    if told.dead_letter_policy.dead_letter_topic:
        return (
            f"{told.name} has a dead-letter policy, which takes requests away before they have a result "
            f"(workers give one up by themselves, and say so in it): {update} --clear-dead-letter-policy`"
        )
    return None


def _errors() -> tuple[type[Exception], ...]:
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    return GoogleAPIError, GoogleAuthError, TimeoutError


def _failures(exc: BaseException | None) -> dict[str, str]:
    """What was told of single leases, by their ids."""
    return getattr(exc, "metadata", None) or {}


def _may_pass(exc: BaseException | None) -> bool:
    from google.api_core.retry import if_transient_error

    single = any(why.startswith("TRANSIENT_") for why in _failures(exc).values())
    return single or (isinstance(exc, Exception) and bool(if_transient_error(exc)))

"""A double of Google Pub/Sub: what a queue of requests asks, over real gRPC, by Google's client library.

Written after Google's documentation and what the client reads of errors; not held against the service.
"""

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.pubsub_v1 import types
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

_METHODS: dict[str, tuple[str, Any, Any]] = {
    "CreateTopic": ("Publisher", types.Topic, types.Topic),
    "Publish": ("Publisher", types.PublishRequest, types.PublishResponse),
    "CreateSubscription": ("Subscriber", types.Subscription, types.Subscription),
    "GetSubscription": ("Subscriber", types.GetSubscriptionRequest, types.Subscription),
    "Pull": ("Subscriber", types.PullRequest, types.PullResponse),
    "Acknowledge": ("Subscriber", types.AcknowledgeRequest, None),
    "ModifyAckDeadline": ("Subscriber", types.ModifyAckDeadlineRequest, None),
}


@dataclass(kw_only=True)
class Held:
    """A message of a subscription."""

    message: types.PubsubMessage
    attempts: int = 0
    ack_id: str = ""
    until: float = 0.0
    """Nobody's from then on, by the clock that only goes forward."""


@dataclass(kw_only=True)
class Kept:
    """A subscription with its messages, the oldest first."""

    told: types.Subscription
    messages: list[Held] = field(default_factory=list)


class PubsubDouble:
    """What outlives a server that goes away and comes back."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.subscriptions: dict[str, Kept] = {}
        self.calls: list[str] = []
        self.unanswered: list[str] = []
        """Calls, by their method, that are done, and whose answer is lost; each once."""
        self.transient: list[str] = []
        """Calls of which each lease is told that it may pass; nothing is done; each once."""
        self._lock = threading.Condition()
        self._ids = itertools.count(1)

    def subscribed(self, name: str | None = None, **told: object) -> str:
        """A new topic and subscription; its full name."""
        name = name or f"s{uuid.uuid4().hex}"
        self._create_topic(types.Topic(name=f"projects/team/topics/{name}"))
        asked = {"enable_exactly_once_delivery": True, **told}
        full = f"projects/team/subscriptions/{name}"
        self._create_subscription(
            types.Subscription(name=full, topic=f"projects/team/topics/{name}", **asked)
        )
        return full

    def left(self, name: str) -> list[Held]:
        """What a subscription still has."""
        with self._lock:
            return list(self.subscriptions[name].messages)

    def expire(self, name: str) -> None:
        """All leases of a subscription are over."""
        with self._lock:
            for held in self.subscriptions[name].messages:
                held.until = 0.0
            self._lock.notify_all()

    def answer(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        """One call."""
        self.calls.append(method)
        if method in self.transient:
            self.transient.remove(method)
            told = dict.fromkeys(request.ack_ids, "TRANSIENT_FAILURE_UNORDERED_ACK_ID")
            _abort(context, code_pb2.FAILED_PRECONDITION, "try again", told)
        did = {
            "CreateTopic": lambda: self._create_topic(request),
            "CreateSubscription": lambda: self._create_subscription(request),
            "GetSubscription": lambda: self._kept(request.subscription, context).told,
            "Publish": lambda: self._publish(request, context),
            "Pull": lambda: self._pull(request, context),
            "Acknowledge": lambda: self._leases(request, context, None),
            "ModifyAckDeadline": lambda: self._leases(request, context, request.ack_deadline_seconds),
        }[method]()
        if method in self.unanswered:
            self.unanswered.remove(method)
            context.abort(grpc.StatusCode.UNAVAILABLE, "the answer is lost")
        return did

    def _create_topic(self, topic: types.Topic) -> types.Topic:
        self.topics.add(topic.name)
        return topic

    def _create_subscription(self, told: types.Subscription) -> types.Subscription:
        told.ack_deadline_seconds = told.ack_deadline_seconds or 10
        self.subscriptions[told.name] = Kept(told=told)
        return told

    def _kept(self, name: str, context: grpc.ServicerContext) -> Kept:
        if name not in self.subscriptions:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Resource not found (resource={name}).")
        return self.subscriptions[name]

    def _publish(self, request: types.PublishRequest, context: grpc.ServicerContext) -> types.PublishResponse:
        if request.topic not in self.topics:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Resource not found (resource={request.topic}).")
        with self._lock:
            for message in request.messages:
                message.message_id = str(next(self._ids))
                for kept in self.subscriptions.values():
                    if kept.told.topic == request.topic:
                        kept.messages.append(Held(message=message))
            self._lock.notify_all()
        return types.PublishResponse(message_ids=[message.message_id for message in request.messages])

    def _pull(self, request: types.PullRequest, context: grpc.ServicerContext) -> types.PullResponse:
        """Waits for messages, as the service does, as long as somebody waits for the answer."""
        kept = self._kept(request.subscription, context)
        counted = bool(kept.told.dead_letter_policy.dead_letter_topic)
        with self._lock:
            while context.is_active():
                now = time.monotonic()
                free = [held for held in kept.messages if held.until <= now][: request.max_messages]
                for held in free:
                    held.attempts += 1
                    held.ack_id, held.until = uuid.uuid4().hex, now + kept.told.ack_deadline_seconds
                if free:
                    given = [
                        types.ReceivedMessage(
                            ack_id=held.ack_id,
                            message=held.message,
                            delivery_attempt=held.attempts if counted else 0,
                        )
                        for held in free
                    ]
                    return types.PullResponse(received_messages=given)
                self._lock.wait(0.05)
        return types.PullResponse()

    def _leases(self, request: Any, context: grpc.ServicerContext, seconds: int | None) -> None:
        """Acknowledge, where no seconds are said, or hold so long."""
        kept = self._kept(request.subscription, context)
        if seconds is not None and not 0 <= seconds <= 600:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{seconds} is no deadline")
        with self._lock:
            now = time.monotonic()
            by_id = {held.ack_id: held for held in kept.messages if held.until > now}
            for ack_id in request.ack_ids:
                if (held := by_id.get(ack_id)) is None:
                    continue
                if seconds is None:
                    kept.messages.remove(held)
                else:
                    held.until = now + seconds
            self._lock.notify_all()
        lost = [ack_id for ack_id in request.ack_ids if ack_id not in by_id]
        # A subscription that delivers at least once says that all is well.
        if lost and kept.told.enable_exactly_once_delivery:
            told = dict.fromkeys(lost, "PERMANENT_FAILURE_INVALID_ACK_ID")
            _abort(context, code_pb2.FAILED_PRECONDITION, "Some acknowledgement ids were invalid.", told)


@contextmanager
def served(double: PubsubDouble, port: int = 0) -> Iterator[str]:
    """Where a server of the double listens, until the block ends: it can be served again."""
    server = grpc.server(futures.ThreadPoolExecutor(16))
    by_service: dict[str, dict[str, grpc.RpcMethodHandler]] = {}
    for method, (service, asked, told) in _METHODS.items():
        handler = grpc.unary_unary_rpc_method_handler(
            _behaviour(double, method),
            request_deserializer=asked.deserialize,
            response_serializer=told.serialize if told else lambda _: b"",
        )
        by_service.setdefault(f"google.pubsub.v1.{service}", {})[method] = handler
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(name, methods) for name, methods in by_service.items()]
    )
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield f"127.0.0.1:{bound}"
    finally:
        server.stop(0).wait()


def _behaviour(double: PubsubDouble, method: str) -> Callable[[Any, grpc.ServicerContext], Any]:
    return lambda request, context: double.answer(method, request, context)


def _abort(context: grpc.ServicerContext, code: int, message: str, leases: dict[str, str]) -> None:
    status = status_pb2.Status(code=code, message=message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(domain="pubsub.googleapis.com", metadata=leases))
    context.abort_with_status(rpc_status.to_status(status))

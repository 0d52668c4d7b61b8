"""What the worker asks of a queue and of a store of results; any broker can stand behind them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from lifecycle.errors import LifecycleError

REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class QueueAwayError(OSError):
    """A broker or a volume does not answer: what it was asked may have happened, and is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request in a queue."""

    request: str
    """Id of the request: what bears the same one is the same request, and is answered once."""
    body: bytes
    """JSON as `POST /predict` takes it."""
    delivery: int
    """How often somebody began with it."""
    handle: Any
    """The queue's own."""


class Result(NamedTuple):
    """What became of a request."""

    status: int
    """As an HTTP answer has it: 200, or why there are no scores."""
    body: bytes
    """JSON as `POST /predict` answers it."""


class Queue(Protocol):
    """Hands each message to one worker at a time, and again where it is not done within its lease.

    At least once: a message may come twice, so that workers look whether it has a result. Every call may
    raise an OSError: whoever keeps the messages is away. It is called from several threads.
    """

    def put(self, request: str, body: bytes) -> None:
        """Queue a request; it is not lost when this returns.

        Raises:
            LifecycleError: the id is none.
        """
        ...

    def lease(self, most: int) -> Sequence[Message]:
        """The oldest messages that nobody has; empty where there is none. It does not wait."""
        ...

    def hold(self, message: Message) -> Message | None:
        """Begin with a message of the lease: it is counted, and held anew. None: the lease was over.

        Not by `lease`: a request that kills its worker must not count for those that were taken with it.
        """
        ...

    def done(self, messages: Sequence[Message]) -> None:
        """They have a result: nobody is to get them again."""
        ...

    def give_back(self, message: Message) -> None:
        """Somebody is to get it again, now."""
        ...

    def waiting(self) -> int | None:
        """Messages that nobody has: what workers are scaled by. None: the broker does not tell."""
        ...


class Results(Protocol):
    """Results by the request's id. The first one of an id stays. An OSError: whoever keeps them is away."""

    def get(self, request: str) -> Result | None:
        """The result, or None where there is none yet."""
        ...

    def put(self, request: str, result: Result) -> None:
        """Keep a result, unless there is one: it must outlive this process when this returns."""
        ...


class Counts(Protocol):
    """How often somebody began with something, for queues that cannot keep it. An OSError: they are away."""

    def counted(self, keys: Sequence[str]) -> Sequence[int]:
        """How often each was counted."""
        ...

    def count(self, key: str) -> int:
        """Once more: how often by now. It must outlive this process when this returns."""
        ...

    def forget(self, key: str) -> None:
        """Nobody will ask again."""
        ...


def checked_id(request: str) -> str:
    """An id of a request that a log and a header can bear.

    Raises:
        LifecycleError: it is none.

    >>> checked_id("order-17")
    'order-17'
    """
    if not REQUEST_ID.fullmatch(request):
        raise LifecycleError(
            f"{request!r:.80} is no id of a request: 1 to 128 letters, digits and the signs . _ : / + = -"
        )
    return request

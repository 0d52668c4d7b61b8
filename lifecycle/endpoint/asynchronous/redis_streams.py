"""A queue and results in Redis 6.2 or later (or Valkey): a stream with one group, a key for each result.

Anybody may put requests in, in any language: `XADD NAME * request ID body JSON`. Whether what was put in
outlives the server, is the server's setting: `appendonly yes`, and `appendfsync always` to lose nothing.
"""

import functools
import logging
import os
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from lifecycle.endpoint.asynchronous.port import Message, QueueAwayError, Result, checked_id
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)

GROUP = "flywheel"
PATIENCE_S = 5.0
MOST_EXPIRED = 10_000
_BEGIN = """
local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)
if #held == 0 or held[1][2] ~= ARGV[2] then return false end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID')
return redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
"""
"""Begin with a message that this worker still has: counted, and its lease anew."""
_DONE = """
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[2])
"""
_BACK = """
local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)
if #held == 0 or held[1][2] ~= ARGV[2] then return false end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'IDLE', ARGV[4], 'JUSTID')
"""
"""Make a lease look long over: whoever asks next gets the message."""

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", "RedisQueue", "RedisResults", "RedisCounts")


def reached(call: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """A method that tells a server that does not answer as the port says it."""

    @functools.wraps(call)
    def asked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        from redis import RedisError

        try:
            return call(self, *args, **kwargs)
        except RedisError as exc:
            raise QueueAwayError(f"Redis does not do what it is asked: {exc}") from exc

    return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisQueue:
    """See `Queue`."""

    client: "Redis"
    name: str
    """Key of the stream; `NAME:begun` and `NAME:refused` lie beside it."""
    lease_s: float = 60.0
    worker: str = field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    )

    @reached
    def put(self, request: str, body: bytes) -> None:
        """Queue a request.

        Raises:
            LifecycleError: the id is none.
        """
        self.client.xadd(self.name, {"request": checked_id(request), "body": body})

    @reached
    def lease(self, most: int) -> Sequence[Message]:
        """See `Queue.lease`."""
        self._have_group()
        expired: Any = self.client.xautoclaim(
            self.name, GROUP, self.worker, self._lease_ms, start_id="0-0", count=most
        )
        found = [entry for entry in expired[1] if entry[1]]
        if (left := most - len(found)) > 0:
            fresh: Any = self.client.xreadgroup(GROUP, self.worker, {self.name: ">"}, count=left)
            found += [entry for _, entries in fresh for entry in entries]
        if not found:
            return []
        begun: Any = self.client.hmget(self._begun, [entry for entry, _ in found])
        told = [self._message(entry, fields, n) for (entry, fields), n in zip(found, begun, strict=True)]
        return [message for message in told if message is not None]

    @reached
    def hold(self, message: Message) -> Message | None:
        """See `Queue.hold`."""
        begun = self._run(_BEGIN, message.handle)
        return None if begun is None else replace(message, delivery=int(begun))

    @reached
    def done(self, messages: Sequence[Message]) -> None:
        """See `Queue.done`."""
        for message in messages:
            self.client.eval(_DONE, 2, self.name, self._begun, GROUP, message.handle)

    @reached
    def give_back(self, message: Message) -> None:
        """See `Queue.give_back`."""
        self._run(_BACK, message.handle, self._lease_ms + 1)

    @reached
    def waiting(self) -> int:
        """See `Queue.waiting`."""
        self._have_group()
        held = self.client.xpending(self.name, GROUP)["pending"]
        expired = self.client.xpending_range(
            self.name, GROUP, min="-", max="+", count=MOST_EXPIRED, idle=self._lease_ms
        )
        return int(self.client.xlen(self.name)) - int(held) + len(expired)

    @property
    def _lease_ms(self) -> int:
        return int(1000 * self.lease_s)

    @property
    def _begun(self) -> str:
        return f"{self.name}:begun"

    def _run(self, script: str, entry: bytes, *more: int) -> Any:
        return self.client.eval(script, 2, self.name, self._begun, GROUP, self.worker, entry, *more)

    def _have_group(self) -> None:
        """Have the stream and its group; each time, for a server may have been emptied."""
        from redis import ResponseError

        try:
            self.client.xgroup_create(self.name, GROUP, id="0", mkstream=True)
        except ResponseError as exc:
            if not str(exc).startswith("BUSYGROUP"):
                raise

    def _message(self, entry: bytes, fields: Mapping[bytes, bytes], begun: bytes | None) -> Message | None:
        """A message; None: it is none that could ever be answered, and it was put aside."""
        try:
            request = checked_id(fields[b"request"].decode())
            return Message(request=request, body=fields[b"body"], delivery=int(begun or 0), handle=entry)
        except (KeyError, UnicodeDecodeError, LifecycleError) as exc:
            log.warning("%s of the stream %s is no request (%r): put aside", entry, self.name, exc)
            self.client.xadd(f"{self.name}:refused", fields or {"entry": entry})  # type: ignore[arg-type]
            self.client.eval(_DONE, 2, self.name, self._begun, GROUP, entry)
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisResults:
    """See `Results`. The value of `NAME:ID` is a status, a line's end, and the answer."""

    client: "Redis"
    name: str
    keep_s: float | None = None
    """How long a result is kept; None: until somebody deletes it. Longer than a request may come twice."""

    @reached
    def get(self, request: str) -> Result | None:
        """See `Results.get`."""
        found = self.client.get(f"{self.name}:{request}")
        if found is None:
            return None
        status, _, body = bytes(found).partition(b"\n")  # type: ignore[arg-type]
        return Result(int(status), body)

    @reached
    def put(self, request: str, result: Result) -> None:
        """See `Results.put`."""
        value = b"%d\n" % result.status + result.body
        px = None if self.keep_s is None else int(1000 * self.keep_s)
        self.client.set(f"{self.name}:{request}", value, nx=True, px=px)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisCounts:
    """See `Counts`. A hash under a name that no result has: an id bears no `#`."""

    client: "Redis"
    name: str
    """Of the results beside which it lies."""

    @reached
    def counted(self, keys: Sequence[str]) -> Sequence[int]:
        """See `Counts.counted`."""
        found: Any = self.client.hmget(self._key, list(keys)) if keys else []
        return [int(n or 0) for n in found]

    @reached
    def count(self, key: str) -> int:
        """See `Counts.count`."""
        return int(self.client.hincrby(self._key, key))

    @reached
    def forget(self, key: str) -> None:
        """See `Counts.forget`."""
        self.client.hdel(self._key, key)

    @property
    def _key(self) -> str:
        return f"{self.name}#begun"


def connected(url: str) -> "Redis":
    """A client of a server; it connects when it is first asked.

    Raises:
        LifecycleError: the URL is none, or the client is not installed.
    """
    try:
        from redis import Redis
    except ImportError as exc:
        raise LifecycleError(
            "a queue in Redis needs its client: pip install 'dagster-flywheel[redis]'"
        ) from exc
    try:
        return Redis.from_url(url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S)
    except ValueError as exc:
        raise LifecycleError(f"no URL of a Redis server: {exc}") from exc

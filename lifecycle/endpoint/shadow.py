"""Shadows: variants that score what others answer. They never touch the request that they look at."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from lifecycle.endpoint.counting import Counts
from lifecycle.endpoint.lane import is_answer
from lifecycle.endpoint.outcome import Outcome
from lifecycle.endpoint.parts import Asked, Part, Route
from lifecycle.endpoint.router import Assignment, sampled
from lifecycle.endpoint.scorer import Scored
from lifecycle.endpoint.served import ServedVariant

log = logging.getLogger(__name__)

QUEUE = 64
"""Requests that wait for shadows; more are dropped, and counted."""
ROWS = 16
"""Rows of one request that a shadow looks at: the first ones."""
REST = 3.0
"""A shadow rests this many times as long as it worked: at most a quarter of a core goes to it, and the
interpreter's lock is free most of the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One request that one shadow is to score."""

    route: Route
    shadow: ServedVariant
    asked: Asked
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of it."""

    look: Look
    outcome: Outcome
    latency_us: int


class Shadows:
    """One thread that scores for all shadows, one request after the other.

    Args:
        counts: where what shadows do is counted.
        seen: is told of each result, in the event loop.
    """

    def __init__(self, counts: Counts, seen: Callable[[Seen], None]) -> None:
        self._counts = counts
        self._seen = seen
        self._queue: SimpleQueue[Look | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return self._queue.qsize()

    def offer(self, route: Route, asked: Asked, outcomes: Sequence[Outcome]) -> None:
        """Let the shadows look at an answered request, if they have the time. It returns at once."""
        for shadow in route.shadows:
            name, endpoint = shadow.variant.name, route.settings.endpoint
            if not sampled(route.served.manifest.salt, asked.own_id, endpoint.shadow_share):
                continue
            if self._queue.qsize() >= QUEUE:
                self._counts.shadow_dropped[name] += 1
                continue
            self._start()
            part = _part(name, outcomes, share=endpoint.shadow_share)
            self._queue.put(Look(route=route, shadow=shadow, asked=asked, part=part))

    def close(self) -> None:
        """End after the request that is being scored; what waits is dropped."""
        self._stopped = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = Thread(target=self._work, name="shadow", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (look := self._queue.get()) is not None and not self._stopped:
            began = time.perf_counter()
            outcome = _score(look)
            took = time.perf_counter() - began
            seen = Seen(look=look, outcome=outcome, latency_us=int(1e6 * took))
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._seen, seen)
            time.sleep(min(REST * took, 1.0))


def _score(look: Look) -> Outcome:
    rows = [look.asked.rows[position] for position in look.part.positions]
    scored: Scored | None = None
    try:
        scored = look.shadow.loaded.scorer.answer(rows)
    except Exception:
        # Whatever a shadow does, nobody who asked may notice: the endpoint's log and its counts tell.
        log.exception("shadow %s failed on a request", look.shadow.variant.name)
    if scored is None or not all(map(is_answer, scored.scores)):
        return Outcome(part=look.part, answered=None, scored=None, reason="error")
    return Outcome(part=look.part, answered=look.shadow, scored=scored, reason=None)


def _part(name: str, outcomes: Sequence[Outcome], *, share: float) -> Part:
    rows = sorted(
        one
        for outcome in outcomes
        for one in zip(outcome.part.positions, outcome.part.keys, outcome.part.buckets, strict=True)
    )[:ROWS]
    assignment = Assignment(variant=name, how="shadow", bucket=-1, propensity=share)
    positions, keys, buckets = map(list, zip(*rows, strict=True))
    return Part(assignment=assignment, positions=positions, keys=keys, buckets=buckets)

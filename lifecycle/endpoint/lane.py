"""The way of a variant's requests to its scores: where they run, how many wait, when it is left alone."""

import asyncio
import logging
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from lifecycle.endpoint.breaker import Breaker, admit, after_failure
from lifecycle.endpoint.loading import RowScorer
from lifecycle.endpoint.scorer import RowsError, Score, Scored
from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import LimitsSection

log = logging.getLogger(__name__)

# Up to these rows are scored where they are, in a few milliseconds; a thread costs more than it saves.
INLINE_ROWS = 16
INLINE_S = 0.005
"""A variant that is known to take longer goes to its thread: the others' requests go on meanwhile."""
_KEEP = 0.9
"""Weight of the past in the moving average of seconds a row."""

Reason = Literal["error", "timeout", "open", "queue", "not_loaded"]
"""Why a variant gave no scores: it crashed, was too slow, is left alone, has a full queue, is not there."""


class NoScores(LifecycleError):
    """A variant gave no scores; somebody else may."""

    def __init__(self, variant: str, reason: Reason, message: str) -> None:
        super().__init__(f"variant {variant} {message}")
        self.reason = reason


class _Caller:
    """Whoever waits for the scores of one request."""

    __slots__ = ("gone",)

    def __init__(self) -> None:
        self.gone = False


class Lane:
    """One variant's lane. It lives as long as the version: neither weight nor role makes it forget.

    Args:
        name: of the variant, for messages.
        limits: of the endpoint.
    """

    def __init__(self, name: str, limits: LimitsSection) -> None:
        self.name = name
        self.limits = limits
        self.waiting = 0
        """Requests in the thread's queue, the one that runs and those that ran out of time included."""
        self.breaker = Breaker()
        self._row_s = 0.0
        # One thread: batches queue behind each other, and health and single rows go on between them.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"batch-{name}")

    async def score(
        self, scorer: RowScorer, rows: Sequence[Mapping[str, object]], *, guarded: bool
    ) -> Scored:
        """Scores of rows.

        Args:
            scorer: the variant with its newest tables.
            rows: of the request.
            guarded: leave the variant alone after failures. Not where nobody else could answer: then a few
                requests that crash it would take the endpoint from everybody.

        Raises:
            RowsError: rows that break the contract; the variant is not to blame.
            NoScores: everything else, with the reason.
        """
        if guarded and self.breaker.open_until_s is not None:
            self._admit()
        try:
            scored = await self._scored(scorer, rows)
        except NoScores as exc:
            if guarded and exc.reason != "queue":
                self._failed()
            raise
        self.breaker = _CLOSED
        return scored

    def close(self) -> None:
        """Wait for what runs, and take nothing more; for the end of the process only.

        A lane whose version is no longer served is just let go: what is queued in it still gets its answer.
        """
        self._thread.shutdown()

    async def _scored(self, scorer: RowScorer, rows: Sequence[Mapping[str, object]]) -> Scored:
        try:
            if len(rows) <= INLINE_ROWS and len(rows) * self._row_s <= INLINE_S:
                scored = self._timed(scorer, rows)
            else:
                scored = await self._beside(scorer, rows)
        except (RowsError, NoScores):
            raise
        except TimeoutError as exc:
            raise NoScores(self.name, "timeout", f"took longer than {self.limits.timeout} s") from exc
        except Exception as exc:
            # The last frame before the answer: the caller gets no inner workings, the log gets all.
            log.exception("variant %s failed on a request", self.name)
            raise NoScores(self.name, "error", "failed; the endpoint's log says why") from exc
        if not all(map(is_answer, scored.scores)):
            # JSON has no NaN, and an answer that is none must count as the variant's failure.
            log.error("variant %s gave a score that is no finite number", self.name)
            raise NoScores(self.name, "error", "gave a score that is no finite number")
        return scored

    async def _beside(self, scorer: RowScorer, rows: Sequence[Mapping[str, object]]) -> Scored:
        if self.waiting >= self.limits.max_queue:
            raise NoScores(self.name, "queue", f"has {self.waiting} requests waiting")
        self.waiting += 1
        caller = _Caller()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._unless_gone, caller, scorer, rows)
        work.add_done_callback(self._left)
        # Not cancelled at the time-out: what runs in C goes on all the same, and what is queued stays in the
        # thread's queue with its rows. Uncounted, they would let a stuck variant take ever more.
        try:
            done, _ = await asyncio.wait([work], timeout=self.limits.timeout)
        finally:
            caller.gone = True
        if not done:
            raise TimeoutError
        return work.result()

    def _left(self, work: "asyncio.Future[Scored]") -> None:
        self.waiting -= 1
        if not work.cancelled():
            work.exception()  # retrieved: nobody may be waiting any more

    def _unless_gone(
        self, caller: "_Caller", scorer: RowScorer, rows: Sequence[Mapping[str, object]]
    ) -> Scored:
        if caller.gone:
            raise NoScores(self.name, "timeout", "came to a request that nobody waits for any more")
        return self._timed(scorer, rows)

    def _timed(self, scorer: RowScorer, rows: Sequence[Mapping[str, object]]) -> Scored:
        began = time.perf_counter()
        try:
            return scorer.answer(rows)
        finally:
            took = (time.perf_counter() - began) / max(1, len(rows))
            self._row_s = _KEEP * self._row_s + (1 - _KEEP) * took

    def _admit(self) -> None:
        now_s = time.monotonic()
        admitted, self.breaker = admit(self.breaker, now_s=now_s, pause_s=self.limits.breaker_pause)
        if not admitted:
            raise NoScores(self.name, "open", f"is left alone after {self.breaker.failures} failures")

    def _failed(self) -> None:
        limit, pause_s = self.limits.breaker_failures, self.limits.breaker_pause
        self.breaker = after_failure(self.breaker, now_s=time.monotonic(), limit=limit, pause_s=pause_s)


def is_answer(score: Score) -> bool:
    """Whether a score is one: JSON has no NaN, and neither does a log."""
    value, probability, probabilities = score
    if probabilities is not None:
        return all(map(math.isfinite, probabilities.values()))
    number = value if probability is None else probability
    return not isinstance(number, float) or math.isfinite(number)


_CLOSED = Breaker()

"""From the rows of a request to its answer: assign, score, fall back, log. What every protocol shares."""

import time
from collections.abc import Iterator, Sequence

from lifecycle.endpoint.counting import Counts
from lifecycle.endpoint.lane import Lane, NoScores, Reason
from lifecycle.endpoint.log.record import RequestEntry
from lifecycle.endpoint.log.segments import LogError
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.outcome import (
    RETRY,
    STATUS_OF,
    Answered,
    Outcome,
    constant_scores,
    merged,
    refusal_of,
)
from lifecycle.endpoint.part_entry import part_entry
from lifecycle.endpoint.parts import Asked, Part, Route, Rows, parts_of
from lifecycle.endpoint.scorer import RowsError
from lifecycle.endpoint.served import Served, ServedVariant
from lifecycle.endpoint.wire import Refusal
from lifecycle.spec.deployment import LimitsSection


class Answerer:
    """Answers requests with what is served.

    Args:
        counts: where requests are counted.
    """

    def __init__(self, counts: Counts) -> None:
        self.lanes: dict[tuple[str, str], Lane] = {}
        """By name and digest of the variant: another version begins with a clean record."""
        self.log: RequestLog | None = None
        """None: the spec wants no log."""
        self._counts = counts

    def adopt(self, served: Served) -> None:
        """Make ready for what is served from now on; variants that stay keep their lanes.

        Requests under way end with the lanes that they began with.
        """
        limits = served.manifest.settings.limits
        kept = {}
        for one in served.variants.values():
            at = (one.variant.name, one.variant.digest)
            kept[at] = self.lanes.get(at) or Lane(one.variant.name, limits)
            kept[at].limits = limits
        self.lanes = kept

    def lane(self, one: ServedVariant, limits: LimitsSection) -> Lane:
        """The lane of a variant; one no longer served gets one for the requests that still hold it."""
        return self.lanes.get((one.variant.name, one.variant.digest)) or Lane(one.variant.name, limits)

    async def answer(self, route: Route, asked: Asked) -> tuple[Answered, Sequence[Outcome]]:
        """Score the rows of a request and log them.

        Raises:
            RowsError: rows that break the contract; nothing is scored.
            Refusal: nobody could answer (429, 500, 503, 504), or the request could not be logged.
        """
        outcomes: list[Outcome] = []
        try:
            for part in parts_of(route, asked):
                outcomes.append(await self._outcome(route.served, part, asked.rows))
        except RowsError:
            self._finish(route, asked, [], 422)
            raise
        failed = next((outcome for outcome in outcomes if outcome.scored is None), None)
        status = 200 if failed is None else STATUS_OF[failed.reason or "error"]
        logged = self._finish(route, asked, outcomes, status)
        if failed is not None:
            raise refusal_of(failed, route.settings.limits.breaker_pause)
        if logged and self.log is not None and self.log.settings.durability == "power":
            logged = await self._synced(self.log)
        return merged(outcomes, len(asked.rows), logged=logged), outcomes

    async def _outcome(self, served: Served, part: Part, rows: Rows) -> Outcome:
        """Scores by the assigned variant, else by whoever the spec names."""
        wanted: str = part.assignment.variant
        reason: Reason | None = None
        settings = served.manifest.settings
        mine = rows if len(part.positions) == len(rows) else [rows[i] for i in part.positions]
        for name in _order(served, wanted):
            one = served.variants.get(name)
            if one is None:
                reason = reason or "not_loaded"
                continue
            try:
                guarded = one is not served.champion or settings.endpoint.fallback.to == "constant"
                lane = self.lane(one, settings.limits)
                scored = await lane.score(one.loaded.scorer, mine, guarded=guarded)
            except NoScores as exc:
                reason = reason or exc.reason
            except RowsError:
                # A challenger may ask for more than the champion: that is no fault of the caller.
                if one is served.champion or wanted == served.champion.variant.name:
                    raise
                reason = reason or "error"
            else:
                return Outcome(part=part, answered=one, scored=scored, reason=reason)
        constant = settings.endpoint.fallback.constant
        bundle = served.champion.loaded.manifest
        borrowed = None if constant is None else constant_scores(bundle, constant, len(mine))
        return Outcome(part=part, answered=None, scored=borrowed, reason=reason)

    def _finish(self, route: Route, asked: Asked, outcomes: Sequence[Outcome], status: int) -> bool:
        """Count a request and log it; whether it is in the log, or none is kept."""
        latency_us = int(1e6 * (time.perf_counter() - asked.began_s))
        for outcome in outcomes:
            self._counts.part(outcome.part.assignment.variant, outcome.reason, latency_us)
        if self.log is None:
            return True
        try:
            self.log.begin()
            parts = [part_entry(self.log, route, asked.rows, outcome) for outcome in outcomes]
            self.log.append(
                RequestEntry(
                    request=asked.id,
                    at_us=asked.at_us,
                    latency_us=latency_us,
                    protocol=asked.protocol,
                    generation=route.served.manifest.generation,
                    status=status,
                    parts=parts,
                )
            )
        except LogError as exc:
            return self._unlogged(self.log, exc, answered=status == 200)
        return True

    async def _synced(self, request_log: RequestLog) -> bool:
        try:
            await request_log.synced()
        except LogError as exc:
            return self._unlogged(request_log, exc, answered=True)
        return True

    def _unlogged(self, request_log: RequestLog, why: LogError, *, answered: bool) -> bool:
        self._counts.unlogged += 1
        if answered and request_log.settings.when_unwritable == "refuse":
            raise Refusal(
                503, "the request cannot be logged, and so it is not answered", headers=RETRY
            ) from why
        return False


def _order(served: Served, wanted: str) -> Iterator[str]:
    yield wanted
    if served.manifest.settings.endpoint.fallback.to != "none" and wanted != served.champion.variant.name:
        yield served.champion.variant.name

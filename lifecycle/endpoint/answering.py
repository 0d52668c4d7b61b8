"""From the rows of a request to its answer: assign, score, fall back, log. What every protocol shares."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

from lifecycle.endpoint.counting import Counts
from lifecycle.endpoint.lane import Lane, NoScores, Reason
from lifecycle.endpoint.log.record import LoggedVariant, PartEntry, RequestEntry
from lifecycle.endpoint.log.segments import LogError
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.endpoint.manifest import Settings, Variant
from lifecycle.endpoint.router import Assignment, How, assign, assigned, buckets_of, key_of
from lifecycle.endpoint.scorer import RowsError, Score, Scored
from lifecycle.endpoint.served import Served, ServedVariant
from lifecycle.endpoint.wire import Refusal
from lifecycle.features.columns import Columns
from lifecycle.features.expression import Value
from lifecycle.registry.bundle import BundleManifest
from lifecycle.spec.deployment import LimitsSection

NO_BUCKET = -1
"""Of a row that no key assigned."""
CONSTANT = "constant"
"""The version that answers with the constant of the spec, as answers name it."""

Rows = Sequence[Mapping[str, object]]


class Asked(NamedTuple):
    """A request whose body was read."""

    id: str
    """As the answer names it: the caller's, or ours."""
    own_id: str
    """Never the caller's: chance that a caller can choose is none."""
    protocol: str
    rows: Rows
    override: str | None
    """Name of a variant that the caller wants."""
    at_us: int
    began_s: float


class Part(NamedTuple):
    """Rows of a request that go the same way."""

    assignment: Assignment
    positions: list[int]
    keys: list[str | None]
    """Of each row; None: it holds none."""
    buckets: list[int]
    """Of each row."""


class Outcome(NamedTuple):
    """What became of a part."""

    part: Part
    answered: ServedVariant | None
    """None: the constant, or nobody."""
    scored: Scored | None
    reason: Reason | None
    """Why the assigned variant is not the one that answered."""

    @property
    def version(self) -> str:
        """Version that answered."""
        return self.answered.variant.version if self.answered else CONSTANT

    @property
    def variant(self) -> str:
        """Name of the variant that answered."""
        return self.answered.variant.name if self.answered else CONSTANT


class Answered(NamedTuple):
    """Scores of all rows, in their order."""

    scores: Sequence[Score]
    versions: Sequence[str]
    """Version that scored each row."""
    version: str | None
    """Version that scored all rows; None: there were several."""
    variant: str | None
    """Name of the variant that did; None: there were several."""
    fallback: bool
    """Whether any row was scored by another variant than the one it was assigned to."""
    logged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is served, and what follows from it for each request. A request takes it once."""

    served: Served
    key_column: str
    """Request column that decides the variant."""
    hides_key: bool
    logged: Mapping[str, LoggedVariant]
    """Every variant of the manifest, loaded or not, by name."""
    columns: Sequence[str]
    """Request columns that the log keeps."""
    shadows: Sequence[ServedVariant]

    @property
    def settings(self) -> Settings:
        """The keys of the spec that are obeyed."""
        return self.served.manifest.settings


def route_of(served: Served) -> Route:
    """Everything about what is served that does not differ from request to request."""
    settings = served.manifest.settings
    bundle = served.champion.loaded.manifest
    key_column = settings.endpoint.assign_by or bundle.entity
    shown = [name for name, column in bundle.request.items() if not column.sensitive]
    return Route(
        served=served,
        key_column=key_column,
        hides_key=key_column in bundle.request and key_column not in shown,
        logged={variant.name: _logged(served, variant) for variant in served.manifest.variants},
        columns=[name for name in _kept(settings, bundle, key_column) if name in shown],
        shadows=[
            one
            for one in served.variants.values()
            # Behind a gateway the copies come from there.
            if served.manifest.assigned_by == "endpoint"
            and (one.variant.role == "shadow" or one.variant.mirrored)
        ],
    )


def _kept(settings: Settings, bundle: BundleManifest, key_column: str) -> list[str]:
    """Request columns that the log keeps: those that the spec lists, and what finds the label of a row."""
    found_by = [bundle.entity] if bundle.entity != key_column else []
    found_by += [bundle.event_time] if bundle.event_time is not None else []
    return list(dict.fromkeys([*found_by, *settings.request_log.columns]))


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
        status = 200 if failed is None else _STATUS[failed.reason or "error"]
        logged = self._finish(route, asked, outcomes, status)
        if failed is not None:
            raise _refusal(failed, route.settings.limits.breaker_pause)
        if logged and self.log is not None and self.log.settings.durability == "power":
            logged = await self._synced(self.log)
        return _merged(outcomes, len(asked.rows), logged=logged), outcomes

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
        borrowed = None if constant is None else _constant(bundle, constant, len(mine))
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


def part_entry(request_log: RequestLog, route: Route, rows: Rows, outcome: Outcome) -> PartEntry:
    """What the log keeps of a part."""
    part, scored = outcome.part, outcome.scored
    logged = route.logged[outcome.answered.variant.name] if outcome.answered else None
    n_rows, names = len(part.positions), [name for name, _ in logged.features] if logged else []
    keys: Sequence[str | None] = part.keys
    if route.hides_key:
        salt = route.served.manifest.salt
        keys = [pseudonym(salt, key) if key else key for key in keys]
    return PartEntry(
        assigned=request_log.number(route.logged[part.assignment.variant]),
        answered=request_log.number(logged) if logged else None,
        how=part.assignment.how,
        propensity=part.assignment.propensity,
        reason=outcome.reason,
        rows=part.positions,
        keys=keys,
        buckets=part.buckets,
        scores=scored.scores if scored else None,
        features=_by_row(scored.features, names, n_rows) if scored else [()] * n_rows,
        columns=[{name: rows[i].get(name) for name in route.columns} for i in part.positions],
        scoring_us=scored.scoring_us if scored and outcome.reason is None else None,
    )


def _by_row(features: Columns, names: Sequence[str], n_rows: int) -> Sequence[Sequence[Value]]:
    """The values of some features, row by row."""
    return list(zip(*[features[name] for name in names], strict=True)) if names else [()] * n_rows


def parts_of(route: Route, asked: Asked) -> list[Part]:
    """The rows of a request by the variants that they are assigned to.

    Raises:
        Refusal: the caller wants a variant that there is not (422).
    """
    split = route.served.split
    if asked.override is not None:
        return [_overridden(route, asked, asked.override)]
    if route.served.manifest.assigned_by != "endpoint":
        return [_arrived(route, asked)]
    keys = [key_of(row.get(route.key_column)) for row in asked.rows]
    if len(keys) == 1 and keys[0] is not None:
        only = assign(split, keys[0])
        return [Part(only, [0], keys, [only.bucket])]
    # No key: chance, of an id that no caller can choose.
    drawn = [f"{asked.own_id}:{i}" if key is None else key for i, key in enumerate(keys)]
    buckets = buckets_of(split.salt, drawn)
    if len(split.names) == 1 and None not in keys:
        return [Part(assigned(split, buckets[0], "hash"), list(range(len(keys))), keys, buckets)]
    grouped: dict[tuple[str, How], Part] = {}
    for position, (key, bucket) in enumerate(zip(keys, buckets, strict=True)):
        found = assigned(split, bucket, "random" if key is None else "hash")
        part = grouped.get((found.variant, found.how))
        if part is None:
            part = grouped[found.variant, found.how] = Part(found, [], [], [])
        part.positions.append(position)
        part.keys.append(key)
        part.buckets.append(bucket)
    return list(grouped.values())


def _overridden(route: Route, asked: Asked, wanted: str) -> Part:
    if wanted not in route.logged:
        allowed = ", ".join(route.logged)
        raise Refusal(422, f"the header x-flywheel-variant: found {wanted!r:.80}; allowed: {allowed}")
    n_rows = len(asked.rows)
    return Part(
        assignment=Assignment(variant=wanted, how="override", bucket=NO_BUCKET, propensity=1.0),
        positions=list(range(n_rows)),
        keys=[key_of(row.get(route.key_column)) for row in asked.rows],
        buckets=[NO_BUCKET] * n_rows,
    )


def _arrived(route: Route, asked: Asked) -> Part:
    """All rows, by the one variant of a process whose requests a gateway shares out."""
    manifest = route.served.manifest
    variant, n_rows = manifest.champion, len(asked.rows)
    how: How
    looks_on = variant.weight == 0 and (variant.mirrored or variant.role == "shadow")
    if manifest.assigned_by == "unsettled" or (variant.weight == 0 and not looks_on):
        how, propensity = "override", 1.0
    elif looks_on:
        # Nothing is sent to it: what comes is a copy of what another one answers.
        how, propensity = "shadow", route.settings.endpoint.shadow_share
    else:
        how, propensity = "random", variant.weight / 100
    return Part(
        assignment=Assignment(variant=variant.name, how=how, bucket=NO_BUCKET, propensity=propensity),
        positions=list(range(n_rows)),
        keys=[key_of(row.get(route.key_column)) for row in asked.rows],
        buckets=[NO_BUCKET] * n_rows,
    )


def pseudonym(salt: str, key: str) -> str:
    """What the log holds in the place of a sensitive key: the same for the same salt and key.

    It hides a key from whoever reads the log without the salt, not from one who has it and tries all keys.
    """
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, key=salt.encode()[:64]).hexdigest()


RETRY = ((b"retry-after", b"1"),)
_STATUS: Mapping[Reason, int] = {"error": 500, "timeout": 504, "open": 503, "queue": 429, "not_loaded": 503}
_TOLD: Mapping[Reason, str] = {
    "error": "the endpoint failed on this request; its log says why",
    "timeout": "the model took too long",
    "open": "the model failed too often and is left alone for a while; try again later",
    "queue": "too many requests are waiting; try again later",
    "not_loaded": "the variant is not loaded; /health/ready says why",
}


def _refusal(failed: Outcome, pause_s: int) -> Refusal:
    reason = failed.reason or "error"
    later: Mapping[Reason, bytes] = {"queue": b"1", "open": b"%d" % pause_s, "not_loaded": b"1"}
    headers = [(b"retry-after", later[reason])] if reason in later else []
    return Refusal(_STATUS[reason], _TOLD[reason], headers=headers)


def _order(served: Served, wanted: str) -> Iterator[str]:
    yield wanted
    if served.manifest.settings.endpoint.fallback.to != "none" and wanted != served.champion.variant.name:
        yield served.champion.variant.name


def _constant(bundle: BundleManifest, constant: float, rows: int) -> Scored:
    if bundle.classes:
        positive = constant >= (0.5 if bundle.threshold is None else bundle.threshold)
        score = Score(value=bundle.classes[1 if positive else 0], probability=constant)
    else:
        score = Score(value=constant)
    return Scored(scores=[score] * rows, features={}, scoring_us=None)


def _logged(served: Served, variant: Variant) -> LoggedVariant:
    one = served.variants.get(variant.name)
    return LoggedVariant(
        name=variant.name,
        role=variant.role,
        version=variant.version,
        digest=variant.digest,
        features=one.loaded.features if one else (),
    )


def _merged(outcomes: Sequence[Outcome], n_rows: int, *, logged: bool) -> Answered:
    """Scores of all parts in the order of the rows; every part was scored."""
    if len(outcomes) == 1:
        (only,) = outcomes
        return Answered(
            scores=only.scored.scores if only.scored else (),
            versions=[only.version] * n_rows,
            version=only.version,
            variant=only.variant,
            fallback=only.reason is not None,
            logged=logged,
        )
    scores: list[Any] = [None] * n_rows
    versions = [""] * n_rows
    for outcome in outcomes:
        for position, score in zip(
            outcome.part.positions, outcome.scored.scores if outcome.scored else (), strict=True
        ):
            scores[position], versions[position] = score, outcome.version
    variants = {outcome.variant for outcome in outcomes}
    return Answered(
        scores=scores,
        versions=versions,
        version=versions[0] if len(set(versions)) == 1 else None,
        variant=variants.pop() if len(variants) == 1 else None,
        fallback=any(outcome.reason is not None for outcome in outcomes),
        logged=logged,
    )

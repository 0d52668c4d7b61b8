"""Shadows by replay: a version scores what the log says that another one answered.

It is for endpoints that copy no requests. What comes of it are the rows that a mirrored shadow would have
logged: the same requests by the same hash, the same first rows of each, and a failure where it fails.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from lifecycle.endpoint.lane import is_answer
from lifecycle.endpoint.log.adding import ADDED
from lifecycle.endpoint.log.record import PartEntry, RequestEntry
from lifecycle.endpoint.router import sampled
from lifecycle.endpoint.scorer import Scored, Scorer
from lifecycle.endpoint.shadow import ROWS
from lifecycle.errors import LifecycleError
from lifecycle.features.alike import alike
from lifecycle.features.expression import Value
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.shown import shown_features
from lifecycle.spec.columns import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

PROTOCOL = "replay"
"""In the log, in the place of the protocol by which a request came."""
MOST_REQUESTS, MOST_S = 5_000, 10.0
"""Of one replay. What is left is done by the next one."""
QUEUE_COLUMNS = ("request", "at", "status", "assignment", "assigned_version", "version", "digest")
"""Of the log: what tells which requests wait."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JUDGED = ("hash", "random")
_FEATURE = "feature."
_FROM_TEXT: Mapping[ColumnType, Callable[[str], object]] = {
    "int": int,
    "float": float,
    "bool": lambda text: text == "true",
}
"""From a key, which the log holds as text, to what the request held."""


class Logged(NamedTuple):
    """A version as rows of the log name it."""

    version: str
    digest: str


class Place(NamedTuple):
    """A request in the log: by its time and its id, for a caller may use an id again."""

    at_us: int
    """Microseconds since 1970 UTC."""
    request: str

    @property
    def at(self) -> datetime:
        """Its time.

        >>> Place(1_500_000, "r").at.isoformat()
        '1970-01-01T00:00:01.500000+00:00'
        """
        return _EPOCH + timedelta(microseconds=self.at_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What of a log was replayed, and what waits."""

    scored: int
    waiting: tuple[Place, ...]
    """Oldest first."""


def queue_of(rows: "pa.Table", *, answered: Logged, looks_on: Logged, salt: str, share: float) -> Queue:
    """The requests that a shadow is to score.

    Those that the other version was asked and answered itself, sampled as a mirror does it. What a caller
    sent to a version on purpose is not among them, nor what the shadow has scored or failed on already.

    Args:
        rows: with `QUEUE_COLUMNS`.
        salt: of the split: another rollout samples others.
        share: of the requests.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    own = pc.and_(pc.equal(rows["version"], answered.version), pc.equal(rows["digest"], answered.digest))
    asked = pc.and_(
        pc.equal(rows["assigned_version"], answered.version),
        pc.is_in(rows["assignment"], pa.array(_JUDGED)),
    )
    there = _places(rows, pc.and_(pc.and_(own, asked), pc.equal(rows["status"], 200)))
    # Of a row that it failed on the log has no digest: nobody scored it.
    bundle = pc.equal(rows["digest"].fill_null(looks_on.digest), looks_on.digest)
    seen = pc.and_(
        pc.equal(rows["assigned_version"], looks_on.version), pc.equal(rows["assignment"], "shadow")
    )
    done = _places(rows, pc.and_(seen, bundle))
    waiting = sorted(place for place in there - done if sampled(salt, place.request, share))
    return Queue(scored=len(done), waiting=tuple(waiting))


def _places(rows: "pa.Table", mask: "pa.ChunkedArray") -> set[Place]:
    import pyarrow as pa

    kept = rows.select(["at", "request"]).filter(mask).group_by(["at", "request"]).aggregate([])
    at_us = kept["at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return set(map(Place, at_us.to_pylist(), kept["request"].to_pylist()))


class Replayer:
    """One version that looks on at what another one answered.

    Where the log has every column that the plan reads, the row is scored as if the request had come: by the
    version's own plan and tables, at the time of the request. Where it has not, or where the endpoint's
    tables are newer than the bundle's, features that mean the same in both plans are taken from the log: they
    are what the endpoint knew when it was asked.

    Args:
        scorer: of the version that looks on.
        source: plan of the version that answered.
        key_column: request column that the log has as the key; None: it has a hash of it.
        known_by: what the endpoint answers with was known by then; None: nobody says.
    """

    def __init__(
        self, scorer: Scorer, *, source: FeaturePlan, key_column: str | None, known_by: datetime | None
    ) -> None:
        plan = scorer.plan
        self._scorer, self._key_column = scorer, key_column
        self._needs = {*plan.reads, *([plan.event_time] if plan.event_time else [])}
        self._names = [feature.name for feature in plan.features]
        self._kinds = {feature.name: feature.kind for feature in plan.features}
        kept = alike(source, plan) & {name for name, _ in shown_features(source)}
        self._unlogged = [name for name in self._names if name not in kept]
        self._shown = [name for name, _ in shown_features(plan)]
        knows = bool(plan.lookups or plan.histories)
        own = scorer.manifest.cut_off
        self._told = False
        self._newer = knows and known_by is not None and known_by >= own

    def entries(
        self,
        rows: "pa.Table",
        places: Sequence[Place],
        *,
        share: float,
        most_s: float = MOST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> Iterator[RequestEntry]:
        """What the shadow makes of requests, as the log keeps it; it ends when its time is up.

        Args:
            rows: of the log with all columns and features, those of the version that answered alone.
            places: the requests that wait.

        Raises:
            LifecycleError: the log has too little of a request for it to be scored.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        began, wanted = clock(), set(places)
        # Most rows may be of requests out of the sample, or far down in a batch: they are not even unpacked.
        # Who looks on does so while another one has all requests: the first rows are the first of its part.
        sample = pc.is_in(rows["request"], pa.array([place.request for place in places], pa.string()))
        rows = rows.filter(pc.and_(sample, pc.less(rows["row"], ROWS)))
        found = sorted(_plain(rows), key=lambda row: (row["at"], row["request"], row["row"]))
        for place, members in groupby(found, key=_place_of):
            if place not in wanted:
                continue
            if clock() - began >= most_s:
                return
            yield self._entry(place, list(members), share=share)

    def _entry(self, place: Place, rows: Sequence[Mapping[str, Any]], *, share: float) -> RequestEntry:
        # What the log has is read before: only what the version does with it is the version's failure.
        score = self._ready(rows)
        began_s = time.perf_counter()
        scored: Scored | None = None
        try:
            scored = score()
        except Exception:
            # As at the endpoint: whatever a version does with a request is its failure, and not ours.
            if not self._told:
                log.exception(
                    "the version that looks on failed on request %s; more are not told", place.request
                )
            self._told = True
        if scored is not None and not all(map(is_answer, scored.scores)):
            scored = None
        taken_us = int(1e6 * (time.perf_counter() - began_s))
        names, n_rows = self._shown, len(rows)
        part = PartEntry(
            assigned=ADDED,
            answered=ADDED if scored else None,
            how="shadow",
            propensity=share,
            reason=None if scored else "error",
            rows=[row["row"] for row in rows],
            keys=[row["key"] for row in rows],
            buckets=[row["bucket"] for row in rows],
            scores=scored.scores if scored else None,
            features=_by_row(scored, names, n_rows),
            columns=[row["columns"] for row in rows],
            # Of this machine, not of the endpoint: it must not be compared with those of the endpoint.
            scoring_us=None,
        )
        return RequestEntry(
            request=place.request,
            at_us=place.at_us,
            latency_us=taken_us,
            protocol=PROTOCOL,
            generation=rows[0]["generation"],
            status=200 if scored else 500,
            parts=[part],
        )

    def _ready(self, rows: Sequence[Mapping[str, Any]]) -> Callable[[], Scored]:
        """The rows of a request, ready to be scored in one of the two ways."""
        lacking = {name for row in rows for name in self._needs - {*row["columns"], self._key_column}}
        if lacking and self._unlogged:
            raise LifecycleError(
                f"the request log lacks the columns {', '.join(sorted(lacking))}, and the features "
                f"{', '.join(self._unlogged[:5])} are not in it as this version computes them: list the "
                "columns in `deployment.request_log.columns` (sensitive ones cannot be), and begin the "
                "rollout again"
            )
        if lacking or (self._newer and not self._unlogged):
            features = [self._features(row) for row in rows]
            return lambda: self._scorer.answer_computed(features)
        requests = [self._request(row) for row in rows]
        return lambda: self._scorer.answer(requests)

    def _features(self, row: Mapping[str, Any]) -> dict[str, Value]:
        """The features of a row as the endpoint computed them when it was asked."""
        if absent := [name for name in self._names if _FEATURE + name not in row]:
            raise LifecycleError(f"the log has no feature {', '.join(absent[:5])}: begin the rollout again")
        return {name: _of_kind(row[_FEATURE + name], kind) for name, kind in self._kinds.items()}

    def _request(self, row: Mapping[str, Any]) -> dict[str, object]:
        """The row as it came, as far as the log has it."""
        plan, key = self._scorer.plan, self._key_column
        told = {name: value for name, value in row["columns"].items() if value is not None}
        if key is not None and key in plan.request and row["key"] is not None:
            told.setdefault(key, _from_text(row["key"], plan.request[key].type))
        if plan.event_time is not None:
            # Who says no time asks for now, and this was then.
            told.setdefault(plan.event_time, row["at"].isoformat())
        return told


def _from_text(key: str, kind: ColumnType) -> object:
    """A key as the request held it. What is no value of its column stays text, and the plan refuses it."""
    try:
        return _FROM_TEXT.get(kind, str)(key)
    except ValueError:
        return key


def _place_of(row: Mapping[str, Any]) -> Place:
    return Place((row["at"] - _EPOCH) // timedelta(microseconds=1), row["request"])


def _plain(rows: "pa.Table") -> Iterator[dict[str, Any]]:
    for row in rows.to_pylist():
        yield {**row, "columns": json.loads(row["columns"]) if row["columns"] else {}}


def _by_row(scored: Scored | None, names: Sequence[str], n_rows: int) -> Sequence[Sequence[Value]]:
    if scored is None or not names:
        return [()] * n_rows
    return list(zip(*[scored.features[name] for name in names], strict=True))


def _of_kind(value: Any, kind: str) -> Value:
    """A value of a table in which another version's feature of the same name has fractions."""
    if kind == "int" and isinstance(value, float):
        return int(value)
    if isinstance(value, str) and kind != "string":
        raise LifecycleError(f"the log holds a feature of kind {kind} as the text {value[:40]!r}")
    found: Value = value
    return found

"""The shadow of a rollout by replay of the request log, where the endpoint copies no requests."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from assets.bundle_reader import BundleReader
from lifecycle.endpoint.log.adding import AddingRuns
from lifecycle.endpoint.log.record import LoggedVariant, RequestEntry
from lifecycle.endpoint.replay import (
    MOST_REQUESTS,
    MOST_S,
    QUEUE_COLUMNS,
    Logged,
    Queue,
    Replayer,
    queue_of,
)
from lifecycle.endpoint.scorer import Scorer
from lifecycle.errors import in_words
from lifecycle.features.shown import shown_features
from lifecycle.rollout.observations import Replay, Version
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.split import wanted
from lifecycle.spec.model_spec import ModelSpec
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving, VariantState
from resources.tracking.base import Tracking
from resources.traffic.base import Traffic

MOST_KEPT, MOST_PLANS = 4, 64
"""Versions that look on, and feature plans of those that answer, in the memory of a sensor's process."""
_MOMENT = timedelta(microseconds=1)


class Scorers(BundleReader[Scorer]):
    """Versions that are ready to score."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        super().__init__(Scorer.load, most=most)


_SCORERS = Scorers()
_PLANS = BundleReader(lambda bundle: bundle.plan, most=MOST_PLANS)


class ShadowReplay:
    """Lets the version that looks on score what the log says that the other one answered.

    Args:
        most_requests: of one look; what is left is done by the next one.
        most_s: likewise in seconds.
    """

    def __init__(
        self,
        spec: ModelSpec,
        *,
        store: RolloutStore,
        serving: Serving,
        tracking: Tracking,
        traffic: Traffic,
        scorers: Scorers = _SCORERS,
        most_requests: int = MOST_REQUESTS,
        most_s: float = MOST_S,
    ) -> None:
        self._spec, self._store, self._serving = spec, store, serving
        self._tracking, self._traffic, self._scorers = tracking, traffic, scorers
        self._most_requests, self._most_s = most_requests, most_s

    def replay(self, record: RolloutRecord, now: datetime) -> Replay | None:
        """Replay what was answered up to now and was not replayed yet.

        Whatever fails is told, not raised: it must not keep the rollout from its guardrails, nor other models
        from their look. A version that fails on a request is no problem but a failed row.

        Returns:
            None where nothing is replayed, or somebody else does it just now.
        """
        looks_on = wanted(record, record.state).mirrored
        state = record.state
        if (
            state.replayed is None
            or state.settled_at is None
            or state.outcome is not None
            or looks_on is None
        ):
            return None
        try:
            return self._replayed(record, looks_on, now)
        except AddingRuns:
            return None
        except Exception as exc:
            return Replay(version=looks_on, problem=in_words(exc)[:500])

    def _replayed(self, record: RolloutRecord, looks_on: Version, now: datetime) -> Replay | None:
        other = record.champion if looks_on == record.challenger else record.challenger
        state = self._serving.state(self._spec.name)
        variant = _variant(state.variants if state else (), looks_on)
        if other is None or state is None or variant is None:
            return None
        data, endpoint = self._spec.data, self._spec.deployment.endpoint
        key_column = endpoint.assign_by or data.entity
        scorer = self._scorers.of(self._tracking, self._spec.name, looks_on)
        replayer = Replayer(
            scorer,
            source=_PLANS.of(self._tracking, self._spec.name, other),
            key_column=None if data.columns[key_column].sensitive else key_column,
            known_by=state.known_by,
        )
        logged = LoggedVariant(
            name=variant.name,
            role=variant.role,
            version=looks_on.version,
            digest=looks_on.digest,
            features=shown_features(scorer.plan),
        )
        answered, looker = (Logged(v.version, v.digest) for v in (other, looks_on))
        queue = Queue(scored=0, waiting=())

        def made() -> Sequence[RequestEntry]:
            import pyarrow.compute as pc

            nonlocal queue
            if not self._is_current(record):
                return ()
            share = endpoint.shadow_share
            queue = queue_of(
                self._traffic.read(
                    self._spec.name, since=record.state.window_at, until=now, columns=QUEUE_COLUMNS
                ),
                answered=answered,
                looks_on=looker,
                salt=record.id,
                share=share,
            )
            if not (chosen := queue.waiting[: self._most_requests]):
                return ()
            rows = self._traffic.read(self._spec.name, since=chosen[0].at, until=chosen[-1].at + _MOMENT)
            own = pc.and_(pc.equal(rows["version"], other.version), pc.equal(rows["digest"], other.digest))
            rows = rows.filter(pc.and_(own, pc.equal(rows["assigned_version"], other.version)))
            return list(replayer.entries(rows, chosen, share=share, most_s=self._most_s))

        added = self._traffic.add(self._spec.name, logged, made)
        waiting = len(queue.waiting) - added
        return Replay(version=looks_on, scored=queue.scored + added, waiting=waiting)

    def _is_current(self, record: RolloutRecord) -> bool:
        """Whether the rollout still is where it was: what is added is of this window and no later one."""
        stored = self._store.read(record.model)
        return (
            stored is not None
            and stored.record.id == record.id
            and stored.record.state.window == record.state.window
            and stored.record.state.outcome is None
        )


def _variant(variants: Sequence[VariantState], version: Version) -> VariantState | None:
    return next(
        (v for v in variants if (v.version, v.bundle_digest) == (version.version, version.digest)), None
    )

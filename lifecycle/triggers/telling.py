"""What people are told of: each thing once until it cleared, a flood as one message, failures again later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lifecycle.spec.alerts import AlertKind

FIRST_S, MOST_S = 60, 3600
"""Waits after messages that nobody took, doubled with each one in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that is wrong now.

    Attributes:
        subject: what it is about, such as a version or a run; another one is another thing to tell.
        link: page that shows it; empty: no address of the UI is known.
    """

    model: str
    kind: AlertKind
    subject: str
    text: str
    link: str = ""

    @property
    def key(self) -> str:
        """The same for the same thing."""
        return f"{self.model}/{self.kind}/{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one address knows.

    Attributes:
        keys: of the conditions that it was told of and that have not cleared.
        failures: messages in a row that it did not take.
        again_at: not before this time, after a failure.
    """

    keys: frozenset[str] = frozenset()
    failures: int = 0
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One message."""

    title: str
    body: str
    keys: frozenset[str]


def decide_telling(
    conditions: Iterable[Condition], told: Told, *, digest_from: int, now: datetime
) -> tuple[Telling, ...]:
    """The messages to send to an address now, in the order of their keys.

    Args:
        conditions: all that is wrong now; what is missing among them has cleared.
        digest_from: so many new ones become one message.
    """
    if told.again_at is not None and now < told.again_at:
        return ()
    new = {one.key: one for one in conditions if one.key not in told.keys}
    ordered = [new[key] for key in sorted(new)]
    if len(ordered) >= digest_from:
        return (_digest(ordered),)
    return tuple(
        Telling(
            title=_title(one), body="\n".join(filter(None, (one.text, one.link))), keys=frozenset([one.key])
        )
        for one in ordered
    )


def with_cleared(told: Told, conditions: Iterable[Condition], unknown: Iterable[str] = ()) -> Told:
    """Forget what is wrong no more, so that it is told of again when it comes back.

    Args:
        unknown: models, `<model>/<kind>` or whole keys, of which nothing could be learned now; what is not
            known has not cleared.
    """
    kept_on = {one.key for one in conditions} | {*unknown}
    silent = tuple(f"{name}/" for name in unknown)
    kept = frozenset(key for key in told.keys if key in kept_on or key.startswith(silent))
    return Told(keys=kept, failures=told.failures, again_at=told.again_at)


def with_sent(told: Told, telling: Telling) -> Told:
    """After a message that was taken."""
    return Told(keys=told.keys | telling.keys)


def with_failure(told: Told, *, now: datetime) -> Told:
    """After a message that was not: it is sent again, later each time."""
    failures = told.failures + 1
    wait = timedelta(seconds=min(MOST_S, FIRST_S * 2 ** min(failures - 1, 10)))
    return Told(keys=told.keys, failures=failures, again_at=now + wait)


def _title(one: Condition) -> str:
    return f"{one.model}: {one.kind.replace('_', ' ')}"


def _digest(ordered: Sequence[Condition]) -> Telling:
    """One message for many; a long one tells how many more there are."""
    shown = [f"- {_title(one)}, {one.text} {one.link}".rstrip() for one in ordered[:20]]
    more = [f"... and {len(ordered) - 20} more"] if len(ordered) > 20 else []
    counted: Mapping[str, None] = dict.fromkeys(one.model for one in ordered)
    return Telling(
        title=f"{len(ordered)} alerts of {len(counted)} model{'s' if len(counted) > 1 else ''}",
        body="\n".join([*shown, *more]),
        keys=frozenset(one.key for one in ordered),
    )

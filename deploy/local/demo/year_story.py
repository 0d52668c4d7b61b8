"""What happened in the replayed year: an event a line, with its day and its reason."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal

from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.split import wanted
from resources.alerts.base import Message

Kind = Literal[
    "trigger",
    "retrained",
    "refused",
    "stage",
    "promoted",
    "rolled back",
    "ended",
    "drift",
    "incident",
    "alert",
    "planted",
    "failed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event; `version` is empty where it is about none."""

    at: datetime
    kind: Kind
    version: str
    text: str


@dataclass(slots=True)
class Story:
    """All events so far; each is printed when it comes."""

    happenings: list[Happening] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def tell(self, at: datetime, kind: Kind, text: str, *, version: str = "") -> None:
        """Keep an event."""
        self.happenings.append(Happening(at=at, kind=kind, version=version, text=text))
        print(f"  {at:%b %d %H:%M}  {kind:<11} {f'v{version} ' if version else ''}{text}", flush=True)

    def follow(self, record: RolloutRecord) -> None:
        """Keep what is new in a rollout: changes of its stage, and its end."""
        for kind, at, text, seq in _changes(record):
            if seq > self._seen.get(record.id, -1):
                self._seen[record.id] = seq
                self.tell(at, kind, text, version=record.challenger.version)

    def count(self, kind: Kind) -> int:
        """How many events there were of a kind."""
        return sum(one.kind == kind for one in self.happenings)

    def as_json(self) -> list[dict[str, str]]:
        """For the table."""
        return [{**asdict(one), "at": one.at.isoformat()} for one in self.happenings]


@dataclass(slots=True)
class HeardAlerts:
    """The port of alerts: messages become events of the story."""

    story: Story
    now: datetime

    def send(self, message: Message, *, to: str) -> None:
        """Take a message."""
        self.story.tell(self.now, "alert", " / ".join(f"{message.title}: {message.body}".split("\n"))[:300])


def _changes(record: RolloutRecord) -> Iterator[tuple[Kind, datetime, str, int]]:
    before = None
    for entry in record.entries:
        state, outcome = entry.state, entry.state.outcome
        weight = wanted(record, state).weight(record.challenger)
        if outcome is not None and (before is None or before.outcome is None):
            kind: Kind = (
                "promoted"
                if outcome.kind == "promoted"
                else "rolled back"
                if outcome.kind == "rolled_back"
                else "ended"
            )
            check = f" by {outcome.check}" if outcome.check else ""
            yield kind, entry.at, f"{outcome.kind.replace('_', ' ')}{check}: {entry.reason}", entry.seq
        elif before is None or state.stage != before.stage:
            yield "stage", entry.at, f"{state.stage} ({weight} %): {entry.reason}", entry.seq
        before = state

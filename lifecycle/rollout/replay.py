"""Every decision of a record computed again from what the record keeps."""

from dataclasses import dataclass

from lifecycle.rollout.record import Entry, RolloutRecord
from lifecycle.rollout.tick import decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One entry, as it was written and as it is computed now; `again`: None if nothing is decided now."""

    written: Entry
    again: Entry | None

    @property
    def same(self) -> bool:
        """Whether the decision is the same. Words may change from release to release."""
        return self.again is not None and _without_words(self.again) == _without_words(self.written)


def replay(record: RolloutRecord) -> tuple[Replayed, ...]:
    """Each entry after the first, computed again from the entries before it and what it was told.

    Entries that differ were written by other code (their `observations.code` says which), or by hand.
    """
    found = []
    for entry in record.entries[1:]:
        before = record.model_copy(update={"entries": record.entries[: entry.seq]})
        after = decide(before, entry.told, plan=entry.plan, now=entry.at)
        again = after.entries[-1] if len(after.entries) > entry.seq else None
        found.append(Replayed(written=entry, again=again))
    return tuple(found)


def _without_words(entry: Entry) -> Entry:
    """The entry as a decision: verdicts, numbers, stage, outcome; what was said of it is blank."""
    outcome = entry.state.outcome and entry.state.outcome.model_copy(update={"reason": ""})
    state = entry.state.model_copy(update={"waits_for": "", "outcome": outcome})
    evidence = tuple(one.model_copy(update={"reason": ""}) for one in entry.evidence)
    return entry.model_copy(update={"reason": "", "state": state, "evidence": evidence})

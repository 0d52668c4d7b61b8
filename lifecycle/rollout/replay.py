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
        """Whether the decision is the same."""
        return self.again == self.written


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

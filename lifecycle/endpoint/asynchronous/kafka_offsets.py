"""What a worker knows of one partition of a topic, and how it is told with the offset that is committed.

Kafka keeps one offset a group: everything below it is done. What is done above it, and how often somebody
began with what is not, goes into the text that is committed beside the offset: whoever gets the partition
reads it.
"""

import json
from dataclasses import dataclass, field

LONGEST = 4000
"""Bytes of the text; a broker takes 4096 as it comes."""


@dataclass(slots=True)
class Partition:
    """Messages of one partition, from the first that is not done."""

    position: int
    """Offset after the last one that was seen."""
    open: dict[int, int] = field(default_factory=dict)
    """How often somebody began with a message that is not done, by its offset, the lowest first."""
    done: set[int] = field(default_factory=set)
    """Offsets of others that are."""

    def see(self, offset: int) -> bool:
        """Take note of the next message; whether there is something to do with it."""
        self.position = max(self.position, offset + 1)
        if offset in self.done:
            return False
        self.open.setdefault(offset, 0)
        return True

    def finish(self, offset: int) -> None:
        """A message is done."""
        self.open.pop(offset, None)
        self.done.add(offset)
        if (first := self.first) > offset:
            self.done = {one for one in self.done if one > first}

    @property
    def first(self) -> int:
        """The lowest offset that is not done: what is committed."""
        return min(self.open, default=self.position)


def told(partition: Partition) -> str:
    """The text beside the offset.

    >>> told(Partition(position=9, open={4: 1, 7: 0}, done={5, 6, 8}))
    '{"begun":{"4":1},"done":[[5,6],[8,8]]}'
    """
    begun = {str(offset): n for offset, n in sorted(partition.open.items()) if n}
    done: list[list[int]] = []
    for offset in sorted(partition.done):
        if done and done[-1][1] == offset - 1:
            done[-1][1] = offset
        else:
            done.append([offset, offset])
    while len(text := json.dumps({"begun": begun, "done": done}, separators=(",", ":"))) > LONGEST:
        # What is not told comes again, and is found answered; or it is counted anew by who comes after us.
        if done:
            done.pop()
        else:
            begun.popitem()
    return text


def read(offset: int, text: str | None) -> Partition:
    """A partition as another worker left it; a text that is none of ours says nothing.

    >>> read(4, '{"begun":{"4":1},"done":[[5,6]]}')
    Partition(position=4, open={4: 1}, done={5, 6})
    >>> read(4, "by another tool")
    Partition(position=4, open={}, done=set())
    """
    try:
        found = json.loads(text or "{}")
        begun = {int(at): int(n) for at, n in found.get("begun", {}).items()}
        done = {at for first, last in found.get("done", []) for at in range(first, last + 1)}
    except (ValueError, TypeError, AttributeError):
        return Partition(position=offset)
    return Partition(position=offset, open=begun, done=done)

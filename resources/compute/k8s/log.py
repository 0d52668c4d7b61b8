"""The log of a pod, read piece by piece: no connection is held open that could hang."""

from dataclasses import dataclass


@dataclass(slots=True)
class LogPosition:
    """How far the log of one pod has been read."""

    last: str | None = None
    """Time of the last line that was read; None: none was."""
    repeated: int = 0
    """How many lines of that very time were read."""

    def unread(self, text: str) -> list[str]:
        """Lines of an answer that were not in an earlier one, without their times.

        The API gives lines since a whole second: those of the last one come again.

        >>> position = LogPosition()
        >>> position.unread("2024-01-01T00:00:00.1Z a\\n2024-01-01T00:00:00.2Z b\\n")
        ['a', 'b']
        >>> position.unread("2024-01-01T00:00:00.2Z b\\n2024-01-01T00:00:00.2Z c\\n2024-01-01T00:00:01Z d\\n")
        ['c', 'd']
        """
        fresh, again = list[str](), 0
        before, known = self.last or "", self.repeated
        for line in text.splitlines():
            at, _, told = line.partition(" ")
            if at < before:
                continue
            if at == before:
                again += 1
                if again <= known:
                    continue
            self.repeated = self.repeated + 1 if at == self.last else 1
            self.last = at
            fresh.append(told.rstrip())
        return fresh

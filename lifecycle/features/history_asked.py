"""Which past rows some questions need: a sample of requests is answered from a small part of the past."""

from collections.abc import Mapping, Sequence

from lifecycle.features.expression import Value
from lifecycle.features.history import HistoryGroup

Interval = tuple[int, int]


def asked_intervals(
    group: HistoryGroup, event_time: str, questions: Sequence[Mapping[str, Value]]
) -> dict[tuple[Value, ...], list[Interval]]:
    """For each key that is asked for, the moments whose rows count for a question.

    Args:
        group: histories of one key and window.
        event_time: column of the questions' time, microseconds since 1970 UTC.
        questions: request rows in the form of the online path.

    Returns:
        Key -> intervals (after, until) in microseconds, ascending, which touch at most: a row lies in one at
        most. A question with a missing part of the key asks for nothing.
    """
    asked: dict[tuple[Value, ...], set[int]] = {}
    for question in questions:
        key = tuple(question.get(column) for column in group.first.key.values())
        at = question.get(event_time)
        if None not in key and isinstance(at, int):
            asked.setdefault(key, set()).add(at)
    return {key: _merged(sorted(times), group.first.window_us) for key, times in asked.items()}


def _merged(times: Sequence[int], window_us: int) -> list[Interval]:
    merged: list[Interval] = []
    for at in times:
        if merged and at - window_us <= merged[-1][1]:
            merged[-1] = (merged[-1][0], at)
        else:
            merged.append((at - window_us, at))
    return merged

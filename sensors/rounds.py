"""Who is looked at in a tick, where looking at all would take too long: the urgent ones, then by turns."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence


def round_of(names: Sequence[str], *, after: str = "", urgent: Collection[str] = ()) -> Sequence[str]:
    """All names: urgent ones first, then from the one that follows `after` around to it.

    A name that is gone is followed by the one that would come after it.

    >>> round_of(["a", "b", "c", "d"], after="b", urgent={"d"})
    ['d', 'c', 'a', 'b']
    """
    others = sorted(name for name in names if name not in urgent)
    return [
        *(name for name in names if name in urgent),
        *(name for name in others if name > after),
        *(name for name in others if name <= after),
    ]


def in_time(
    names: Sequence[str],
    *,
    at_least: int,
    most_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """The names that there is time for: the first ones in any case, then as long as it is not over.

    Args:
        at_least: so many come however long they take; with 1 a slow one holds no round up for ever.
        most_s: after this time no other one begins.
        clock: in seconds; a machine's, as a replay's clock stands still while it works.
    """
    began_s = clock()
    for position, name in enumerate(names):
        if position >= at_least and clock() - began_s > most_s:
            return
        yield name

"""Who is looked at in a tick, where looking at all would take too long: some in each, by turns."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Clock = Callable[[], float]
"""Seconds of the machine: a replay's clock stands still while it works."""
_Item = TypeVar("_Item")


def round_of(names: Sequence[str], *, after: str = "") -> Sequence[str]:
    """All names, from the one that follows `after` around to it.

    A name that is gone is followed by the one that would come after it.

    >>> round_of(["a", "b", "c", "d"], after="b")
    ['c', 'd', 'a', 'b']
    """
    ordered = sorted(names)
    return [*(name for name in ordered if name > after), *(name for name in ordered if name <= after)]


def in_time(
    items: Sequence[_Item], *, at_least: int, most_s: float, clock: Clock = time.monotonic
) -> Iterator[_Item]:
    """The items that there is time for: the first ones in any case, then as long as it is not over.

    Args:
        at_least: so many come however long they take; with 1 a slow one holds no round up for ever.
        most_s: after this time no other one begins.
    """
    began_s = clock()
    for position, item in enumerate(items):
        if position >= at_least and clock() - began_s > most_s:
            return
        yield item

"""A time zone as a table of offsets, so that every engine and every machine gives the same local time.

Engines carry their own time zone databases, which differ by release. The plan stores the offsets that were
true when it was built; both paths add them to UTC with whole numbers.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1970, 2060


@dataclass(frozen=True, slots=True)
class Calendar:
    """Offsets of a zone: `offsets_s[i]` holds from `starts_s[i]` until the next start, the last for ever."""

    time_zone: str
    starts_s: tuple[int, ...]
    """Seconds since 1970 UTC, ascending; the first offset also holds before its start."""
    offsets_s: tuple[int, ...]

    def local_s(self, utc_s: int) -> int:
        """Local seconds of UTC seconds.

        >>> calendar("America/New_York").local_s(1_364_716_800) - 1_364_716_800  # 31 March 2013: summer time
        -14400
        """
        return utc_s + self.offsets_s[max(0, bisect_right(self.starts_s, utc_s) - 1)]


@lru_cache(maxsize=64)
def calendar(time_zone: str) -> Calendar:
    """Offsets of an IANA time zone from 1970 to 2060, found by looking at each day and halving the gap."""
    zone = ZoneInfo(time_zone)

    def offset_s(utc_s: int) -> int:
        offset = datetime.fromtimestamp(utc_s, zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    begin = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(LAST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    starts, offsets = [begin], [offset_s(begin)]
    for day in range(begin + 86_400, end, 86_400):
        after = offset_s(day)
        if after == offsets[-1]:
            continue
        low, high = day - 86_400, day
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if offset_s(middle) == after else (middle, high)
        starts.append(high)
        offsets.append(after)
    return Calendar(time_zone, tuple(starts), tuple(offsets))

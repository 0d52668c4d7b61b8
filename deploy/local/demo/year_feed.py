"""The weather feed of the replayed year: the real one, with a week of silence planted into it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

BROKEN = (date(2013, 8, 12), date(2013, 8, 16))
"""First and last day of the silence: no weather is known of them."""


def write_feed(real: Path, to: Path, *, broken: bool) -> None:
    """Write the feed that all models of the replay read; training and serving see the same silence."""
    feed = pq.read_table(real)
    if broken:
        first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in BROKEN)
        observed = pc.floor_temporal(feed["observed_at"], unit="day")
        feed = feed.filter(pc.or_(pc.less(observed, first), pc.greater(observed, last)))
    pq.write_table(feed, to, compression="zstd")

"""The flights of 2013 as requests, in their order: what an app would have asked two hours ahead."""

import asyncio
import json
import re
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from lifecycle.clock import set_clock
from lifecycle.errors import LifecycleError

CONNECTIONS = 4
"""Requests under way at once, each over a connection of its own: people, not a load test."""
STEP = timedelta(hours=1)
"""The clock moves by so much. Requests of an hour all bear its middle."""
SHADOW_S = 10.0
"""Longer than shadows take for all requests of an hour that they keep."""
WAITING = re.compile(r"^flywheel_endpoint_shadow_queue(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
HEAD = b"POST /predict HTTP/1.1\r\nhost: demo\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
COLUMNS = ("flight_id", "requested_at", "sched_dep", "sched_arr", "carrier", "origin", "dest", "distance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A lake, an endpoint and a clock.

    Attributes:
        flights: the table of the lake.
        port: of the endpoint on this machine.
        clock: file that tells every process the time.
        columns: of a flight that a request holds.
        share: of the flights that ask, by a hash of their key: the same ones each time.
    """

    flights: Path
    port: int
    clock: Path
    columns: Sequence[str] = COLUMNS
    share: float = 1.0

    def play(self, since: datetime, until: datetime) -> Counter[int]:
        """Ask for all flights of a span of time, hour by hour; how often each status was the answer.

        Afterwards it is `until`.
        """
        statuses: Counter[int] = Counter()
        for hour, bodies in self._hours(since, until):
            set_clock(self.clock, hour + STEP / 2)
            statuses += asyncio.run(_ask(self.port, bodies))
            self._let_shadows_finish()
        set_clock(self.clock, until)
        return statuses

    def _let_shadows_finish(self) -> None:
        """Wait until shadows have looked at the hour's requests: an hour of people leaves them the time."""
        until = time.monotonic() + SHADOW_S
        while time.monotonic() < until:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=SHADOW_S) as answer:
                waiting = WAITING.search(answer.read().decode())
            if waiting is None:
                raise LifecycleError("the endpoint does not tell how many requests wait for a shadow")
            if not float(waiting[1]):
                return
            time.sleep(0.01)

    def _hours(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, list[bytes]]]:
        asked = pc.field("requested_at")
        rows = pq.read_table(
            self.flights, columns=list(self.columns), filters=(asked >= since) & (asked < until)
        ).to_pylist()
        rows = [row for row in rows if is_chosen(row["flight_id"], self.share)]
        hour = since
        while hour < until:
            found = [row for row in rows if hour <= row["requested_at"] < hour + STEP]
            if found:
                yield hour, [json.dumps(row, default=datetime.isoformat).encode() for row in found]
            hour += STEP


def is_chosen(key: str, share: float) -> bool:
    """Whether a key is in a share of all keys.

    >>> sum(is_chosen(f"2013-04-01-UA-{number}-EWR", 0.25) for number in range(1000))
    239
    """
    # Another digest than the one that assigns keys to versions: their split must not follow from the sample.
    return zlib.crc32(key.encode()) < share * 2**32


async def _ask(port: int, bodies: Sequence[bytes]) -> Counter[int]:
    """Send requests over a few connections."""
    left = iter(bodies)
    statuses: Counter[int] = Counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for body in left:
                writer.write(HEAD % len(body) + body)
                answered = await reader.readuntil(b"\r\n\r\n")
                length = int(answered.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                statuses[int(answered[9:12])] += 1
        finally:
            writer.close()

    await asyncio.gather(*(connection() for _ in range(min(CONNECTIONS, len(bodies)))))
    return statuses


def at_midnight(year: int, month: int, day: int) -> datetime:
    """Midnight in UTC."""
    return datetime(year, month, day, tzinfo=UTC)

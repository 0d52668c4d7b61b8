"""What of the year is replayed, and what is planted into it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

FIRST_FLIGHTS = date(2013, 1, 1)
FIRST, LAST = date(2013, 2, 4), date(2014, 1, 1)
"""Five weeks to learn from come first; the flights end with the year."""
BLIZZARD_OVER = date(2013, 2, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is replayed.

    Attributes:
        until: the first day that is not.
        share: of the flights that ask.
        broken_feed: whether the weather is silent for some days in August.
        bad_challenger: whether the model is spoilt in December.
        every: how long a partition of the loop's model is: by so much its monitors speak.
        history: whether the model knows what happened lately: aggregates over past flights.
        quick: few trees, and four weeks to learn from.
        out: folder of table and picture; None: the replay's home.
    """

    since: date
    until: date
    share: float
    broken_feed: bool
    bad_challenger: bool
    every: Literal["day", "week"]
    history: bool
    quick: bool
    out: Path | None

    @property
    def learned_since(self) -> date:
        """Where the tables begin: with the year, or, if quick, four weeks before; weeks on a Monday."""
        first = self.since - timedelta(weeks=4) if self.quick else FIRST_FLIGHTS
        return first if self.every == "day" else first - timedelta(days=first.weekday())

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.until - self.since).days

    @property
    def blizzard_accepted(self) -> bool:
        """Whether somebody saw the week of the blizzard before this begins, and wanted it learned."""
        return self.since >= BLIZZARD_OVER


def read_plan(arguments: Sequence[str]) -> Plan:
    """Read the command line; what makes no sense ends the process with a line that says so."""
    parser = argparse.ArgumentParser(
        prog="make replay", description="The flights of 2013 as they happened, with the loop that learns."
    )
    parser.add_argument("--from", dest="since", type=date.fromisoformat, default=date(2013, 4, 1))
    parser.add_argument("--to", dest="until", type=date.fromisoformat, default=LAST)
    parser.add_argument("--share", type=float, default=1.0, help="of the flights that ask (1: all)")
    parser.add_argument("--no-broken-feed", action="store_true", help="weather comes on all days")
    parser.add_argument(
        "--no-bad-challenger", action="store_true", help="nobody spoils the model in December"
    )
    parser.add_argument("--every", choices=("day", "week"), default="week", help="partitions (week)")
    parser.add_argument(
        "--no-history", action="store_true", help="the model knows schedule, plane and weather only"
    )
    parser.add_argument("--quick", action="store_true", help="few trees, and four weeks to learn from")
    parser.add_argument("--out", type=Path, help="folder of table and picture (the replay's home)")
    parsed = parser.parse_args(arguments)
    if not FIRST <= parsed.since < parsed.until <= LAST or not 0 < parsed.share <= 1:
        parser.error(f"days lie between {FIRST} and {LAST}, the later one last; a share is at most 1")
    return Plan(
        since=parsed.since,
        until=parsed.until,
        share=parsed.share,
        broken_feed=not parsed.no_broken_feed,
        bad_challenger=not parsed.no_bad_challenger,
        every=parsed.every,
        history=not parsed.no_history,
        quick=parsed.quick,
        out=parsed.out,
    )

"""What a model card is made of, before anybody decides how it looks: sections of a few kinds of blocks.

All texts in here are raw: they may hold data of strangers. Only a renderer turns them into markup, and it
escapes every one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lifecycle.evaluation.gates.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names with their values, short ones."""

    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A verdict in a table's cell."""

    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a head; every row has the head's length.

    Attributes:
        title: "" where the section's title says enough.
        numbers: positions of the columns that hold numbers.
        prose: positions of the columns that hold sentences, which need room on a phone too.
    """

    title: str = ""
    head: Sequence[str]
    rows: Sequence[Sequence[str | Badge]]
    numbers: Sequence[int] = ()
    prose: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG, and in words what it shows."""

    png: bytes
    alt: str


Block: TypeAlias = Text | Facts | Table | Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A title with what belongs to it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One version of one model, on one page.

    Attributes:
        headline: the few numbers to see first: name, value, what it means.
    """

    title: str
    subtitle: str
    description: str
    verdict: Verdict
    headline: Sequence[tuple[str, str, str]]
    sections: Sequence[Section]

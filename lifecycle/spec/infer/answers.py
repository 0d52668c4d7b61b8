"""What a user told, and what only a user can tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.facts import ColumnFacts
from lifecycle.spec.infer.names import shown
from lifecycle.spec.model import Task

NO_TIME = "none"
"""Said for `--time`: the table has no event time that is to be used."""
_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Flags of the command, and answers given on a terminal; None: not told. Columns by either name."""

    name: str | None = None
    label: str | None = None
    task: Task | None = None
    positive: str | None = None
    entity: str | None = None
    time: str | None = None
    label_delay_s: int | None = None
    known_at: str | None = None
    drop: tuple[str, ...] = ()
    day_first: bool | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was decided, and why; `value` None: there is no such thing in this table."""

    value: str | None
    why: str
    warn: bool = False


class Undecided(LifecycleError):
    """A question that only a user can answer; on a terminal it is asked, else it is the error."""

    def __init__(self, field: str, question: str, candidates: Sequence[str]) -> None:
        self.field, self.question, self.candidates = field, question, tuple(candidates)
        named = ", ".join(map(shown, candidates[:_NAMED])) + (", ..." if len(candidates) > _NAMED else "")
        flag = field.replace("_", "-")
        super().__init__(f"{question}: say --{flag} with one of {named}")


def find_column(told: str, columns: Mapping[str, ColumnFacts], *, flag: str) -> ColumnFacts:
    """A column by its name in the table, or by its name in the spec.

    Raises:
        LifecycleError: there is none.
    """
    exact = [facts for facts in columns.values() if told in (facts.source, facts.name)]
    alike = [facts for facts in columns.values() if told.lower() == facts.source.lower()]
    if found := exact or alike:
        return found[0]
    has = ", ".join(shown(facts.source) for facts in columns.values())
    raise LifecycleError(f"--{flag} names {shown(told)!r}, the table has {has[:600]}")


def words_of(name: str) -> frozenset[str]:
    """The words of a name, in lower case.

    >>> sorted(words_of("customerSince_2 at"))
    ['2', 'at', 'customer', 'since']
    """
    spaced = "".join(
        f" {c}" if c.isupper() and before.islower() else c if c.isalnum() else " "
        for before, c in zip(f" {name}", name, strict=False)
    )
    return frozenset(spaced.lower().split())


def sources_of(columns: Iterable[ColumnFacts]) -> list[str]:
    """Names in the table."""
    return [facts.source for facts in columns]

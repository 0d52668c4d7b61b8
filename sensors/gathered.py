"""What one tick of `alerts` learns: what is wrong, what cannot be told, and why not."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lifecycle.errors import in_words
from lifecycle.spec.alerts import AlertKind
from lifecycle.triggers.telling import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What cannot be told now: whether something is wrong, or is no more.

    Attributes:
        subject: as that of a condition; None: all of the kind.
    """

    model: str
    kind: AlertKind
    subject: str | None = None

    @property
    def key(self) -> str:
        """See `Wrong.unknown`."""
        return "/".join([self.model, self.kind, *([] if self.subject is None else [self.subject])])


Found = Iterator[Condition | Unknown]


@dataclass(kw_only=True)
class Gathered:
    """What was found so far. A model of which something cannot be read keeps no other from being told of."""

    conditions: list[Condition] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    def take(self, model: str, found: Found, kind: AlertKind | None = None) -> None:
        """Take up what is found of a model; what cannot be read of it, or of one kind, is unknown."""
        try:
            for one in found:
                if isinstance(one, Condition):
                    self.conditions.append(one)
                else:
                    self.unknown.append(one.key)
        except Exception as exc:
            # Of whatever kind: an error that ends the tick would silence all other models.
            self.problems[model] = in_words(exc)
            self.unknown.append(f"{model}/{kind}" if kind else model)

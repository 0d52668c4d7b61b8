"""What one tick of `alerts` learns: what is wrong, and what cannot be told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lifecycle.errors import LifecycleError
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
    """What was found so far."""

    conditions: list[Condition] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def take(self, model: str, found: Found, kind: AlertKind | None = None) -> None:
        """Take up what is found of a model; what cannot be read of it, or of one kind, is unknown."""
        try:
            for one in found:
                if isinstance(one, Condition):
                    self.conditions.append(one)
                else:
                    self.unknown.append(one.key)
        except LifecycleError:
            self.unknown.append(f"{model}/{kind}" if kind else model)

"""A feature expression as plain records: what the plan stores, and both paths compile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lifecycle.errors import LifecycleError

Kind = Literal["string", "int", "float", "bool", "timestamp", "date", "null"]
Value = str | int | float | bool | None
"""A value on the online path. Timestamps are whole microseconds since 1970 UTC, dates whole days."""


@dataclass(frozen=True, slots=True)
class Const:
    """A literal."""

    value: Value
    kind: Kind


@dataclass(frozen=True, slots=True)
class Ref:
    """A column of the request, or of a lookup."""

    name: str
    kind: Kind
    lookup: str | None = None

    @property
    def slot(self) -> str:
        """Where the online path finds the value.

        >>> Ref("temp", "float", "weather").slot
        'weather.temp'
        """
        return self.name if self.lookup is None else f"{self.lookup}.{self.name}"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the allow-list applied to its arguments."""

    function: str
    args: tuple["Expression", ...]
    kind: Kind


Expression = Const | Ref | Call


def references(expression: Expression) -> Iterator[Ref]:
    """Every column that an expression reads, in the order of reading."""
    if isinstance(expression, Ref):
        yield expression
    elif isinstance(expression, Call):
        for arg in expression.args:
            yield from references(arg)


def calls(expression: Expression) -> Iterator[Call]:
    """Every call in an expression, outermost first."""
    if isinstance(expression, Call):
        yield expression
        for arg in expression.args:
            yield from calls(arg)


def to_json(expression: Expression) -> list[Any]:
    """The expression as nested JSON lists, the form that a bundle stores.

    >>> to_json(Call("abs", (Ref("x", "int"),), "int"))
    ['call', 'int', 'abs', ['ref', 'int', 'x', None]]
    """
    if isinstance(expression, Const):
        return ["const", expression.kind, expression.value]
    if isinstance(expression, Ref):
        return ["ref", expression.kind, expression.name, expression.lookup]
    return ["call", expression.kind, expression.function, *map(to_json, expression.args)]


def from_json(raw: object) -> Expression:
    """Read what `to_json` wrote.

    Raises:
        LifecycleError: not such a list; a stored plan is never run on a guess.

    >>> from_json(to_json(Ref("x", "int"))) == Ref("x", "int")
    True
    """
    match raw:
        case ["const", str(kind), (str() | int() | float() | bool() | None) as value]:
            return Const(value, _kind(kind))
        case ["ref", str(kind), str(name), (str() | None) as lookup]:
            return Ref(name, _kind(kind), lookup)
        case ["call", str(kind), str(function), *args]:
            return Call(function, tuple(map(from_json, args)), _kind(kind))
    raise LifecycleError(f"a stored feature expression is not readable: {raw!r:.80}; train the model again")


_KINDS: Mapping[str, Kind] = {
    "string": "string",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "timestamp": "timestamp",
    "date": "date",
    "null": "null",
}


def _kind(text: str) -> Kind:
    if text not in _KINDS:
        raise LifecycleError(
            f"a stored feature expression has the unknown kind {text!r}; train the model again"
        )
    return _KINDS[text]

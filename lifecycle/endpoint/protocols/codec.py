"""What a protocol is: how it wraps rows, and how it writes answers and refusals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lifecycle.endpoint.outcome import Answered
from lifecycle.endpoint.wire import Refusal
from lifecycle.registry.bundle import BundleManifest


class Body(NamedTuple):
    """A decoded request."""

    rows: Sequence[object]
    """As they came; whether they are objects is checked for all protocols alike."""
    id: str | None = None
    """Id of the request, where the protocol has it in the body."""
    outputs: frozenset[str] = frozenset()
    """Names of the outputs wanted; empty: all."""


class Reply(NamedTuple):
    """Everything an answer may tell."""

    model: str
    bundle: BundleManifest
    """Of the champion: all variants of one endpoint have its task and classes."""
    body: Body
    answered: Answered
    request: str
    """Id of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """A protocol."""

    name: str
    """As metrics and the request log name it."""
    shape: str
    """What to send, for messages."""
    parse: Callable[[object, int], Body]
    """From decoded JSON, up to so many rows; raises Refusal (422; 413: there are more)."""
    render: Callable[[Reply], Mapping[str, object]]
    refuse: Callable[[Refusal], Mapping[str, object]] = field(default=lambda refusal: refusal.told())

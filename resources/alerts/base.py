"""The port of alerts: a message to people, at an address that only the environment knows."""

from dataclasses import dataclass
from typing import Literal, Protocol

from lifecycle.errors import LifecycleError

Severity = Literal["good", "warning", "bad"]


class AlertNotDelivered(LifecycleError):
    """Somebody was not reached: try again later. The message names the variable, never the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What people read."""

    title: str
    body: str
    severity: Severity


class Alerts(Protocol):
    """Sends messages."""

    def send(self, message: Message, *, to: str) -> None:
        """Send a message to the addresses that an environment variable holds, and wait until it is taken.

        Raises:
            AlertNotDelivered: the variable is not set, holds no address, or somebody there did not take it.
                Those that did may get it again.
        """
        ...

"""Alerts by Apprise: mail, chat, telephones and webhooks, each by a URL."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from resources.alerts.base import AlertNotDelivered, Message, Severity

if TYPE_CHECKING:
    from apprise import Apprise

# Apprise's own names.
_TYPES: dict[Severity, str] = {"good": "success", "warning": "warning", "bad": "failure"}


class AppriseAlerts(dg.ConfigurableResource[None]):
    """URLs come from the environment at the moment of sending; none is kept, logged or shown.

    The extra `alerts` of this package installs Apprise.

    Attributes:
        sender: who messages are from, where a service shows it.
    """

    sender: str = "Flywheel"

    def send(self, message: Message, *, to: str) -> None:
        apprise = _addresses(to, self.sender)
        with _silent():
            taken = apprise.notify(
                title=message.title, body=message.body, notify_type=_TYPES[message.severity]
            )
        if not taken:
            raise AlertNotDelivered(
                f"somebody that {to} names did not take the message {message.title!r}: see whether its URLs "
                "are right and their services answer"
            )


def _addresses(variable: str, sender: str) -> "Apprise":
    """Apprise with the URLs of a variable, separated by spaces or commas."""
    try:
        from apprise import Apprise, AppriseAsset
    except ImportError as exc:
        raise AlertNotDelivered(
            "Apprise is not installed, so nobody is told: pip install 'dagster-flywheel[alerts]'"
        ) from exc
    text = os.environ.get(variable, "").strip()
    if not text:
        raise AlertNotDelivered(f"{variable} is not set, so nobody is told: set it to Apprise URLs")
    found = Apprise(asset=AppriseAsset(app_id=sender))
    with _silent():
        understood = found.add(text)
    if not understood:
        raise AlertNotDelivered(
            f"{variable} holds something that is no Apprise URL: https://github.com/caronc/apprise/wiki "
            "lists them"
        )
    return found


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing of Apprise in the logs: what it says of URLs and of failed requests has secrets in it."""
    loggers = [logging.getLogger(name) for name in ("apprise", "urllib3.connectionpool")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            # Its plugins import modules that Python gives up; they are of no concern to who sends a message.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was

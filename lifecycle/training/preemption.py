"""SIGTERM means: this machine is wanted back. Who can go on later keeps where it stands; all end at once.

A signal belongs to the process, and so does this module's state.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lifecycle.errors import LifecycleError
from lifecycle.training.job import PREEMPTED


class PreemptedError(LifecycleError):
    """The fit was asked to end and kept where it stands: the same job goes on from there."""


@dataclass(slots=True)
class _State:
    heeded: bool = False
    asked: bool = False


_state = _State()


def end_by_sigterm() -> None:
    """From now on SIGTERM ends this process with the code that says so; call it in the main thread."""
    signal.signal(signal.SIGTERM, _on_sigterm)


@contextmanager
def heeded() -> Iterator[Callable[[], bool]]:
    """Inside, SIGTERM only answers the question whether it came: the fit asks after each step, and ends."""
    _state.heeded = True
    try:
        yield lambda: _state.asked
    finally:
        _state.heeded = False
    if _state.asked:
        # It came when the last step was taken: the fit is kept, what follows it is not begun.
        _end()


def _on_sigterm(number: int, frame: object) -> None:
    _state.asked = True
    if not _state.heeded:
        _end()


def _end() -> None:
    """Not by sys.exit: a library that called back into Python would swallow it. No file is half-written."""
    sys.stdout.flush()
    os._exit(PREEMPTED)

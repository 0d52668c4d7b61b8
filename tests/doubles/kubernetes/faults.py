"""Faults of the API server itself: what the network and a busy control plane do to requests."""

import re
import threading
from dataclasses import dataclass
from typing import Literal

Harm = Literal["refuse", "lose the answer", "hang up", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the next requests that fit.

    `refuse` answers with `code`; `lose the answer` carries the request out and hangs up; `hang up` does not
    carry it out; `slow` answers after `delay_s`.
    """

    harm: Harm
    method: str = "GET|POST|PUT|PATCH|DELETE"
    path: str = ".*"
    times: int = 1
    code: int = 503
    retry_after_s: int | None = None
    delay_s: float = 0.0


class Faults:
    """Faults that are planted, each used up after its number of times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planted: list[list[object]] = []
        self.met = 0
        """Requests that met a fault."""

    def plant(self, fault: Fault) -> None:
        with self._lock:
            self._planted.append([fault, fault.times])

    def clear(self) -> None:
        with self._lock:
            self._planted.clear()

    def next(self, method: str, path: str) -> Fault | None:
        """The fault that a request meets, if any."""
        with self._lock:
            for entry in self._planted:
                fault, left = entry
                assert isinstance(fault, Fault) and isinstance(left, int)
                if left > 0 and re.fullmatch(fault.method, method) and re.fullmatch(fault.path, path):
                    entry[1] = left - 1
                    self.met += 1
                    return fault
        return None

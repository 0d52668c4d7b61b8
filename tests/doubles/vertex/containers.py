"""Containers as processes of this machine."""

import http.client
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tests.doubles.kubernetes.process import Log, Process
from tests.fakes.ports import free_port

GRACE_S = 3.0


def command_of(spec: Any) -> list[str]:
    """The command line of a container."""
    return [*spec.command, *spec.args]


def environment_of(spec: Any) -> dict[str, str]:
    """The variables of a container."""
    return {variable.name: variable.value for variable in spec.env}


class Replica:
    """A container that serves: told its routes by the variables of the contract, and asked how it is."""

    def __init__(self, spec: Any, told: Mapping[str, str]) -> None:
        self.spec, self.port, self.log = spec, free_port(), Log()
        contract = {
            "AIP_HTTP_PORT": str(self.port),
            "AIP_HEALTH_ROUTE": spec.health_route,
            "AIP_PREDICT_ROUTE": spec.predict_route,
            "AIP_MODE": "PREDICTION",
        }
        environment = {**environment_of(spec), **contract, **told}
        self.process = Process(command_of(spec), environment, None, self.log)

    @property
    def ended(self) -> bool:
        return self.process.code is not None

    def healthy(self) -> bool:
        """Whether its health route says so."""
        try:
            return self.ask("GET", self.spec.health_route, b"")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def end(self) -> None:
        self.process.end(GRACE_S)

    def lines(self) -> Sequence[str]:
        return [line.decode().rstrip() for _, line in self.log.lines]


def wait_healthy(replicas: Sequence[Replica], *, within_s: float) -> str:
    """Wait until all are healthy; else why not."""
    deadline = time.monotonic() + within_s
    while not all(replica.healthy() for replica in replicas):
        if any(replica.ended for replica in replicas):
            return "Model server exited unexpectedly."
        if time.monotonic() > deadline:
            return (
                "Model server never became ready. Please validate that your container configuration is valid."
            )
        time.sleep(0.02)
    return ""

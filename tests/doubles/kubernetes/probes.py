"""Probes of containers: HTTP requests to the pod's own address."""

import http.client
from collections.abc import Mapping
from typing import Any

FASTEST_S = 0.05
"""Probes are made this often, however seldom they ask for it: a test waits for them."""


def answers(ip: str, container: Mapping[str, Any], probe: Mapping[str, Any]) -> bool:
    """Whether a container answers a probe with success."""
    asked = probe["httpGet"]
    named = {port.get("name"): port["containerPort"] for port in container.get("ports") or []}
    connection = http.client.HTTPConnection(
        ip, named.get(asked["port"], asked["port"]), timeout=probe.get("timeoutSeconds", 1)
    )
    try:
        connection.request("GET", asked["path"])
        return 200 <= connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

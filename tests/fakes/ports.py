"""Ports for servers that a test starts."""

import random
import socket

# Below what Linux gives to outgoing connections (32768 and up): one of those may take a port that is free now
# before the server that it was chosen for has started.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    # Not the seeded draw of the tests: their workers would all choose the same.
    draw = random.SystemRandom()
    while True:
        port = draw.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port

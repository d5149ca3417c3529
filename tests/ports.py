"""Ports that servers of the tests can have."""

from __future__ import annotations

import random
import socket
from typing import Final

# Below what systems hand out for outgoing connections, so that a port stays free while its server is dead or
# not up yet, and no stranger answers in its place.
_PORTS: Final = range(12_000, 32_000)
_CHANCE: Final = random.SystemRandom()
"""The usual one may be seeded: then all workers would try the same ports at once."""


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    found: dict[int, socket.socket] = {}
    try:
        while len(found) < count:
            port, probe = _CHANCE.choice(_PORTS), socket.socket()
            try:
                probe.bind(("", port))
            except OSError:
                probe.close()
                continue
            found[port] = probe
    finally:
        for probe in found.values():
            probe.close()
    return list(found)


def free_port() -> int:
    """Return one of them."""
    return free_ports(1)[0]

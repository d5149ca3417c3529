"""Which names Cuepoint answers to: a page of another site must not reach it under a name of its own."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.config import Settings
from core.http.answers import answer_json

log = logging.getLogger(__name__)

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_WILDCARDS: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
_ANY_ADDRESS: Final = "an IP address"
_REFUSED: Final = (
    "Cuepoint does not answer to this name. Open it under its own address, or add the name to "
    "CUEPOINT_ALLOWED_HOSTS and start it again."
)

GetHosts: TypeAlias = Callable[[], tuple[str, ...]]


def allowed_hosts(settings: Settings | None) -> tuple[str, ...]:
    """Return the names to answer to; without settings those of the loopback.

    Names are what a foreign site can point at this machine; an IP address in the address bar it cannot,
    so served on all interfaces Cuepoint answers to every address, and to this machine's name.
    """
    if settings is None:
        return _LOOPBACK
    if settings.allowed_hosts:
        # The loopback stays: watchers and the command line ask there.
        return (*_LOOPBACK, *(_plain(name) for name in settings.allowed_hosts))
    if settings.host in _WILDCARDS:
        return (*_LOOPBACK, socket.gethostname().lower(), _ANY_ADDRESS)
    return (*_LOOPBACK, _plain(settings.host))


class HostsMiddleware:
    """Answers 421 where the Host header names something else; closes websockets before they open."""

    def __init__(self, app: ASGIApp, get_hosts: GetHosts) -> None:
        self._app = app
        self._get_hosts = get_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        named = Headers(scope=scope).getlist("host")
        if len(named) == 1 and is_allowed(named[0], self._get_hosts()):
            await self._app(scope, receive, send)
            return
        log.info("http.host_refused")
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer_json({"message": _REFUSED}, 421)(scope, receive, send)


def is_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Return whether a Host header, with or without a port, is one of the allowed names."""
    try:
        parts = urlsplit(f"//{host}")
        name = (parts.hostname or "").rstrip(".")
        # Reading the port also finds one that is none.
        well_formed = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not well_formed or not name or "@" in host or parts.path or parts.query or parts.fragment:
        return False
    return any(_fits(name, pattern) for pattern in allowed)


def _fits(name: str, pattern: str) -> bool:
    if pattern == _ANY_ADDRESS:
        return _is_address(name)
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return pattern in ("*", name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _plain(name: str) -> str:
    return name.strip().lower().strip("[]").rstrip(".")

"""Closing a connection hard, from inside an ASGI application.

ASGI has no word for it, so uvicorn's own protocol class hands its transport to the application in
the scope. With lingering off the kernel sends a reset instead of an orderly end: the client sees
what it sees when a provider's front end dies in the middle of a call.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT = "cuepoint.transport"


class AbortableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with its transport in the scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        served = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await served(scope | {_TRANSPORT: self.transport}, receive, send)

        self.app = with_transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        # asyncio does this only for sockets that know their protocol, which those of uvicorn's own
        # bind_socket do not; without it every answer on a kept connection waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)


async def abort(scope: Scope, receive: Receive) -> None:
    """Reset the connection on which this request came. Nothing can be sent on it any more."""
    transport: asyncio.Transport = scope[_TRANSPORT]
    plain = transport.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # uvicorn takes an application for broken that returns without an answer while it thinks that the
    # client is still there.
    while (await receive())["type"] != "http.disconnect":
        pass

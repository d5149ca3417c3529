"""Who may enter, asked before every route: one door in front of pages, files, uploads and statistics.

Everything is closed that is not named open here, so a route that is added later is closed as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http.cookies import CookieError
from typing import Final, Protocol, TypeAlias

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.http.answers import answer_json

_PATHS: Final = (
    # The empty pages, their scripts and styles. What stands on a page comes over the websocket.
    (r"/[a-z-]*|/index\.html|/favicon\.png|/static/.+", {"GET", "HEAD"}),
    # What a page asks before it opens the websocket; from below a page it asks beside that page first.
    (r"(/[a-z-]+)?/_stcore/(health|host-config)", {"GET", "HEAD", "OPTIONS"}),
    (r"/auth/(login|logout)|/oauth2callback", {"GET", "HEAD"}),
    (r"/api/(health|ready)", {"GET", "HEAD"}),
    # From this machine only, with a token of its own: the command line carries no cookie.
    (r"/api/control/[a-z]+", {"POST"}),
)
_OPEN: Final = tuple((re.compile(pattern), methods) for pattern, methods in _PATHS)
_PROTOCOLS: Final = b"sec-websocket-protocol"
_NOT_SIGNED_IN: Final = "Sign in first: open Cuepoint in this browser."


class Door(Protocol):
    """Knows who has signed in. Made where Streamlit is known, since Streamlit signs the identity."""

    @property
    def closed(self) -> bool:
        """Whether only those who have signed in may enter."""
        ...

    @property
    def problem(self) -> str | None:
        """Why nobody can sign in, as a sentence; None where it works."""
        ...

    def admits(self, cookies: Mapping[str, str]) -> bool:
        """Return whether these cookies hold the identity of somebody who may enter now."""
        ...


GetDoor: TypeAlias = Callable[[], Door]


class DoorMiddleware:
    """Answers 401 in place of every route that is not open, unless the door admits who asks."""

    def __init__(self, app: ASGIApp, get_door: GetDoor) -> None:
        self._app = app
        self._get_door = get_door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._get_door()
        if scope["type"] not in ("http", "websocket") or not door.closed:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._stream(door, scope, receive, send)
        elif is_open(scope["path"], scope["method"]) or door.admits(_cookies(scope)):
            await self._app(scope, receive, send)
        else:
            answer = answer_json({"message": door.problem or _NOT_SIGNED_IN}, 503 if door.problem else 401)
            await answer(scope, receive, send)

    async def _stream(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a page's websocket through: the page itself shows nothing but the sign-in.

        Without an identity it is a session of its own, whatever session it says that it continues. With
        one it ends with the first message after that identity has ended, for parts of a page run alone.
        """
        cookies = _cookies(scope)
        if not door.admits(cookies):
            await self._app(_without_session(scope), receive, send)
            return

        async def receive_while_admitted() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not door.admits(cookies):
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        await self._app(scope, receive_while_admitted, send)


def is_open(path: str, method: str) -> bool:
    """Return whether a path answers without a sign-in."""
    return any(pattern.fullmatch(path) and method in methods for pattern, methods in _OPEN)


def _cookies(scope: Scope) -> Mapping[str, str]:
    try:
        return HTTPConnection(scope).cookies
    except (CookieError, ValueError):
        return {}


def _without_session(scope: Scope) -> Scope:
    """Drop the third of "streamlit, token, session" that a page offers as protocols."""
    headers = [
        (name, b",".join(value.split(b",")[:2]) if name == _PROTOCOLS else value)
        for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}

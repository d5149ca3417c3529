"""How routes answer: JSON, and one sentence for every error."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from core.errors import (
    CuepointError,
    InputRefused,
    LibraryBusy,
    MediaMissing,
    MediaRefused,
    NotFound,
    OriginRefused,
    StorageFull,
    TokenExpired,
    TokenRefused,
    UploadTooLarge,
)
from core.http.port import GetLibrary, ServedLibrary

log = logging.getLogger(__name__)

Answer: TypeAlias = Callable[[Request, ServedLibrary], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

# The first class that fits counts, so a class stands before those that it is derived from.
_STATUS: Final[tuple[tuple[type[CuepointError], int], ...]] = (
    (TokenExpired, 410),
    (TokenRefused, 403),
    (OriginRefused, 403),
    (UploadTooLarge, 413),
    (MediaRefused, 422),
    (InputRefused, 400),
    (MediaMissing, 404),
    (NotFound, 404),
    (LibraryBusy, 409),
    (StorageFull, 507),
)
_SURPRISE: Final = "Something went wrong here. Try again; the log says more."
_DRAIN_S: Final = 3.0
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def answered(get_library: GetLibrary, answer: Answer) -> Endpoint:
    """Return an endpoint that gives ``answer`` the library, and turns its errors into JSON.

    An error of our tree becomes its sentence, under a status of its own; anything else goes to the log
    and becomes one sentence without particulars. While there is no library the answer is 503.
    """

    @functools.wraps(answer)
    async def endpoint(request: Request) -> Response:
        body = _Body(request)
        try:
            library = get_library()
        except CuepointError as exc:
            return _refusal(exc.message, 503, body)
        try:
            return await answer(Request(request.scope, body.receive), library)
        except ClientDisconnect:
            log.info("http.disconnected route=%s", answer.__name__)
            return Response(status_code=400)
        except CuepointError as exc:
            log.info("http.refused route=%s reason=%s", answer.__name__, type(exc).__name__)
            return _refusal(exc.message, status_of(exc), body)
        except Exception:
            # The edge of the process: the traceback is for the log, a sentence for the person.
            log.exception("http.failed route=%s", answer.__name__)
            return _refusal(_SURPRISE, 500, body)

    return endpoint


def status_of(exc: CuepointError) -> int:
    """Return the HTTP status for an error of ours."""
    found = next((status for kind, status in _STATUS if isinstance(exc, kind)), None)
    return found if found is not None else 503 if exc.retryable else 500


def answer_json(body: dict[str, Any], status: int = 200) -> Response:
    """Return JSON that nobody keeps."""
    return JSONResponse(body, status_code=status, headers=_HEADERS)


class _Body:
    """Remembers whether the body of a request has arrived to its end."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        announced = request.headers.get("content-length", "0") != "0"
        self.ended = not announced and "transfer-encoding" not in request.headers

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self.ended = True
        return message


def _refusal(message: str, status: int, body: _Body) -> Response:
    content = {"message": message}
    return answer_json(content, status) if body.ended else _EarlyAnswer(content, status, body)


class _EarlyAnswer(JSONResponse):
    """An answer to a request whose body is still on its way, such as a video that is too large.

    Closing the connection at once would make the browser report a broken network instead of the
    sentence. So the answer goes out, and what is still arriving is thrown away for a few seconds.
    """

    def __init__(self, content: dict[str, Any], status: int, body: _Body) -> None:
        super().__init__(content, status, headers={**_HEADERS, "Connection": "close"})
        self._rest = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with anyio.move_on_after(_DRAIN_S):
            while not self._rest.ended:
                await self._rest.receive()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

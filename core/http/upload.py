"""PUT /api/upload and /api/upload/subtitles: files from the browser, streamed to disk.

Custom routes get none of Streamlit's protections, so each of these checks origin, token and size itself.
"""

from __future__ import annotations

import logging
from typing import Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from core.errors import UploadTooLarge
from core.http.answers import answer_json
from core.http.details import UploadDetails, details_of
from core.http.guards import query_token, refuse_cross_origin
from core.http.port import ServedLibrary
from core.library_model import Added, Details
from core.media.incoming import Incoming, Received, readable_size
from core.media.names import clean_name
from core.media.subtitles import MAX_BYTES
from core.media.waiting import WaitingSubtitles

log = logging.getLogger(__name__)

# Probing a file can take a minute. It must not use up the worker threads that serve media and disk.
_ADOPTIONS: Final = 4
_adopting = CapacityLimiter(_ADOPTIONS)


async def upload(request: Request, library: ServedLibrary) -> Response:
    """Take in one video: its bytes are the body, its details the header `X-Cuepoint-Details`."""
    refuse_cross_origin(request)
    library.tokens.check_upload(query_token(request))
    details = details_of(request)
    waiting = WaitingSubtitles(library.layout.incoming)
    if details.subtitles_id is not None:
        # Said before gigabytes are sent, not after.
        await run_sync(waiting.path, details.subtitles_id)
    incoming = Incoming(library.layout.incoming, library.settings.max_upload_bytes)
    received = await incoming.receive(request.stream(), expected_bytes=_content_length(request))
    log.info("upload.arrived bytes=%d", received.size_bytes)
    added = await run_sync(_adopt, library, waiting, received, details, limiter=_adopting)
    if added.video is None:
        return answer_json({"message": added.message or "This file could not be added."}, 422)
    return answer_json(
        {
            "video_id": added.video.id,
            "title": added.video.title,
            "outcome": "known" if added.known else "added",
            "message": added.message,
        },
        201,
    )


async def upload_subtitles(request: Request, library: ServedLibrary) -> Response:
    """Take in subtitles for a video that is uploaded next; they are read before they are accepted."""
    refuse_cross_origin(request)
    library.tokens.check_upload(query_token(request))
    suffix = clean_suffix(details_of(request).name)
    content = await _small_body(request)
    waiting = WaitingSubtitles(library.layout.incoming)
    return answer_json({"subtitles_id": await run_sync(waiting.keep, content, suffix)}, 201)


def clean_suffix(name: str) -> str | None:
    """Return what a subtitle file's name ends in, lower case with its dot; None without a name."""
    _, dot, ending = name.rpartition(".")
    return f".{ending.strip().lower()}" if dot else None


def _adopt(
    library: ServedLibrary, waiting: WaitingSubtitles, received: Received, details: UploadDetails
) -> Added:
    try:
        subtitles = waiting.path(details.subtitles_id) if details.subtitles_id is not None else None
        added = library.adopt(
            received,
            clean_name(details.name).shown,
            Details(
                title=details.title,
                category=details.category,
                tags=details.tags,
                recorded_at=details.recorded_at,
                subtitles=subtitles,
                batch_id=details.batch,
                fit=details.fit,
            ),
        )
    finally:
        # Gone already where the library took it over.
        received.path.unlink(missing_ok=True)
    if details.subtitles_id is not None and added.video is not None:
        waiting.forget(details.subtitles_id)
    return added


async def _small_body(request: Request) -> bytes:
    body = bytearray()
    too_large = (_content_length(request) or 0) > MAX_BYTES
    if not too_large:
        async for chunk in request.stream():
            body += chunk
            if too_large := len(body) > MAX_BYTES:
                break
    if too_large:
        raise UploadTooLarge(
            f"This subtitle file is too large: at most {readable_size(MAX_BYTES)} can be read."
        )
    return bytes(body)


def _content_length(request: Request) -> int | None:
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isascii() and announced.isdigit() else None

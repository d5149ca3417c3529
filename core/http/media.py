"""GET and HEAD /api/media/{token}: videos, pictures and subtitles, with HTTP Range."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse

from core.errors import MediaMissing
from core.http.port import ServedLibrary

_TYPES: Final = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".qt": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".ogv": "video/ogg",
    ".ogg": "video/ogg",
    ".3gp": "video/3gpp",
    ".3g2": "video/3gpp2",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".vtt": "text/vtt; charset=utf-8",
}
HARMLESS: Final = {
    # A file that claims to be a video but is a page must not act as one, even opened by itself.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every file that is given away."""
_UNKNOWN: Final = "application/octet-stream"
# What a file without a telling suffix begins with: (offset, bytes, type).
_BEGINNINGS: Final = (
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"OggS", "video/ogg"),
)
_GONE: Final = "This file is no longer there. Reload the page."


class _Film(FileResponse):
    """A file in pieces that a seek is answered with quickly; every piece costs a change of threads."""

    chunk_size = 512 * 1024


async def media(request: Request, library: ServedLibrary) -> Response:
    """Serve the file that the signed token in the address names.

    The token is all that is asked for: pages give it only to those who may see the video. A player
    asks again and again, so the answer may be kept by the browser (and by nobody else) for as long as
    the link lives at least.
    """
    claim = library.tokens.read_media(str(request.path_params["token"]))
    path = await run_sync(library.media_file, claim)
    details, media_type = await run_sync(examine, path)
    headers = {
        "Cache-Control": f"private, max-age={library.settings.link_lifetime_s}, no-transform",
        **HARMLESS,
    }
    response = _Film(path, headers=headers, media_type=media_type, stat_result=details)
    if _has_it(request, response.headers["etag"]):
        return NotModifiedResponse(response.headers)
    return response


def examine(path: Path) -> tuple[os.stat_result, str]:
    """Return size and times of a file, and its content type. Raises: MediaMissing."""
    try:
        details = path.stat()
        if not stat.S_ISREG(details.st_mode):
            raise MediaMissing(_GONE)
        known = _TYPES.get(path.suffix.lower())
        if known is not None:
            return details, known
        with path.open("rb") as file:
            beginning = file.read(16)
    except OSError as exc:
        raise MediaMissing(_GONE) from exc
    fitting = (kind for at, mark, kind in _BEGINNINGS if beginning.startswith(mark, at))
    return details, next(fitting, _UNKNOWN)


def _has_it(request: Request, etag: str) -> bool:
    kept = request.headers.get("if-none-match", "")
    return etag in (tag.strip().removeprefix("W/") for tag in kept.split(","))

"""What a server says about the file that it is about to send: its kind, size and name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.message import Message
from typing import Final

from core.errors import UrlRefused
from core.media.names import UNTITLED, clean_name

_PAGES: Final = ("text/html", "application/xhtml+xml")
_PLAYLISTS: Final = (
    "application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl",
    "application/dash+xml",
)  # fmt: skip
_PICTURES_AND_TEXTS: Final = ("application/json", "application/pdf", "application/zip")
_SUFFIX_BY_TYPE: Final = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "video/mpeg": ".mpg",
    "video/mp2t": ".ts",
}


class Headers:
    """Response headers by lower-case name; of several with one name, the first."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            self._values.setdefault(name.decode("latin-1").lower(), _decoded(value))

    def get(self, name: str) -> str:
        """Return a header's value, empty where there is none."""
        return self._values.get(name, "")

    @property
    def content_type(self) -> str:
        return self.get("content-type").partition(";")[0].strip().lower()


def refuse_if_no_file(headers: Headers) -> None:
    """Refuse what is plainly no video file. Raises: UrlRefused."""
    kind = headers.content_type
    if kind in _PAGES:
        raise UrlRefused(
            "This address is a web page, not a video file. Open it, find the address of the file itself "
            "(often under “Download”), and use that."
        )
    if kind in _PLAYLISTS:
        raise UrlRefused("This address is a streaming playlist, not a video file. Use the address of a file.")
    if kind in _PICTURES_AND_TEXTS or kind.startswith("image/"):
        raise UrlRefused(f"This address leads to something else than a video ({kind}). Check the address.")
    if headers.get("content-encoding").strip().lower() not in ("", "identity"):
        raise UrlRefused(
            "The server sends this file compressed. Download it in your browser and add the file."
        )


def expected_size(headers: Headers) -> int | None:
    """Return the announced size in bytes, None where none is."""
    announced = headers.get("content-length").strip()
    return int(announced) if announced.isascii() and announced.isdigit() else None


def suggested_name(headers: Headers, paths: Sequence[str]) -> str:
    """Return what to call the file: from Content-Disposition, else the first path with a video's name.

    ``paths`` are the paths of the final and the first address, decoded. A missing suffix is added
    from the content type.
    """
    header = clean_name(_disposition_name(headers.get("content-disposition")))
    names = [header] if header.title != UNTITLED else [clean_name(path) for path in paths]
    best = next((name for name in names if name.suffix), next(iter(names), header))
    return best.title + (best.suffix or _SUFFIX_BY_TYPE.get(headers.content_type, ""))


def _disposition_name(value: str) -> str:
    # Line ends would begin a header of their own in the parser.
    message = Message()
    message["Content-Disposition"] = re.sub(r"[\r\n]+", " ", value)
    try:
        return message.get_filename(failobj="")
    except (ValueError, LookupError):
        return ""


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")

"""What a file is, judged by its first bytes; for saying why it is not a video."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_LOOKED_AT: Final = 4096
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (rb"\xff\xd8\xff", "a picture"),
    (rb"\x89PNG\r\n", "a picture"),
    (rb"BM....\x00\x00\x00\x00", "a picture"),
    (rb"(II\*\x00|MM\x00\*)", "a picture"),
    (rb"RIFF....WEBP", "a picture"),
    (rb"....ftyp(avif|heic|heix|mif1|msf1)", "a picture"),
    (rb"%PDF-", "a PDF document"),
    (rb"PK\x03\x04", "a ZIP archive or an office document"),
    (rb"(Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd)", "a compressed archive"),
    (rb"(\x7fELF|MZ|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe)", "a program"),
    (rb"SQLite format 3\x00", "a database"),
)
_TEXTS: Final[tuple[tuple[str, str], ...]] = (
    (r"(<!doctype\s+html|<html|<head|<body|<script|<!--)", "a web page"),
    (r"#EXTM3U", "a playlist, which only names videos"),
    (r"(<\?xml|<svg|<mpd)", "an XML document"),
    (r"(WEBVTT|1\r?\n\d\d:\d\d:\d\d,\d)", "a file with subtitles"),
    (r"[\[{]", "a text file"),
)
_VIDEO: Final = re.compile(
    rb"....(ftyp|moov|mdat|wide|free|skip|moof|styp)|\x1aE\xdf\xa3|RIFF....AVI |OggS|FLV\x01|\x00\x00\x01\xba"
    rb"|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\x06\x0e\x2b\x34",
    re.DOTALL,
)


def kind_of(path: Path) -> str | None:
    """Return what the file looks like ("a web page"), None where it may be a video."""
    head = _head(path)
    for magic, kind in _MAGIC:
        if re.match(magic, head, re.DOTALL):
            return kind
    text = _text(head)
    if text is None:
        return None
    for pattern, kind in _TEXTS:
        if re.match(pattern, text.lstrip("\ufeff \t\r\n"), re.IGNORECASE):
            return kind
    return "a text file"


def begins_like_a_video(path: Path) -> bool:
    """Return whether the first bytes are those of a known video container."""
    return _VIDEO.match(_head(path)) is not None


def matroska_kind(path: Path) -> str:
    """Return "webm" where the file says that it is WebM, else "mkv"."""
    return "webm" if b"\x42\x82\x84webm" in _head(path)[:256] else "mkv"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LOOKED_AT)


def _text(head: bytes) -> str | None:
    """Return the beginning as text, None where it is binary."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = head.decode(encoding, errors="replace")
    # Some bytes of another alphabet's encoding are still text; control characters are not.
    binary = re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text) or text.count("\ufffd") > len(text) / 10
    return None if binary else text

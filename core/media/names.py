"""Names out of hostile hands: text that is safe to show, and a suffix that is safe to store under.

Nothing here is ever used as a path. Text stays text: `<` and `&` are kept, because pages show names as
text; what is taken out is what would act on the display (control characters, direction overrides).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

# fmt: off
VIDEO_SUFFIXES: Final = frozenset({
    ".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".wmv", ".asf", ".flv", ".f4v",
    ".mpg", ".mpeg", ".m2v", ".mp2v", ".vob", ".ts", ".mts", ".m2ts", ".mxf", ".dv", ".ogv",
})
# fmt: on
"""What video files are called."""

STORED_SUFFIXES: Final = VIDEO_SUFFIXES | {
    *(".ogg", ".mp3", ".m4a", ".aac", ".wav", ".flac", ".opus", ".oga", ".aif", ".aiff")
}
"""Suffixes that a stored file may carry; any other name is stored without one."""

UNTITLED: Final = "Untitled"
_TITLE_LENGTH: Final = 200
_FILE_NAME_LENGTH: Final = 255
# Joiners that emoji, Persian and Indic words need; all other format characters (Cf) are taken out.
_KEPT_FORMAT: Final = "\u200c\u200d"
_PATH_PARTS: Final = re.compile(r"[/\\]+")
_WINDOWS_DRIVE: Final = re.compile(r"^[A-Za-z]:$")


class CleanName(NamedTuple):
    """A name in two parts: what to show, and what a stored file may end in."""

    title: str
    """1 to 200 characters."""
    suffix: str
    """Lower case with its dot, one of `STORED_SUFFIXES`, or empty."""

    @property
    def shown(self) -> str:
        """Return the whole name, for messages."""
        return self.title + self.suffix


def clean_name(name: str) -> CleanName:
    """Return the title and suffix in a file name that anybody may have made up.

    Any text is accepted: an unusable one gives the title "Untitled". Cleaning ``shown`` again changes
    nothing.
    """
    text = clean_text(_last_part(name), limit=None).rstrip(". ")
    stem, dot, ending = text.rpartition(".")
    suffix = f".{ending.lower()}" if dot else ""
    if suffix not in STORED_SUFFIXES:
        stem, suffix = text, ""
    title = _shorten(stem.strip(". " + _KEPT_FORMAT), _TITLE_LENGTH)
    return CleanName(title or UNTITLED, suffix)


def clean_file_name(name: str) -> str | None:
    """Return a file name as it was given, case and all, safe to show; None where nothing is left of it."""
    return clean_text(_last_part(name), _FILE_NAME_LENGTH) or None


def clean_text(text: str, limit: int | None) -> str:
    """Return one line of text as it may be shown: NFC, single spaces, nothing that acts on the display.

    ``limit`` is the most characters to keep; a longer text is cut and ends in "…".
    """
    plain = text.isascii() and text.isprintable()
    kept = text if plain else "".join(_shown(character) for character in text)
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    return line if limit is None else _shorten(line, limit)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cs" or (category == "Cf" and character not in _KEPT_FORMAT):
        return ""
    code = ord(character)
    # Noncharacters are valid Unicode but not valid XML, which shot lists are exported to.
    return "" if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF else character


def _last_part(name: str) -> str:
    parts = [part for part in _PATH_PARTS.split(name) if part.strip(". ") and not _WINDOWS_DRIVE.match(part)]
    return parts[-1] if parts else ""


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

"""Names on the way out: of files, of reels, and text that no format can choke on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from core.media.names import clean_text

REEL_LENGTH: Final = 8
"""Characters of a CMX3600 reel; what is longer is cut off by the programs that read it."""

# A program takes these for no tape at all: auxiliary, black, colour bars, "no reel".
_RESERVED_REELS: Final = frozenset({"AX", "BL", "BLACK", "BARS", "NONE"})

_UNSAFE: Final = re.compile(r'[<>:"/\\|?*]')
_RESERVED_FILES: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")
# File systems count bytes (255 on most); an ending and a number come behind it.
_FILE_BYTES: Final = 150


def line(text: str) -> str:
    """Return one line that is safe in every format: no control characters, nothing that XML forbids."""
    return clean_text(text, limit=None)


def lines(text: str) -> str:
    """Return text of several lines, each as `line` gives it; no empty ones at either end."""
    return "\n".join(line(part) for part in re.split(r"\r\n|[\r\n\u2028\u2029]", text)).strip("\n")


def file_name(name: str, ending: str) -> str:
    """Return the name of a file that Windows, macOS and Linux all take; ``ending`` as ``.edl``."""
    text = _UNSAFE.sub("_", line(name)).strip(" .")
    text = text.encode("utf-8")[:_FILE_BYTES].decode("utf-8", "ignore").rstrip(" .")
    if _RESERVED_FILES.fullmatch(text):
        text = f"_{text}"
    return f"{text or 'Shot list'}{ending}"


def reel_name(name: str, taken: Collection[str]) -> str:
    """Return a reel of 1 to 8 of ``A-Z 0-9 _`` that is like a file's name and not taken yet."""
    stem = name.rsplit(".", 1)[0] or name
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().upper()
    base = re.sub(r"[^A-Z0-9]+", "_", plain).strip("_") or "CLIP"
    if base in _RESERVED_REELS:
        base = f"{base}_"
    reel, number = base[:REEL_LENGTH], 1
    while reel in taken:
        number += 1
        tail = f"_{number}"
        reel = base[: REEL_LENGTH - len(tail)].rstrip("_") + tail
    return reel

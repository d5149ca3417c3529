"""Sidecar subtitles: read as plain text whatever they came as, written as WebVTT.

pysubs2 reads the times. Blocks are split here: its reader takes karaoke time tags and notes of WebVTT for
cues, and needs quadratic time for hostile text (a file of nothing but `{`).
"""

from __future__ import annotations

import html
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pysubs2.formats.subrip import SubripFormat
from pysubs2.formats.webvtt import WebVTTFormat

from core.embedding.port import Cue
from core.errors import InputRefused
from core.media.incoming import storage_error
from core.media.names import clean_text
from core.model import Segment

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_CUES: Final = 20_000
MAX_CUE_LENGTH: Final = 2_000
"""Characters; a longer text is cut."""
SUFFIXES: Final = (".srt", ".vtt")

_ARROW: Final = "-->"
_VTT_TAG: Final = re.compile(r"<[^<>]*>")
_SRT_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>|\{\\[^{}]*\}")
_NEGATIVE: Final = re.compile(r"[-−]\s*$")

_NO_TEXT: Final = "This subtitle file is not readable text. Save it as .srt or .vtt in UTF-8 and try again."


def read_subtitles(source: Path | bytes, suffix: str | None = None) -> tuple[Cue, ...]:
    """Return the cues of a .srt or .vtt file in order of time, as plain text.

    Cues may overlap. A start before 0 becomes 0; a cue that ends before it starts, takes no time, or says
    nothing is left out. Line ends inside a cue are kept; tags, entities and control characters are not.
    ``suffix`` is that of a name, where ``source`` is bytes; the format is taken from the content.

    Raises: InputRefused where it is no subtitle file, has no cue, is larger than `MAX_BYTES` or has more
    cues than `MAX_CUES`.
    """
    if isinstance(source, Path):
        suffix = source.suffix if suffix is None else suffix
        source = _content(source)
    if suffix is not None and suffix.lower() not in SUFFIXES:
        raise InputRefused("Subtitles must be a .srt or .vtt file.")
    if len(source) > MAX_BYTES:
        raise InputRefused(f"This subtitle file is too large: at most {MAX_BYTES // 1024**2} MB can be read.")
    text = _decode(source).replace("\r\n", "\n").replace("\r", "\n")
    cues: list[Cue] = []
    for segment, words in _cues(text.split("\n"), web=is_webvtt(text)):
        if segment is not None and words:
            cues.append(Cue(segment, words))
        if len(cues) > MAX_CUES:
            raise InputRefused(f"This subtitle file has too many lines: at most {MAX_CUES:,} can be read.")
    if not cues:
        raise InputRefused("There are no subtitles in this file. It must be a .srt or .vtt file with times.")
    return tuple(sorted(cues, key=lambda cue: cue.segment))


def write_vtt(cues: Iterable[Cue], target: Path) -> None:
    """Write cues as WebVTT, all at once: the file is the old one or the whole new one.

    Raises: StorageFull, StoreError.
    """
    draft = target.with_name(f"{target.name}.{secrets.token_hex(8)}.tmp")
    blocks = ["WEBVTT\n"]
    for cue in cues:
        lines = [html.escape(line, quote=False) for line in cue.text.split("\n") if line.strip()]
        if lines:
            times = f"{_clock(cue.segment.start_ms)} {_ARROW} {_clock(cue.segment.end_ms)}"
            blocks.append("\n".join([times, *lines, ""]))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(blocks))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except OSError as exc:
        raise storage_error(exc) from exc
    finally:
        draft.unlink(missing_ok=True)


def is_webvtt(text: str) -> bool:
    """Return whether a text says of itself that it is WebVTT."""
    return text.lstrip("\ufeff \n").startswith("WEBVTT")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than may be, so that a file that is too large is seen to be.
            return file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise InputRefused(
            f"The subtitle file “{path.name}” cannot be read. Check that it is there."
        ) from exc


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content[:1] == b"\0" or content[1:2] == b"\0":
        # UTF-16 without its mark: these files begin with digits or letters, whose high byte is 0.
        encodings = ["utf-16-be" if content[:1] == b"\0" else "utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputRefused(_NO_TEXT)


def _cues(lines: Iterable[str], *, web: bool) -> Iterator[tuple[Segment | None, str]]:
    """Yield (segment, plain text) per cue; the segment is None where its times make none."""
    segment: Segment | None = None
    words: list[str] | None = None
    for line in lines:
        times = _times(line, web=web) if _ARROW in line else None
        if times is None:
            if words is not None:
                words.append(line)
            continue
        if words is not None:
            yield segment, _plain(words if web else _without_number(words), web=web)
        segment, words = _segment(*times), []
    if words is not None:
        yield segment, _plain(words, web=web)


def _times(line: str, *, web: bool) -> tuple[int, int] | None:
    """Return start and end in ms where the line holds both; a start may be negative."""
    left, _, right = line.partition(_ARROW)
    start, end = _time(left, web=web), _time(right, web=web)
    return None if start is None or end is None else (start, end)


def _time(text: str, *, web: bool) -> int | None:
    text = text.replace(",", ".")
    for form in (WebVTTFormat, SubripFormat) if web else (SubripFormat, WebVTTFormat):
        if (match := form.TIMESTAMP.search(text)) is not None:
            time_ms = form.timestamp_to_ms(match.groups())
            return -time_ms if _NEGATIVE.search(text[: match.start()]) else time_ms
    return None


def _segment(start_ms: int, end_ms: int) -> Segment | None:
    start_ms = max(0, start_ms)
    return Segment(start_ms / 1000, end_ms / 1000) if end_ms > start_ms else None


def _without_number(words: list[str]) -> list[str]:
    """Leave out the number of the next cue, which stands right before its times."""
    return words[:-1] if words and words[-1].strip().isdecimal() else words


def _plain(words: list[str], *, web: bool) -> str:
    shown: list[str] = []
    for line in words:
        if web and not line.strip():
            # In WebVTT an empty line ends a cue; what follows is a note or the next cue's name.
            break
        # SubStation's line end is common in .srt files too.
        for part in [line] if web else line.replace("\\N", "\n").split("\n"):
            bare = html.unescape(_VTT_TAG.sub("", part)) if web else _SRT_TAG.sub("", part)
            if clean := clean_text(bare, limit=None):
                shown.append(clean)
    text = "\n".join(shown)
    return text if len(text) <= MAX_CUE_LENGTH else text[: MAX_CUE_LENGTH - 1].rstrip() + "…"


def _clock(time_ms: int) -> str:
    minutes, rest_ms = divmod(time_ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest_ms // 1000:02d}.{rest_ms % 1000:03d}"

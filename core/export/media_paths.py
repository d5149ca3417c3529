"""Where the editing machine finds the media: the path here, or the same file below another folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from core.export.names import file_name as safe_file_name
from core.model import ExportOptions, Video

_DRIVE: Final = re.compile(r"[A-Za-z]:(?=[\\/]|$)")


def is_windows(path: str) -> bool:
    """Return whether a path begins with a drive (``Z:\\Footage``) or a server (``\\\\nas\\footage``)."""
    return path.startswith("\\\\") or _DRIVE.match(path) is not None


def is_absolute(folder: str) -> bool:
    """Return whether a folder can be found without knowing where one stands."""
    return folder.startswith("/") or is_windows(folder)


@dataclass(frozen=True, slots=True)
class MediaPath:
    """A file as the exported list names it."""

    path: str
    """As its machine writes paths: ``Z:\\Footage\\a.mov``, ``\\\\nas\\film\\a.mov``, ``/Volumes/a.mov``."""
    name: str
    """What people call the file: the last part of the path, for an upload the name that it came with."""
    missing: bool = False
    """Here, no file of this video is where it was."""
    astray: bool = False
    """It was to be relinked and lies outside of the folder that is."""
    copy: bool = False
    """The path is that of the library's own copy, which only machines see that see the data folder."""

    @property
    def shown(self) -> str:
        """Return the path as text; bytes that are none become ``�``."""
        return self.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def url(self, host: str = "") -> str:
        """Return the file URL (RFC 8089); ``host`` is written where the path names no server of its own."""
        if self.path.startswith("\\\\"):
            server, _, rest = self.path[2:].replace("\\", "/").partition("/")
            return f"file://{_quoted(server)}/{_quoted(rest)}"
        if is_windows(self.path):
            below = self.path[2:].replace("\\", "/")
            return f"file://{host}/{self.path[:2]}{_quoted(below)}"
        return f"file://{host}/{_quoted(self.path.removeprefix('/'))}"


def media_path(video: Video, data_folder: Path, options: ExportOptions) -> MediaPath:
    """Return the media of a video as ``options`` want it named.

    That is the original where it was added by its path. The library's own copies (uploads, downloads)
    have names that mean nothing elsewhere, so with relinking they are sought by the name under which
    they arrived.
    """
    path, own = _here(video, data_folder)
    missing = not Path(path).is_file()
    name = _arrival_name(video, path) if own else _last(path)
    if not options.relink_to:
        return MediaPath(path, name, missing, copy=own)
    if own or not options.relink_from:
        return MediaPath(_joined(options.relink_to, name), name, missing)
    rest = _below(path, options.relink_from)
    if rest is None:
        return MediaPath(path, name, missing, astray=True)
    return MediaPath(_joined(options.relink_to, rest), name, missing)


def _here(video: Video, data_folder: Path) -> tuple[str, bool]:
    """Return the path on this machine, and whether it is the library's own copy.

    The original rather than the copy, and one that is there rather than one that is not.
    """
    roots = (data_folder, data_folder.resolve())
    known = [(path, any(Path(path).is_relative_to(root) for root in roots)) for path in video.paths]
    if not known:
        return _arrival_name(video, ""), True
    return min(known, key=lambda place: (not Path(place[0]).is_file(), place[1]))


def _arrival_name(video: Video, path: str) -> str:
    ending = Path(path).suffix
    named = re.sub(r"[/\\\x00]", "_", video.file_name or "")
    return named or safe_file_name(video.title, "" if video.title.endswith(ending) else ending)


def _below(path: str, folder: str) -> str | None:
    """Return what remains of a path below a folder, with ``/`` between; None where it does not lie there."""
    if not is_windows(folder):
        start = f"{folder.rstrip('/')}/"
        return path[len(start) :] if path.startswith(start) else None
    # Windows does not tell Z: from z:, Footage from footage, nor one slash from the other.
    whole, start = path.replace("\\", "/"), folder.replace("\\", "/").rstrip("/") + "/"
    return whole[len(start) :] if whole.lower().startswith(start.lower()) else None


def _joined(folder: str, rest: str) -> str:
    if is_windows(folder):
        return folder.replace("/", "\\").rstrip("\\") + "\\" + rest.replace("/", "\\")
    return f"{folder.rstrip('/')}/{rest}"


def _last(path: str) -> str:
    return (path.replace("\\", "/") if is_windows(path) else path).rstrip("/").rsplit("/", 1)[-1]


def _quoted(path: str) -> str:
    # Bytes of a name that are no text (Linux allows them) are kept as they are.
    return quote(path, safe="/", errors="surrogateescape")

"""Subtitles that arrived before the video that they belong to."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path
from typing import Final

from core.errors import InputRefused
from core.media.incoming import storage_error
from core.media.subtitles import SUFFIXES, read_subtitles

_KEPT_S: Final = 24 * 3600
_ID: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_GONE: Final = "The subtitles for this video are no longer here. Add them again, together with the video."


class WaitingSubtitles:
    """Keeps subtitles for a day below ids that cannot be guessed. Blocking: use it in a worker thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes, suffix: str | None = None) -> str:
        """Return the id of subtitles that can be read; ``suffix`` is that of the name they came under.

        Raises: InputRefused, StorageFull, StoreError.
        """
        read_subtitles(content, suffix)
        subtitles_id = secrets.token_urlsafe(24)
        path = self._folder / f"{subtitles_id}{suffix or SUFFIXES[0]}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._forget_old()
            path.write_bytes(content)
        except OSError as exc:
            path.unlink(missing_ok=True)
            raise storage_error(exc) from exc
        return subtitles_id

    def path(self, subtitles_id: str) -> Path:
        """Return the file of an id. Raises: InputRefused where there is none."""
        if _ID.fullmatch(subtitles_id):
            for suffix in SUFFIXES:
                if (path := self._folder / f"{subtitles_id}{suffix}").is_file():
                    return path
        raise InputRefused(_GONE)

    def forget(self, subtitles_id: str) -> None:
        """Remove the file of an id, where there is one."""
        if _ID.fullmatch(subtitles_id):
            for suffix in SUFFIXES:
                (self._folder / f"{subtitles_id}{suffix}").unlink(missing_ok=True)

    def _forget_old(self) -> None:
        """Remove what was never asked for: its video was refused, or its page was closed."""
        before = time.time() - _KEPT_S
        for suffix in SUFFIXES:
            for path in self._folder.glob(f"*{suffix}"):
                if path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)

"""The zip that clips are carried away in: written straight to disk, as it is, of any size."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from core.media.clipping import Clipped

_PIECE: Final = 1024 * 1024
_ABOUT: Final = "About these clips.txt"


class ClipZip:
    """A zip that grows clip by clip; a text at its end says how each was made.

    ``check`` is called between pieces; what it raises stops the writing.
    """

    def __init__(self, path: Path, check: Callable[[], None]) -> None:
        # Film does not get smaller, so nothing is compressed.
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._check = check
        self._about: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._zip.close()
            return
        try:
            self._zip.close()
        except (OSError, ValueError):
            # A draft that is thrown away need not be closed well; what stopped it is what counts.
            return

    def add(self, clip: Path, name: str, clipped: Clipped) -> None:
        """Put a clip into the zip. Raises: OSError, and whatever ``check`` raises."""
        entry = zipfile.ZipInfo(name, time.localtime()[:6])
        entry.file_size = clip.stat().st_size  # Tells whether the entry needs the large form.
        entry.external_attr = 0o644 << 16
        with clip.open("rb") as source, self._zip.open(entry, "w") as target:
            while piece := source.read(_PIECE):
                self._check()
                target.write(piece)
        way = "copied as it is" if clipped.copied else f"coded anew ({clipped.reason})"
        self._about.append(f"{name}: {clipped.frames} frames, picture {way}")

    def finish(self) -> None:
        """Write the text about the clips."""
        self._zip.writestr(_ABOUT, "\r\n".join([*self._about, ""]))

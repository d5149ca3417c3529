"""The part of the façade that cuts the clips of a shot list into a zip file."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from core.clip_orders import MOST_HANDLES, clip_orders
from core.errors import InputRefused
from core.export.names import file_name
from core.model import ClipRun, ShotList
from core.parts import Parts


class _KeepsShotLists(Protocol):
    @property
    def _parts(self) -> Parts: ...

    def shot_list(self, list_id: str) -> ShotList: ...

    def source_path(self, video_id: str) -> Path: ...


class LibraryClips:
    """Runs that cut clips; they go on whatever page is open, until the library is closed."""

    _parts: Parts

    def start_clips(self: _KeepsShotLists, list_id: str, *, handles: int = 0) -> ClipRun:
        """Begin to cut the shots of a list, with so many frames more on each side; return the run.

        See `core.media.clipping.write_clip`. A shot whose file cannot be had is left out, and the run
        says so. Raises: NotFound, InputRefused for an empty list or handles outside 0 to 1000.
        """
        shots = self.shot_list(list_id)
        if not shots.shots:
            raise InputRefused("This list has no shots yet. Keep some moments in it first.")
        if not 0 <= handles <= MOST_HANDLES:
            raise InputRefused(f"Handles are 0 to {MOST_HANDLES} frames. Choose a smaller number.")
        parts = self._parts
        orders = clip_orders(shots, handles, parts.catalog.find, self.source_path)
        return parts.clips.start(list_id, file_name(f"{shots.name} clips", ".zip"), orders)

    def clip_run(self, run_id: str) -> ClipRun:
        """Return how a run stands. Raises: NotFound."""
        return self._parts.clips.run(run_id)

    def clip_runs(self, list_id: str) -> list[ClipRun]:
        """Return the runs of a list since the library was opened, the newest first; a day at most."""
        return self._parts.clips.runs(list_id)

    def cancel_clips(self, run_id: str) -> None:
        """Stop a run and remove what it has cut. Raises: NotFound."""
        self._parts.clips.cancel(run_id)

    def clips_link(self, run_id: str) -> str:
        """Return a link that downloads the finished zip. Raises: NotFound, MediaMissing."""
        self._parts.clips.file(run_id)
        return self._parts.links.clips(run_id)

    def clips_file(self, run_id: str) -> tuple[Path, str]:
        """Return the finished zip and its name, for the download route. Raises: NotFound, MediaMissing."""
        return self._parts.clips.file(run_id)

"""The part of the façade that writes shot lists for editing programs."""

from __future__ import annotations

from typing import Protocol

from core.export.exporting import export
from core.model import Exported, ExportFormat, ExportOptions, ShotList
from core.parts import Parts


class _KeepsShotLists(Protocol):
    @property
    def _parts(self) -> Parts: ...

    def shot_list(self, list_id: str) -> ShotList: ...


class LibraryExports:
    """Shot lists as files."""

    def export_shots(
        self: _KeepsShotLists,
        list_id: str,
        format: ExportFormat,  # noqa: A002 - the word that people have for it
        options: ExportOptions | None = None,
    ) -> Exported:
        """Return a shot list as a file for an editing program, with remarks on what it cannot hold.

        See `core.export.exporting.export`. Raises: NotFound, InputRefused for an empty list.
        """
        shots = self.shot_list(list_id)
        found = (self._parts.catalog.find(video_id) for video_id in {shot.video_id for shot in shots.shots})
        videos = {video.id: video for video in found if video is not None}
        return export(shots, videos, self._parts.layout.root, format, options)

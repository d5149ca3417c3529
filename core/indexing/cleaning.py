"""Leaving nothing behind: what a crash left half done, and what a deleted video had.

Only what the catalog names as unsettled is removed, and drafts. A file that nobody names is left
alone: a mistaken DATABASE_URL, or a catalog put back from a backup, must not cost anybody the only
copy of an upload.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from core.catalog.catalog import Catalog
from core.errors import StoreError
from core.indexing.files import remove
from core.layout import Layout
from core.vectors.archive import Archive
from core.vectors.port import VectorIndex

log = logging.getLogger(__name__)

_DRAFTS: Final = (".tmp", ".part")
"""How files are named until they are whole."""


def sweep(layout: Layout, catalog: Catalog) -> int:
    """Remove what an earlier process left in the data folder; return how many files and folders.

    For the start, before anything arrives: whatever lies in ``incoming`` or ``exports`` is a leftover then.
    """
    passing = (layout.incoming, layout.exports)
    leftovers = [path for folder in passing for path in folder.glob("*") if path.is_file() or path.is_dir()]
    for folder in (layout.media, layout.originals):
        leftovers += [path for path in folder.rglob("*") if path.suffix in _DRAFTS and path.is_file()]
    removed = sum(remove(path) for path in leftovers)
    for left in catalog.unsettled():
        if catalog.find(left.video_id) is None:
            removed += remove_files(layout, left.video_id)
    catalog.drop_jobs_of_deleted_videos()
    if removed:
        log.info("files.swept count=%d", removed)
    return removed


def remove_files(layout: Layout, video_id: str) -> int:
    """Remove the library's own files of a video; return how many. A file added by its path stays."""
    own = [layout.video_folder(video_id), *layout.originals.glob(f"{video_id}*")]
    return sum(remove(path) for path in own if path.exists())


@dataclass(frozen=True)
class Remover:
    """Deletes videos everywhere, in an order that survives a crash at any moment."""

    catalog: Catalog
    archive: Archive
    index: VectorIndex
    layout: Layout

    def remove_video(self, video_id: str, *, keep_embeddings: bool) -> None:
        """Delete a video: row, jobs, rows of the index, pictures, own copy, and (unless kept) archive.

        A running job is asked to stop; what it still makes is removed when it ends. Where a store
        does not answer, `remove_unsettled` does the rest later. Raises: NotFound.
        """
        self.catalog.forget_video(video_id, keep_embeddings=keep_embeddings)
        log.info("video.deleted video=%s kept=%s", video_id, keep_embeddings)
        try:
            self.remove_unsettled(video_id)
        except StoreError:
            log.warning("video.not_settled video=%s", video_id, exc_info=True)

    def remove_unsettled(self, video_id: str | None = None) -> None:
        """Finish what was begun: for one video, or for all that are noted as unsettled.

        Raises: IndexUnavailable and what else a store says; what is left stays noted.
        """
        for left in self.catalog.unsettled():
            if video_id in (None, left.video_id):
                self._remove(left.video_id, left.keep_embeddings)

    def _remove(self, video_id: str, keep_embeddings: bool) -> None:
        with self.catalog.deciding():
            if self.catalog.find(video_id) is not None:
                # It was added again in the meantime.
                self.catalog.settle(video_id)
                return
            remove_files(self.layout, video_id)
            self.index.delete_video(video_id)
            if not keep_embeddings:
                self.archive.forget(video_id)
            if not self.catalog.jobs(active_only=True, video_id=video_id):
                self.catalog.settle(video_id)

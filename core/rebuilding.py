"""Writing the index anew from archive and catalog. Nothing is embedded, no call is made."""

from __future__ import annotations

import logging

from core.errors import ArchiveDamaged, NotFound
from core.indexing.workbench import video_fields
from core.library_model import RebuildReport
from core.model import Space, Video
from core.parts import Parts

log = logging.getLogger(__name__)


def rebuild_index(parts: Parts) -> RebuildReport:
    """Replace all rows of every space by what the archive holds, and say how many they are.

    A video whose archive file is damaged or gone is queued to be indexed again where that is free, and
    counts as missing in its space elsewhere; one that has never been indexed is left to its job.
    Raises: IndexUnavailable, CatalogUnavailable.
    """
    videos = {video.id: video for video in parts.catalog.videos()}
    written: set[str] = set()
    rows = 0
    for space in parts.spaces.known():
        parts.index.drop(space)
        found = 0
        for entry in parts.catalog.indexed_in(space.key):
            if entry.video_id not in videos:
                continue
            count = _write(parts, space, videos[entry.video_id], entry.recipe)
            if count is not None:
                written.add(entry.video_id)
                found += count
        log.info("index.rebuilt space=%s rows=%d", space.key, found)
        rows += found
    parts.worker.wake()
    return RebuildReport(len(written), rows)


def _write(parts: Parts, space: Space, video: Video, recipe: str) -> int | None:
    try:
        embeddings = parts.archive.read(video.id, space, recipe)
    except (ArchiveDamaged, NotFound):
        log.warning("index.rebuild_without video=%s space=%s", video.id, space.key, exc_info=True)
        parts.catalog.forget_rows(space.key, video.id)
        if space == parts.embedder.space and not parts.embedder.billable:
            parts.catalog.add_job(video.id, force=True)
        return None
    return parts.index.replace_video(space, video_fields(video), embeddings)

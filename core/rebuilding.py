"""Writing the index anew from archive and catalog. Nothing is embedded, no call is made."""

from __future__ import annotations

import logging

from core.errors import ArchiveDamaged, NotFound
from core.indexing.workbench import video_fields
from core.library_model import RebuildReport
from core.model import Video
from core.parts import Parts

log = logging.getLogger(__name__)


def rebuild_index(parts: Parts) -> RebuildReport:
    """Replace all rows of the present space by what the archive holds, and say how many they are.

    A video whose archive file is damaged or gone is queued to be indexed again; one that has never
    been indexed is left to its job. Raises: IndexUnavailable, CatalogUnavailable.
    """
    space = parts.embedder.space
    parts.index.drop(space)
    videos = rows = 0
    for video in parts.catalog.videos():
        if video.space_key != space.key or video.recipe is None:
            continue
        count = _write(parts, video, video.recipe)
        if count is not None:
            videos, rows = videos + 1, rows + count
    parts.worker.wake()
    log.info("index.rebuilt space=%s videos=%d rows=%d", space.key, videos, rows)
    return RebuildReport(videos, rows)


def _write(parts: Parts, video: Video, recipe: str) -> int | None:
    space = parts.embedder.space
    try:
        embeddings = parts.archive.read(video.id, space, recipe)
    except (ArchiveDamaged, NotFound):
        log.warning("index.rebuild_without video=%s", video.id, exc_info=True)
        parts.catalog.add_job(video.id, force=True)
        return None
    return parts.index.replace_video(space, video_fields(video), embeddings)

"""Writing the index anew from archive and catalog. Nothing is embedded, no call is made."""

from __future__ import annotations

import logging

from core.errors import ArchiveDamaged, IndexOutdated, NotFound
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


def mend_index(parts: Parts) -> RebuildReport:
    """Write what the index lacks of the videos that the catalog names as indexed, and say how much it was.

    So an index that another version laid out, or that was lost, comes back by itself, and a process that
    was killed while it did this goes on at the next start. What is there stays as it is.
    Raises: IndexUnavailable, CatalogUnavailable.
    """
    written: set[str] = set()
    rows = 0
    # Spaces that are neither written nor searched wait until they are: opening one costs memory.
    for space in dict.fromkeys((parts.spaces.chosen, parts.spaces.searched())):
        entries = [entry for entry in parts.catalog.indexed_in(space.key) if entry.segment_count]
        present = _present(parts, space) if entries else set()
        lacking = [entry for entry in entries if entry.video_id not in present]
        if not lacking:
            continue
        videos = {video.id: video for video in parts.catalog.videos()}
        log.warning("index.mending space=%s videos=%d of=%d", space.key, len(lacking), len(entries))
        for entry in lacking:
            count = _write(parts, space, videos[entry.video_id], entry.recipe)
            if count is not None:
                written.add(entry.video_id)
                rows += count
        log.info("index.mended space=%s videos=%d", space.key, len(lacking))
    return RebuildReport(len(written), rows)


def _present(parts: Parts, space: Space) -> set[str]:
    """Return the videos that have rows; an index that another version laid out is dropped first."""
    try:
        return parts.index.video_ids(space)
    except IndexOutdated:
        log.warning("index.outdated space=%s", space.key)
        parts.index.drop(space)
        return set()


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

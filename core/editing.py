"""What follows when words about a video, or the way of embedding, change."""

from __future__ import annotations

import logging

from core.catalog.catalog import VideoChanges
from core.indexing.workbench import video_fields
from core.model import Video
from core.parts import Parts

log = logging.getLogger(__name__)


def edit_video(parts: Parts, video_id: str, changes: VideoChanges) -> Video:
    """Change what people wrote about a video and return it. Filters see the change at once, in every space.

    Where the words go into the embeddings (preview engine), the video is indexed again in the
    background; an engine that costs money is never asked by an edit. Raises: NotFound, IndexUnavailable.
    """
    video = parts.catalog.edit_video(video_id, **changes)
    stored = {one.space_key: one.recipe for one in parts.catalog.spaces_of(video_id)}
    for space in parts.spaces.known():
        if space.key in stored:
            parts.index.update_fields(space, video_fields(video))
    recipe = stored.get(parts.embedder.space.key)
    if recipe is not None and not parts.embedder.billable and parts.pipeline.recipe_of(video) != recipe:
        parts.catalog.add_job(video_id)
        parts.worker.wake()
    return parts.catalog.video(video_id)


def refresh_outdated(parts: Parts) -> None:
    """Queue every video that the present engine would embed differently, where that costs nothing.

    A new version of the preview engine, or another length of segments, needs no button to be pressed.
    What would cost money is only offered: see `core.changing_space`.
    """
    if parts.embedder.billable:
        return
    stored = {one.video_id: one.recipe for one in parts.catalog.indexed_in(parts.embedder.space.key)}
    for video in parts.catalog.videos():
        if video.status != "ready" or video.recipe is None:
            continue
        if stored.get(video.id) != parts.pipeline.recipe_of(video):
            parts.catalog.add_job(video.id)
            log.info("video.outdated video=%s", video.id)

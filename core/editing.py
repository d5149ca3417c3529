"""What follows when words about a video, or the way of embedding, change."""

from __future__ import annotations

import logging

from core.catalog.catalog import VideoChanges
from core.model import Video
from core.parts import Parts

log = logging.getLogger(__name__)


def edit_video(parts: Parts, video_id: str, changes: VideoChanges) -> Video:
    """Change what people wrote about a video and return it. Filters see the change at once.

    Where the words go into the embeddings (preview engine), the video is indexed again in the
    background. Raises: NotFound, IndexUnavailable.
    """
    video = parts.catalog.edit_video(video_id, **changes)
    parts.pipeline.refresh_fields(video)
    if video.recipe is not None and parts.pipeline.recipe_of(video) != video.recipe:
        parts.catalog.add_job(video_id)
        parts.worker.wake()
    return parts.catalog.video(video_id)


def refresh_outdated(parts: Parts) -> None:
    """Queue every video that the present engine would embed differently, where that costs nothing.

    A new version of the preview engine, or another length of segments, needs no button to be pressed.
    """
    if parts.embedder.billable:
        return
    space = parts.embedder.space.key
    for video in parts.catalog.videos():
        if video.status != "ready" or video.recipe is None:
            continue
        if video.space_key != space or video.recipe != parts.pipeline.recipe_of(video):
            parts.catalog.add_job(video.id)
            log.info("video.outdated video=%s", video.id)

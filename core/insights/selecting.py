"""Which videos satisfy filters: the same ones that a search with these filters looks into."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.indexing.workbench import video_fields
from core.model import Filters, Video
from core.vectors.fields import conditions, stored_fields


def selected_videos(videos: Iterable[Video], filters: Filters, today: date) -> list[Video]:
    """Return the videos that satisfy the filters, by id. `today` (UTC) is what `last_days` counts from."""
    wanted = conditions(filters.on(today))
    chosen = [video for video in videos if wanted.admit(stored_fields(video_fields(video)))]
    return sorted(chosen, key=lambda video: video.id)

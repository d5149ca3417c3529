"""Which videos satisfy filters: the same ones that a search with these filters looks into."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.catalog.spaces import IndexedIn
from core.indexing.workbench import video_fields
from core.model import Filters, Video
from core.vectors.fields import conditions, stored_fields


def chosen_recipes(
    videos: Iterable[Video], indexed: Iterable[IndexedIn], filters: Filters, today: date
) -> list[tuple[str, str]]:
    """Return the ids of the videos that satisfy the filters and are `indexed`, each with its recipe."""
    recipes = {each.video_id: each.recipe for each in indexed if each.segment_count}
    selected = selected_videos(videos, filters, today)
    return [(video.id, recipes[video.id]) for video in selected if video.id in recipes]


def selected_videos(videos: Iterable[Video], filters: Filters, today: date) -> list[Video]:
    """Return the videos that satisfy the filters, by id. `today` (UTC) is what `last_days` counts from."""
    wanted = conditions(filters.on(today))
    chosen = [video for video in videos if wanted.admit(stored_fields(video_fields(video)))]
    return sorted(chosen, key=lambda video: video.id)

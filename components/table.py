"""Tables for spreadsheets, in which no cell can act as a formula."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.formats import day
from core.cells import csv_of, neutral
from core.model import Video

__all__ = ["HEADINGS", "csv_of", "neutral", "videos_csv"]

HEADINGS: Final = (
    "title",
    "status",
    "duration_s",
    "width",
    "height",
    "frame_rate",
    "category",
    "tags",
    "recorded",
    "added",
    "segments",
    "id",
)


def videos_csv(videos: Iterable[Video]) -> bytes:
    """Return the list of videos as CSV."""
    return csv_of(
        HEADINGS,
        (
            (
                video.title,
                video.status,
                round(video.duration_s, 3),
                video.media.width,
                video.media.height,
                str(video.media.frame_rate),
                video.category,
                ", ".join(video.tags),
                day(video.recorded_at),
                day(video.added_at),
                video.segment_count,
                video.id,
            )
            for video in videos
        ),
    )

"""Between rows of the catalog and the words of `core.model`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from fractions import Fraction
from typing import Any

from core.media.names import clean_text
from core.model import Job, JobState, MediaInfo, Ticket, Video


@dataclass(frozen=True, slots=True)
class NewVideo:
    """What the catalog must be told about a video; ``id`` is made from ``sha256``, see `video_id_of`."""

    id: str
    sha256: str
    size_bytes: int
    title: str
    media: MediaInfo
    path: str
    """Where the file lies for good."""
    category: str | None = None
    tags: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    """None takes the container's creation time."""
    has_subtitles: bool = False
    source_url: str | None = None
    fit: bool = False
    file_name: str | None = None
    """What the file was called when it arrived."""


def video_id_of(sha256: str) -> str:
    """Return the id of the video that has these bytes: 128 bits of their hash, in hex."""
    return sha256[:32]


def clean_title(title: str) -> str:
    """Return a title on one line, without what would act on the display; it may be empty."""
    return clean_text(title, limit=300)


def clean_category(category: str | None) -> str | None:
    """Return a category on one line, None for an empty one."""
    return clean_text(category or "", limit=100) or None


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Return tags on one line each, without empty ones and repetitions, in their order."""
    return list(dict.fromkeys(tag for tag in (clean_text(tag, limit=100) for tag in tags) if tag))


def video_row(new: NewVideo, added_at: datetime) -> dict[str, Any]:
    """Return the columns of a video that has just been added."""
    media = new.media
    return {
        "id": new.id,
        "sha256": new.sha256,
        "size_bytes": new.size_bytes,
        "title": clean_title(new.title) or new.id,
        "category": clean_category(new.category),
        "tags": clean_tags(new.tags),
        "recorded_at": new.recorded_at or media.recorded_at,
        "has_subtitles": new.has_subtitles,
        "source_url": new.source_url,
        "added_at": added_at,
        "duration_s": media.duration_s,
        "width": media.width,
        "height": media.height,
        "frame_rate": str(media.frame_rate),
        "video_codec": media.video_codec,
        "audio_codec": media.audio_codec,
        "container": media.container,
        "rotation": media.rotation,
        "variable_frame_rate": media.variable_frame_rate,
        "container_recorded_at": media.recorded_at,
        "playable": media.playable,
        "start_timecode": media.start_timecode,
        "segment_count": 0,
        "fit": new.fit,
        "file_name": new.file_name,
    }


def as_video(row: Mapping[Any, Any], paths: Sequence[str], status: JobState | None) -> Video:
    """Return the video of a row; ``status`` is the state of its newest job, None where it has none."""
    media = MediaInfo(
        duration_s=row["duration_s"],
        width=row["width"],
        height=row["height"],
        frame_rate=Fraction(row["frame_rate"]),
        video_codec=row["video_codec"],
        audio_codec=row["audio_codec"],
        container=row["container"],
        rotation=row["rotation"],
        variable_frame_rate=row["variable_frame_rate"],
        recorded_at=row["container_recorded_at"],
        playable=row["playable"],
        start_timecode=row["start_timecode"],
    )
    return Video(
        id=row["id"],
        title=row["title"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        media=media,
        added_at=row["added_at"],
        category=row["category"],
        tags=tuple(row["tags"]),
        recorded_at=row["recorded_at"],
        indexed_at=row["indexed_at"],
        paths=tuple(paths),
        file_name=row["file_name"],
        source_url=row["source_url"],
        has_subtitles=row["has_subtitles"],
        fit=row["fit"],
        status=status or ("ready" if row["indexed_at"] else "queued"),
        recipe=row["recipe"],
        space_key=row["space_key"],
        segment_count=row["segment_count"],
    )


def job_row(job: Job) -> dict[str, Any]:
    """Return the columns of a job."""
    row = {field.name: getattr(job, field.name) for field in fields(job)}
    return row | {"ticket": asdict(job.ticket)}


def as_job(row: Mapping[Any, Any]) -> Job:
    """Return the job of a row. A ticket written by a later version loses what this one does not know."""
    known = {field.name for field in fields(Ticket)}
    ticket = Ticket(**{name: value for name, value in row["ticket"].items() if name in known})
    return Job(**{**row, "ticket": ticket})

"""The list of videos and downloads on the library page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from components.assets import build
from components.clock import clock
from components.formats import STATES, counted, day, resolution
from core.model import RUNNING_STATES

if TYPE_CHECKING:
    from core.library import Library
    from core.model import Job, Video

Verb = Literal["open", "edit", "reindex", "delete", "cancel", "retry", "fit"]

_list: Final = build(
    "videolist",
    "shared/dom.js",
    "videolist/videolist.js",
    css=("shared/base.css", "videolist/videolist.css"),
)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody asked to be done to a row."""

    verb: Verb
    video_id: str | None
    job_id: str | None


def video_list(rows: Iterable[Mapping[str, Any]], *, key: str = "videolist") -> Act | None:
    """Draw rows made by `video_row` and `download_row`; return what was asked for in this run."""
    answer = _list(key=key, data={"rows": [dict(row) for row in rows]}, on_asked_change=_nothing)
    asked = answer.asked
    return Act(cast(Verb, asked["verb"]), asked["video_id"], asked["job_id"]) if asked else None


def video_row(
    library: Library, video: Video, job: Job | None, *, waits: bool = False, missing: bool = False
) -> dict[str, Any]:
    """Return the row of a video; ``job`` is its newest one, which ``waits`` before what costs money.

    ``missing`` marks a video whose file is not where it was.
    """
    about = [
        resolution(video.media.width, video.media.height),
        video.category or "",
        ", ".join(video.tags),
        day(video.recorded_at),
    ]
    segments = counted(video.segment_count, "segment") if video.status == "ready" else ""
    return {
        "id": video.id,
        "video_id": video.id,
        "title": video.title,
        "about": " · ".join(part for part in about if part),
        "duration": clock(video.duration_s),
        "poster": library.poster_link(video.id),
        "missing": missing,
        **_standing(job, "queued" if waits else video.status, segments),
        "verbs": _verbs(library, job, video),
    }


def download_row(job: Job) -> dict[str, Any]:
    """Return the row of a download that is not a video yet."""
    return {
        "id": job.id,
        "video_id": None,
        "title": job.title or job.source_url or "Download",
        "about": job.source_url or "",
        "duration": "",
        "poster": None,
        "missing": False,
        **_standing(job, job.state, ""),
        "verbs": ["retry"] if job.ended else ["cancel"],
    }


def _standing(job: Job | None, status: str, segments: str) -> dict[str, Any]:
    name = STATES[status]  # type: ignore[index]  # a status is always a job state
    active = status == "queued" or status in RUNNING_STATES
    progress = job.progress if job is not None and status in RUNNING_STATES else None
    kind = "failed" if status == "failed" else "active" if active else "calm"
    if segments:
        name = f"{name} · {segments}"
    elif progress:
        name = f"{name} {progress:.0%}"
    return {
        "state": name,
        "kind": kind,
        "progress": progress,
        "message": (job.message or "") if job is not None and status != "ready" else "",
        "job_id": job.id if job is not None else None,
    }


def _verbs(library: Library, job: Job | None, video: Video) -> list[Verb]:
    if job is not None and not job.ended:
        return ["cancel", "edit", "delete"]
    if job is not None and video.status in ("failed", "cancelled"):
        fits: list[Verb] = ["fit"] if video.status == "failed" and library.fit_helps(video.id) else []
        return [*fits, "retry", "edit", "delete"]
    return ["edit", "reindex", "delete"]


def _nothing() -> None:
    """A trigger needs a callback; running the page again is all that it has to do."""

"""What a run of clips cuts: shots of a list as files with names, out of videos that may be gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import CuepointError, NotFound
from core.export.names import file_name
from core.model import MediaInfo, Segment, Shot, ShotList, Video
from core.timecode import clock_of

MOST_HANDLES: Final = 1000


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """One clip to be cut."""

    name: str
    """Of the file in the zip."""
    title: str
    segment: Segment
    media: MediaInfo | None
    """None where the video is no longer in the library."""
    find_source: Callable[[], Path]
    """Returns the source as it lies when its turn comes. Raises: NotFound, MediaMissing."""


def clip_orders(
    shots: ShotList,
    handles: int,
    find_video: Callable[[str], Video | None],
    find_source: Callable[[str], Path],
) -> list[ClipOrder]:
    """Return the clips of a list in its order, with ``handles`` frames more on each side.

    Handles end where the film does. ``find_source`` is asked only when a clip's turn comes.
    """
    digits = max(2, len(str(len(shots.shots))))
    return [
        _order(f"{number:0{digits}d}", shot, handles, find_video(shot.video_id), find_source)
        for number, shot in enumerate(shots.shots, 1)
    ]


def _order(
    number: str, shot: Shot, handles: int, video: Video | None, find_source: Callable[[str], Path]
) -> ClipOrder:
    if video is None:
        return ClipOrder(file_name(f"{number} {shot.title}", ".mp4"), shot.title, shot.segment, None, _gone)
    clock = clock_of(video.media)
    first, after = clock.frames(shot.start_s, shot.end_s)
    _, length = clock.frames(0.0, video.media.duration_s)
    first = max(0, min(first, length - 1) - handles)
    after = min(length, max(after, first + 1) + handles)
    label = clock.label(first).replace(":", "-").replace(";", "-")
    # The timecode stands before what may be cut off of a long title, so it is always whole.
    name = file_name(f"{number} {_fitted(video.title)} {label}", ".mp4")
    segment = Segment(clock.seconds_at(first), clock.seconds_at(after))
    return ClipOrder(name, video.title, segment, video.media, lambda: find_source(video.id))


def _fitted(title: str) -> str:
    """Return as much of a title as leaves room in a file's name for number and timecode."""
    return title.encode()[:120].decode(errors="ignore").strip()


def _gone() -> Path:
    raise NotFound("This video is no longer in the library. Add it again, or take the shot off the list.")


def left_out(skipped: list[tuple[ClipOrder, CuepointError]], total: int) -> str | None:
    """Return the sentence about clips that are missing from the zip, None where none is."""
    if not skipped:
        return None
    order, reason = skipped[0]
    if total == len(skipped) == 1:
        return reason.message
    count = "One clip was" if len(skipped) == 1 else f"{len(skipped)} of {total} clips were"
    return f"{count} left out. “{order.title}”: {reason.message}"

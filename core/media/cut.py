"""Cutting a stretch out of a video, exact to the frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av

from core.isolation import Bounds, run_isolated
from core.media.coding import CodedPicture, CodedSound
from core.media.decoding import OpenVideo
from core.media.failures import media_errors
from core.media.sounding import sound_decodes
from core.media.tracks import MP4_OPTIONS, Track, mux
from core.media.writing import written_whole

if TYPE_CHECKING:
    from core.model import MediaInfo, Segment

# Thirty seconds, the longest sample clip an engine takes, stay below 24 MB with their sound.
_MOST_BITS_PER_S: Final = 6_000_000


def cut_clip(source: Path, target: Path, segment: Segment, media: MediaInfo) -> None:
    """Write ``[start_s, end_s)`` of a video as an MP4 of its own (H.264, AAC, upright, at most 1080p).

    Its first frame is the one on screen at the start; its time 0 is the segment's start.

    Raises: MediaError, MediaMissing, MediaTimeout, StorageFull; then there is no file.
    """
    with written_whole(target) as draft:
        request = {
            "source": str(source.absolute()),
            "draft": str(draft.absolute()),
            "start_s": segment.start_s,
            "end_s": min(segment.end_s, max(media.duration_s, segment.start_s + 0.001)),
        }
        bounds = Bounds(timeout_s=300 + 30 * segment.duration_s, idle_timeout_s=300)
        run_isolated("media.cut", request, bounds=bounds)


def cut_request(request: dict[str, Any], report: Callable[[float], None]) -> None:
    """Write the clip that the request asks for, inside the child process."""
    source, start_s, end_s = Path(request["source"]), request["start_s"], request["end_s"]
    with (
        media_errors(source),
        OpenVideo(source, all_cores=True) as picture,
        OpenVideo(source) as sound,
        av.open(request["draft"], "w", format="mp4", container_options=MP4_OPTIONS) as container,
    ):
        tracks: list[Track] = [
            CodedPicture(container, picture, start_s=start_s, end_s=end_s, most_bits_per_s=_MOST_BITS_PER_S)
        ]
        if sound_decodes(source):
            tracks.append(CodedSound(container, sound, start_s=start_s, end_s=end_s))
        mux(container, tracks, end_s - start_s, report)

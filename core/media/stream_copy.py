"""Copying a stretch of a film as it is, where that is exact to the frame.

It is where In is an IDR frame (nothing after it refers to what is before it) and no frame that is kept was
coded after one that is not (nothing kept refers to what is left out). Only H.264 that any program and
browser takes, upright, with square pixels, is copied; everything else is coded anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame

from core.media.containers import codec_name, packets_of
from core.media.copying import CopiedPicture, NotCopyable, check_copy, length_bytes_of, unit_kinds
from core.media.decoding import OpenVideo, Shown
from core.media.faithful import Faithful
from core.media.orientation import Orientation, orientation_of
from core.media.playable import Coding, fits_mp4

_IDR: Final = 5
_SAME_TIME_S: Final = 1e-6
_EARLIER_S: Final = (0.0, 1.0, 5.0)
# H.264 reorders at most sixteen frames: after so many from beyond Out none comes from before it.
_AFTER_OUT: Final = 17


@dataclass(frozen=True, slots=True)
class Stretch:
    """Packets that can be copied: so many in the order of the file, the first of them shown at In."""

    first: int
    """Time of the first packet, in the stream's own time base."""
    count: int
    start_s: float
    end_s: float


def copied_picture(
    container: OutputContainer, video: OpenVideo, stretch: Stretch, faithful: Faithful
) -> CopiedPicture:
    """Return the stretch as a track of the new file."""
    packets = _from_key_frame(video, stretch.first, stretch.start_s)
    return CopiedPicture(
        container,
        video,
        packets=islice(packets, stretch.count),
        starts_s=stretch.start_s,
        ends_s=stretch.end_s - stretch.start_s,
        faithful=faithful,
    )


def find_stretch(source: Path, start_s: float, end_s: float, faithful: Faithful) -> Stretch:
    """Return what can be copied for ``[start_s, end_s)``.

    Raises: NotCopyable with the reason where a copy would not be exact.
    """
    with OpenVideo(source) as video:
        length_bytes = length_bytes_of(video)
        if length_bytes is None:
            raise NotCopyable("not H.264 as MP4 holds it")
        _check_look(video.shown_at(start_s), video)
        meant_s = start_s + faithful.slack_s
        times = _times_around(video, meant_s, end_s + faithful.slack_s)
        first = max((pts for pts in times if video.time_of(pts) <= meant_s + _SAME_TIME_S), default=None)
        if first is None:
            raise NotCopyable("no frame is shown at In")
        start_s, end_s = faithful.moved_to(video.time_of(first), start_s, end_s)
        if abs(video.time_of(first) - start_s) > _SAME_TIME_S:
            raise NotCopyable("no frame begins at In")
        from_first = times[times.index(first) :]
        kept = [
            number for number, pts in enumerate(from_first) if video.time_of(pts) < end_s - faithful.slack_s
        ]
        if min(from_first) < first:
            raise NotCopyable("frames from before In are coded after it")
        if kept != list(range(len(kept))):
            raise NotCopyable("frames before Out refer to frames after it")
        packet = next(_from_key_frame(video, first, meant_s))
        if _IDR not in (unit_kinds(packet, length_bytes) or ()):
            raise NotCopyable("In is no IDR frame")
        return Stretch(first, len(kept), start_s, end_s)


def check_pictures(source: Path, copy: Path, film: CopiedPicture, stretch: Stretch) -> None:
    """Raise NotCopyable unless the copy decodes as a whole, with the source's frames at both ends."""
    check_copy(copy, sorted(film.times_s))
    with OpenVideo(copy, all_cores=True) as copied, OpenVideo(source) as video:
        first = last = None
        count = 0
        for shown in copied.frames():
            first, last, count = first or shown, shown, count + 1
        if first is None or last is None or count != stretch.count or copied.damage:
            raise NotCopyable("the copy does not decode as a whole")
        for shown in (first, last):
            original = video.shown_at(shown.at_s + stretch.start_s + 0.002)
            if original is None or not _equal(original.frame, shown.frame):
                raise NotCopyable("the copy shows other frames than the source")


def _check_look(shown: Shown | None, video: OpenVideo) -> None:
    if shown is None:
        raise NotCopyable("nothing can be decoded at In")
    if not fits_mp4(Coding("", codec_name(video.picture) or "", shown.frame.format.name, None)):
        raise NotCopyable("not every program reads this kind of H.264")
    aspect = video.picture.sample_aspect_ratio
    if orientation_of(shown.frame) != Orientation() or aspect not in (None, 0, 1):
        raise NotCopyable("the picture has to be turned or stretched")


def _times_around(video: OpenVideo, start_s: float, end_s: float) -> list[int]:
    """Return the times of the packets from a key frame not after the start until after the end."""
    times: list[int] = []
    for earlier_s in _EARLIER_S:
        video.seek(max(0.0, start_s - earlier_s))
        times = list(_times_until(video, end_s))
        if times and video.time_of(times[0]) <= start_s:
            break
    return times


def _times_until(video: OpenVideo, end_s: float) -> Iterator[int]:
    after = 0
    for packet in packets_of(video.container, video.picture):
        if packet.size == 0:
            continue
        if packet.pts is None or packet.is_corrupt or packet.is_discard:
            raise NotCopyable("a packet without a time, hidden, or damaged")
        yield packet.pts
        after = after + 1 if video.time_of(packet.pts) >= end_s else 0
        if after >= _AFTER_OUT:
            return


def _from_key_frame(video: OpenVideo, first: int, at_s: float) -> Iterator[Packet[Any]]:
    """Yield the packets from the key frame on that is shown at this time."""
    for earlier_s in _EARLIER_S:
        video.seek(max(0.0, at_s - earlier_s))
        begun = False
        for packet in packets_of(video.container, video.picture):
            if packet.size == 0:
                continue
            begun = begun or (packet.pts == first and packet.is_keyframe)
            if begun:
                yield packet
            elif packet.pts is not None and video.time_of(packet.pts) > at_s + 1.0:
                break
        if begun:
            return
    raise NotCopyable("In is no key frame")


def _equal(one: VideoFrame, other: VideoFrame) -> bool:
    return one.format.name == other.format.name and bool((one.to_ndarray() == other.to_ndarray()).all())

"""Reading the frames on screen at many times, with as little decoding as the file allows.

Runs in the child process of `core.isolation` (tests excepted).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame

from core.media.containers import packets_of
from core.media.decoding import MOST_PIXELS, OpenVideo, Shown
from core.media.stills import Walk

log = logging.getLogger(__name__)

_SAME_TIME_S: Final = 1e-6
_HD_PIXELS: Final = 1920 * 1088
_MOST_THREADS: Final = 2
_BEFORE_DAMAGE_S: Final = 2.0
_MOST_WAITING_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A time that is asked for, and when its frame appears, None where the packets do not say."""

    at_s: float
    appears_s: float | None
    is_doubtful: bool
    """True where the file is damaged shortly before, which a decoder may paint over without a word."""


class _Doubt:
    """Where what the decoder gives cannot be trusted: from damage to the second key frame after it.

    The first may be damaged itself: what is left of a packet is counted to the next one.
    """

    def __init__(self) -> None:
        self._from_s, self._to_s = float("inf"), float("-inf")
        self._key_frames = 0

    def damaged(self, at_s: float) -> None:
        if self._to_s < at_s:
            self._from_s = at_s
        self._to_s, self._key_frames = float("inf"), 2

    def key_frame(self, at_s: float) -> None:
        self._key_frames -= 1
        if self._key_frames == 0:
            self._to_s = at_s

    def covers(self, at_s: float) -> bool:
        return self._from_s <= at_s < self._to_s


class SparseReading:
    """Goes through a video once, for the frames at rising times.

    Packets wait until it is known which of them is on screen at the next time. What a later key frame
    makes needless is never decoded, and of the others those to which no frame refers are stepped over.
    Where a frame that should be there is damaged, the nearest good one is looked for by itself.
    """

    def __init__(self, video: OpenVideo, path: Path) -> None:
        self._video, self._path = video, path
        self._packets = packets_of(video.container, video.picture)
        self._ended = False
        self._waiting: list[Packet[Any]] = []
        self._waiting_bytes = 0
        self._handed_s: list[float] = []
        """When the frames appear that the decoder was given and that may be wanted yet."""
        self._read_to_s = float("-inf")
        """No packet that is still to come appears before this."""
        self._in_fields = False
        self._wanted: deque[_Wanted] = deque()
        self._last: Shown | None = None
        self._doubt = _Doubt()
        self._mending: tuple[OpenVideo, Walk] | None = None
        if video.sound is not None:
            video.sound.discard = Discard.all
        # Every thread holds frames of its own, and small pictures are not worth much memory.
        small = video.picture.width * video.picture.height <= _HD_PIXELS
        video.picture.thread_type = "AUTO" if small else "SLICE"
        video.picture.thread_count = _MOST_THREADS

    def close(self) -> None:
        if self._mending is not None:
            self._mending[0].container.close()

    def frames_at(self, times_s: Iterable[float]) -> Iterator[VideoFrame]:
        """Yield for each time, in order, the frame on screen: the last one not after it.

        Before the first frame it is the first. Raises: MediaError where nothing can be decoded.
        """
        for at_s in times_s:
            yield from self._read_to(at_s)
            yield from self._want(at_s)
        yield from self._decoded(None)
        while self._wanted:
            yield self._settled(self._wanted.popleft())

    # -- packets --

    def _read_to(self, at_s: float) -> Iterator[VideoFrame]:
        """Read until it is known which frame is on screen at this time."""
        self._start_at_key_frame(at_s)
        while self._read_to_s <= at_s + _SAME_TIME_S and not self._ended:
            packet = next(self._packets, None)
            if packet is None:
                self._ended = True
                return
            if packet.size == 0:
                continue
            self._waiting.append(packet)
            self._waiting_bytes += packet.size
            if packet.pts is None or packet.dts is None:
                # Nobody can tell where it belongs, so all of them are decoded.
                yield from self._hand(len(self._waiting), None)
                if self._last is not None:
                    self._read_to_s = max(self._read_to_s, self._last.at_s)
                continue
            self._read_to_s = max(self._read_to_s, self._video.time_of(packet.dts))
            if packet.is_corrupt:
                self._doubt.damaged(self._time_of(packet))
            elif packet.is_keyframe:
                self._doubt.key_frame(self._time_of(packet))
            if packet.is_keyframe:
                self._start_at_key_frame(at_s)
            if self._waiting_bytes > _MOST_WAITING_BYTES:
                yield from self._hand(len(self._waiting), self._appears(at_s))

    def _start_at_key_frame(self, at_s: float) -> None:
        """Let go of what the last key frame up to this time makes needless.

        The decoder goes on as it is: where the key frame is damaged, it patches it with what came before.
        """
        for place in range(len(self._waiting) - 1, 0, -1):
            packet = self._waiting[place]
            if packet.is_keyframe and self._time_of(packet) <= at_s + _SAME_TIME_S:
                del self._waiting[:place]
                self._waiting_bytes = sum(left.size for left in self._waiting)
                return

    def _want(self, at_s: float) -> Iterator[VideoFrame]:
        appears_s = self._appears(at_s)
        is_doubtful = appears_s is not None and self._doubt.covers(appears_s)
        self._wanted.append(_Wanted(at_s, appears_s, is_doubtful))
        if appears_s is not None:
            places = [k for k, packet in enumerate(self._waiting) if self._time_of(packet) == appears_s]
            yield from self._hand(places[-1] + 1 if places else 0, appears_s)
        yield from self._settled_by(None)

    def _appears(self, at_s: float) -> float | None:
        """Return when the frame at this time appears, as far as packets were read."""
        times = [*self._handed_s, *(self._time_of(packet) for packet in self._waiting if _shows(packet))]
        before = [time for time in times if time <= at_s + _SAME_TIME_S]
        appears_s = max(before) if before else min(times, default=None)
        if before:
            self._handed_s = [time for time in self._handed_s if time >= max(before)]
        return appears_s

    def _time_of(self, packet: Packet[Any]) -> float:
        return self._video.time_of(packet.pts) if packet.pts is not None else float("inf")

    # -- decoding --

    def _hand(self, count: int, from_s: float | None) -> Iterator[VideoFrame]:
        """Give the decoder so many of the packets; those before a time only as far as others need them."""
        packets, self._waiting = self._waiting[:count], self._waiting[count:]
        context = self._video.picture.codec_context
        for packet in packets:
            self._waiting_bytes -= packet.size
            appears_s = self._time_of(packet)
            needless = from_s is not None and appears_s < from_s and not self._in_fields
            context.skip_frame = "NONREF" if needless else "DEFAULT"
            if _shows(packet) and packet.pts is not None and not needless:
                self._handed_s.append(appears_s)
            yield from self._decoded(packet)

    def _decoded(self, packet: Packet[Any] | None) -> Iterator[VideoFrame]:
        try:
            frames = self._video.picture.codec_context.decode(packet)
        except (EOFError, av.FFmpegError) as exc:
            if isinstance(exc, MemoryError):
                raise
            log.debug("media.frame_damaged kind=%s", type(exc).__name__)
            if packet is not None and packet.pts is not None:
                self._doubt.damaged(self._time_of(packet))
            return
        for frame in frames:
            if frame.is_corrupt or frame.width * frame.height > MOST_PIXELS:
                continue
            self._in_fields = self._in_fields or frame.interlaced_frame
            timestamp = frame.pts if frame.pts is not None else frame.dts
            if timestamp is not None:
                at_s = self._video.time_of(timestamp)
            else:
                at_s = self._last.at_s + self._video.frame_s if self._last is not None else 0.0
            yield from self._settled_by(Shown(frame, at_s))

    # -- what was asked for --

    def _settled_by(self, shown: Shown | None) -> Iterator[VideoFrame]:
        """Yield the frames that are certain now that this one came."""
        while shown is not None and self._wanted and shown.at_s > self._wanted[0].at_s + _SAME_TIME_S:
            if self._last is None or (self._wanted[0].appears_s or 0.0) > self._wanted[0].at_s:
                self._last = shown
            yield self._settled(self._wanted.popleft())
        self._last = shown or self._last
        while self._wanted and self._last is not None and self._wanted[0].appears_s == self._last.at_s:
            yield self._settled(self._wanted.popleft())

    def _settled(self, wanted: _Wanted) -> VideoFrame:
        missing_s = self._video.frame_s * 1.5  # Two fields, or a hidden frame and its twin, come as one.
        good = not wanted.is_doubtful and (
            wanted.appears_s is None
            or (self._last is not None and abs(wanted.appears_s - self._last.at_s) <= missing_s)
        )
        if good and self._last is not None:
            return self._last.frame
        if self._mending is None:
            again = OpenVideo(self._path)
            self._mending = again, Walk(again)
            # From a little before: what is missing is then patched with what was on screen, not with black.
            self._mending[1].shown_at(max(0.0, wanted.at_s - _BEFORE_DAMAGE_S))
        return self._mending[1].shown_at(wanted.at_s).frame


def _shows(packet: Packet[Any]) -> bool:
    """Return whether the frame of a packet is ever on screen; an edit may cut it off."""
    return not packet.is_discard

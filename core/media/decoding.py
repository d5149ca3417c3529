"""Reading the frames of a video by time.

Runs in the child process of `core.isolation` (tests excepted). Time 0 is the container's start, the
zero of the browser's ``currentTime``; all positions are timestamps, frames are never counted.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
from av.stream import Discard, Stream
from av.video.frame import VideoFrame

from core.media.containers import open_container, origin_of, packets_of, picture_of, sound_of

log = logging.getLogger(__name__)

MOST_PIXELS: Final = 8192 * 8192
"""No frame larger than this is ever decoded, whatever the settings allow."""

_MOST_THREADS: Final = 6
_TRIED_PACKETS: Final = 250
_TRIED_FRAMES: Final = 100
_TRIED_EARLIER_S: Final = (0.0, 1.0, 5.0)
_NEAR_S: Final = 0.5
_EARLIER_S: Final = (0.0, 1.0, 5.0, 30.0)
_SAME_TIME_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded frame and the time at which it appears."""

    frame: VideoFrame
    at_s: float


class OpenVideo:
    """A video that is open for reading. Use it in a ``with``; it is good for one thread.

    ``all_cores`` decodes several frames at once: right for reading a whole film, a waste where one
    frame is wanted.

    Raises: av.FFmpegError where the file cannot be opened, ValueError where it has no film.
    """

    def __init__(self, path: Path, *, most_pixels: int = MOST_PIXELS, all_cores: bool = False) -> None:
        self.container = open_container(path)
        picture = picture_of(self.container)
        if picture is None or picture.codec_context is None or picture.time_base is None:
            self.container.close()
            raise ValueError("no film in this file")
        self.picture = picture
        self.sound = sound_of(self.container)
        self.origin_s = origin_of(self.container)
        self.frame_s = float(1 / (picture.average_rate or picture.guessed_rate or 25))
        self._path, self._all_cores, self._started = path, all_cores, False
        self.damage = 0
        """Packets of the film that could not be decoded so far."""
        self._most_pixels = min(most_pixels, MOST_PIXELS)
        picture.codec_context.options = {"max_pixels": str(self._most_pixels)}
        picture.thread_type = "AUTO" if all_cores else "SLICE"
        # Each thread holds frames of its own; a large film on many cores must not run out of memory.
        picture.thread_count = min(_MOST_THREADS, os.cpu_count() or 1)
        for stream in self.container.streams:
            if stream not in (self.picture, self.sound):
                stream.discard = Discard.all

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.container.close()

    # -- positions --

    def time_of(self, timestamp: int, stream: Stream | None = None) -> float:
        """Return the seconds that a timestamp of a stream (the film's by default) stands for."""
        base = (stream or self.picture).time_base or Fraction(1, av.time_base)
        return float(timestamp * base - self.origin_s)

    def lasts_s(self, duration: int | None) -> float:
        """Return how long a frame of the film is on screen, given its duration in the file.

        Containers count durations in coding order, so where frames are reordered the usual one is nearer.
        """
        if not duration or self.picture.codec_context.reorder_depth > 0:
            return self.frame_s
        return float(duration * (self.picture.time_base or 0))

    def seek(self, at_s: float, stream: Stream | None = None) -> bool:
        """Go to the last key frame that is not after this time; return whether the file can do that."""
        self._started = True
        stream = stream or self.picture
        offset = int((at_s + float(self.origin_s)) / (stream.time_base or 1))
        try:
            self.container.seek(offset, stream=stream, backward=True)
        except MemoryError:
            raise
        except av.FFmpegError:
            return False
        return True

    def decoded_near(self, at_s: float) -> Shown | None:
        """Return a good frame before this time, from which it can be reached; None where there is none.

        Decodes on to the time itself, so that `damage` counts what is wrong on the way.
        """
        damage = self.damage
        for earlier_s in _TRIED_EARLIER_S:
            start_s = max(0.0, at_s - earlier_s)
            if not self.seek(start_s) and start_s > 0:
                return None
            first, last_s = self._tried(at_s)
            # A transport stream's seek may land between key frames, where nothing can be decoded.
            if first is not None and (earlier_s == 0 or last_s >= at_s - _NEAR_S):
                return first
            if start_s == 0:
                return None
            self.damage = damage
        return None

    def _tried(self, at_s: float) -> tuple[Shown | None, float]:
        first, last_s = None, 0.0
        for number, shown in enumerate(self.frames(most_packets=_TRIED_PACKETS)):
            first, last_s = first or shown, shown.at_s
            if shown.at_s >= at_s or number >= _TRIED_FRAMES:
                break
        return first, last_s

    # -- frames --

    def frames(self, *, most_packets: int | None = None) -> Iterator[Shown]:
        """Yield the frames from here to the end as they appear, without those that are damaged."""
        context = self.picture.codec_context
        previous = -self.frame_s
        for packet in islice(packets_of(self.container, self.picture), most_packets):
            try:
                frames = context.decode(packet)
            except EOFError:
                return
            except MemoryError:
                raise
            except av.FFmpegError as exc:
                log.debug("media.frame_damaged kind=%s", type(exc).__name__)
                self.damage += 1
                continue
            for frame in frames:
                if frame.is_corrupt or frame.width * frame.height > self._most_pixels:
                    continue
                # Old containers (AVI) give decoding times only.
                timestamp = frame.pts if frame.pts is not None else frame.dts
                at_s = self.time_of(timestamp) if timestamp is not None else previous + self.frame_s
                previous = at_s
                yield Shown(frame, at_s)

    def frames_from(self, at_s: float) -> Iterator[Shown]:
        """Yield frames from the one that is on screen at this time: the last one not after it.

        Before the first frame it is the first; where the file is damaged there, the nearest good
        frame before, or else after.
        """
        for earlier_s in _EARLIER_S:
            start_s = max(0.0, at_s - earlier_s)
            if not self.seek(start_s):
                break
            frames = self._last_not_after(at_s, self.frames())
            first = next(frames, None)
            if first is not None and first.at_s <= at_s + _SAME_TIME_S:
                yield first
                yield from frames
                return
            if start_s == 0:
                break
        yield from self._last_not_after(at_s, self._frames_from_start())

    def shown_at(self, at_s: float) -> Shown | None:
        """Return the frame that is on screen at this time, None where nothing can be decoded."""
        return next(self.frames_from(at_s), None)

    def _frames_from_start(self) -> Iterator[Shown]:
        # Opened again where it was read before: some files cannot seek at all, and a transport
        # stream's seek to its start may pass the first key frame.
        if not self._started:
            self._started = True
            yield from self.frames()
            return
        with OpenVideo(self._path, most_pixels=self._most_pixels, all_cores=self._all_cores) as again:
            yield from again.frames()

    @staticmethod
    def _last_not_after(at_s: float, frames: Iterator[Shown]) -> Iterator[Shown]:
        held: Shown | None = None
        for shown in frames:
            if held is not None and shown.at_s > at_s + _SAME_TIME_S:
                yield held
                yield shown
                yield from frames
                return
            held = shown
            if shown.at_s > at_s + _SAME_TIME_S:
                break
        if held is not None:
            yield held
        yield from frames

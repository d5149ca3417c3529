"""Tracks that are coded anew: H.264 for the picture, AAC for the sound."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from core.media.decoding import OpenVideo, Shown
from core.media.faithful import Faithful
from core.media.orientation import displayed_size, orientation_of
from core.media.redrawing import Look, Redrawing, is_high_dynamic
from core.media.sounding import SOUND_RATE, sound_frames
from core.media.tracks import Timed

if TYPE_CHECKING:
    from core.media.fitting import Fitting

_TICKS: Final = 90000
_LINES: Final = 1080
_HDR_LINES: Final = 720  # Bringing down the dynamic range of 1080 lines runs at a third of real time.
_KEY_EVERY_S: Final = 1
_MOST_THREADS: Final = 8


class CodedPicture:
    """The film as H.264, 8 bits, at most 1080 lines (HDR 720), upright, each frame at the time it had.

    Only ``[start_s, end_s)`` of it where they are given; its first frame is the one on screen at the
    start. With a ``fitting`` it is as large as that says instead (HDR still at most 720 lines). Where it is
    ``faithful`` it is as large as the source, HDR too, with hardly any loss.
    """

    def __init__(
        self,
        container: OutputContainer,
        video: OpenVideo,
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
        most_bits_per_s: int | None = None,
        fitting: Fitting | None = None,
        faithful: Faithful | None = None,
    ) -> None:
        self._slack_s = faithful.slack_s if faithful else 0.0
        frames = video.frames_from(start_s + self._slack_s)
        first = next(frames, None)
        if first is None:
            raise ValueError("no frame can be decoded")
        self._frames = chain([first], frames)
        if faithful is not None and end_s is not None:
            start_s, end_s = faithful.moved_to(first.at_s, start_s, end_s)
        self._video, self.start_s, self.end_s, self._faithful = video, start_s, end_s, faithful
        self.count = 0
        """How many frames were taken so far."""
        size = displayed_size(first.frame, video.picture.sample_aspect_ratio, orientation_of(first.frame))
        if faithful is not None:
            look = faithful.look(size)
        else:
            look = _look(size, _HDR_LINES if is_high_dynamic(first.frame) else None, fitting)
        self._ticks = look.time_base.denominator
        self._redrawing = Redrawing(look)
        width, height = look.canvas or (look.width, look.height)
        self._stream = self._add_stream(container, width, height, most_bits_per_s)
        self._next_key_s = 0.0
        self._ends_s = 0.0

    def _add_stream(
        self, container: OutputContainer, width: int, height: int, most_bits_per_s: int | None
    ) -> VideoStream:
        options = {
            "preset": "veryfast",
            "crf": "21" if self._faithful is None else self._faithful.crf,
            "profile": "high",
            # Without B-frames decoding and showing are in one order, so times need no edit list.
            "bf": "0",
            "forced-idr": "1",
            "threads": str(min(_MOST_THREADS, os.cpu_count() or 1)),
        }
        if most_bits_per_s is not None:
            options |= {"maxrate": str(most_bits_per_s), "bufsize": str(most_bits_per_s)}
        rate = Fraction(1 / self._video.frame_s).limit_denominator(1001)
        if self._faithful is not None and self._faithful.rate is not None:
            rate = self._faithful.rate
        stream: VideoStream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, self._ticks)
        stream.codec_context.gop_size = 10 * max(1, round(rate))
        return stream

    def packets(self) -> Iterator[Timed]:
        """Yield the packets, each lasting until the next one."""
        held: Packet[Any] | None = None
        for packet in self._coded():
            if held is not None and packet.pts is not None and held.pts is not None:
                held.duration = packet.pts - held.pts
                yield held.pts / self._ticks, held
            held = packet
        if held is not None and held.pts is not None:
            held.duration = max(1, self._pts(self._ends_s) - held.pts)
            yield held.pts / self._ticks, held

    def _coded(self) -> Iterator[Packet[Any]]:
        last = -1
        for shown in self._frames:
            if self.end_s is not None and shown.at_s >= self.end_s - self._slack_s:
                self._ends_s = self.end_s - self.start_s
                break
            at_s = max(0.0, shown.at_s - self.start_s)
            pts = self._pts(at_s)
            if pts <= last:  # Damaged or badly cut files go back in time.
                continue
            last, self._ends_s = pts, self._end_of(shown, at_s)
            self.count += 1
            for frame in self._redrawing.redraw(shown.frame, pts):
                yield from self._encode(frame)
        for frame in self._redrawing.finish():
            yield from self._encode(frame)
        yield from self._stream.encode(None)

    def _pts(self, at_s: float) -> int:
        return round(at_s * self._ticks) if self._faithful is None else self._faithful.pts(at_s)

    def _end_of(self, shown: Shown, at_s: float) -> float:
        ends_s = at_s + self._video.lasts_s(shown.frame.duration)
        return ends_s if self.end_s is None else min(ends_s, self.end_s - self.start_s)

    def _encode(self, frame: VideoFrame) -> list[Packet[Any]]:
        at_s = frame.time
        is_key = at_s >= self._next_key_s
        if is_key:
            self._next_key_s = math.floor(at_s / _KEY_EVERY_S + 1) * _KEY_EVERY_S
        # The source's own choice would be taken as an order.
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        if not self._stream.codec_context.is_open:
            self._stream.color_range = frame.color_range
            self._stream.colorspace = frame.colorspace
            self._stream.color_primaries = frame.color_primaries
            self._stream.color_trc = frame.color_trc
        return self._stream.encode(frame)


class CodedSound:
    """The sound as AAC, 48 kHz, stereo, in step with the picture; silence where there is none."""

    def __init__(
        self,
        container: OutputContainer,
        video: OpenVideo,
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
        bits_per_s: int = 160_000,
    ) -> None:
        self._stream: AudioStream = container.add_stream("aac", rate=SOUND_RATE, bit_rate=bits_per_s)
        self._stream.codec_context.layout = "stereo"
        self._stream.codec_context.open()
        self._frames: Iterator[AudioFrame] = sound_frames(
            video, self._stream.codec_context.frame_size, start_s=start_s, end_s=end_s
        )

    def packets(self) -> Iterator[Timed]:
        for frame in chain(self._frames, [None]):
            for packet in self._stream.encode(frame):
                yield float((packet.pts or 0) * packet.time_base), packet


def _look(size: tuple[int, int], most_lines: int | None, fitting: Fitting | None) -> Look:
    """Return what the frames become: of this size and shape, or as the fitting says."""
    if fitting is None:
        width, height = _fitted(*size, most_lines or _LINES)
        return Look(width, height, "yuv420p", Fraction(1, _TICKS))
    if most_lines is not None:
        fitting = fitting.within(most_lines)
    canvas = fitting.canvas_width, fitting.canvas_height
    return Look(fitting.width, fitting.height, "yuv420p", Fraction(1, _TICKS), canvas)


def _fitted(width: int, height: int, lines: int) -> tuple[int, int]:
    """Return a size of this shape that fits 16:9 of so many lines, upright or not, with even sides."""
    shrink = min(1.0, lines * 16 / 9 / max(width, height), lines / min(width, height))
    return max(2, round(width * shrink) // 2 * 2), max(2, round(height * shrink) // 2 * 2)

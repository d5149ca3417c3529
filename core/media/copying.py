"""Tracks that are copied as they are, where an MP4 can hold them and a browser plays them."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from core.media.containers import codec_name, packets_of
from core.media.decoding import OpenVideo
from core.media.tracks import Timed


class NotCopyable(Exception):
    """The packets of a stream cannot be copied as they are; it has to be coded anew."""


class CopiedPicture:
    """The film's packets as they are, in their own order, at the times they had.

    `packets` raises: NotCopyable, at the first packet that does not fit or is plainly damaged.
    """

    def __init__(self, container: OutputContainer, video: OpenVideo) -> None:
        self._video = video
        self._stream: VideoStream = container.add_stream_from_template(video.picture)
        self._reordered = video.picture.codec_context.reorder_depth
        self._base = video.picture.time_base or Fraction(1, 90000)
        self._origin = round(video.origin_s / self._base)
        extradata = video.picture.codec_context.extradata or b""
        avcc = codec_name(video.picture) == "h264" and len(extradata) > 4 and extradata[0] == 1
        self._length_bytes = (extradata[4] & 3) + 1 if avcc else None
        self.times_s = array("d")
        """When the frames that were copied are shown."""

    def packets(self) -> Iterator[Timed]:
        """Yield the packets, from the first key frame on."""
        held: Packet[Any] | None = None
        first: tuple[int, int] | None = None
        ends = 0
        for packet, pts, dts in self._dated():
            if held is not None:
                yield self._at_s(held), held
            first = first or (pts, dts)
            ends = max(ends, pts + round(Fraction(self._video.lasts_s(packet.duration)) / self._base))
            packet.pts, packet.dts, packet.stream = pts, dts, self._stream
            held = packet
        if held is None or first is None or held.dts is None:
            raise NotCopyable("no packets")
        # The muxer adds up decoding times; the last packet makes the sum the length on screen.
        held.duration = max(1, (ends - first[0]) - (held.dts - first[1]))
        yield self._at_s(held), held

    def _at_s(self, packet: Packet[Any]) -> float:
        return float((packet.dts or 0) * self._base)

    def _dated(self) -> Iterator[tuple[Packet[Any], int, int]]:
        """Yield packets with their times and decoding times made of them.

        Matroska has no decoding times; they are the times in order, as many places later as frames are
        reordered.
        """
        waiting: list[int] = []
        before = self._reordered
        step = max(1, round(Fraction(self._video.frame_s) / self._base))
        last: int | None = None
        for packet in packets_of(self._video.container, self._video.picture):
            if packet.size == 0 or (last is None and not packet.is_keyframe):
                continue
            if packet.pts is None or packet.is_discard or packet.is_corrupt:
                raise NotCopyable("a packet without a time, hidden, or damaged")
            if not self._is_whole(packet):
                raise NotCopyable("a packet that is not H.264")
            pts = packet.pts - self._origin
            heapq.heappush(waiting, pts)
            if before > 0:
                dts, before = pts - before * step if last is None else last + step, before - 1
            else:
                dts = heapq.heappop(waiting)
            if dts > pts or (last is not None and dts <= last):
                raise NotCopyable("frames are reordered further than the file says")
            last = dts
            self.times_s.append(float(pts * self._base))
            yield packet, pts, dts

    def _is_whole(self, packet: Packet[Any]) -> bool:
        """Return whether the lengths in an H.264 packet add up; holes in a file are full of zeros."""
        if self._length_bytes is None:
            return True
        data, at = memoryview(packet), 0
        while at + self._length_bytes < len(data):
            length = int.from_bytes(data[at : at + self._length_bytes])
            if length == 0:
                return False
            at += self._length_bytes + length
        return at == len(data)


class CopiedSound:
    """The sound's packets as they are, each one decoded to be sure of it: Chromium stops at damage.

    `packets` raises: NotCopyable.
    """

    def __init__(self, container: OutputContainer, video: OpenVideo) -> None:
        if video.sound is None or video.sound.time_base is None:
            raise NotCopyable("no sound")
        self._video, self._source, self._base = video, video.sound, video.sound.time_base
        self._stream: AudioStream = container.add_stream_from_template(video.sound)
        self._origin = round(video.origin_s / self._base)

    def packets(self) -> Iterator[Timed]:
        last: int | None = None
        for packet in packets_of(self._video.container, self._source):
            if packet.size == 0:
                continue
            if packet.pts is None or packet.is_corrupt:
                raise NotCopyable("a packet without a time, or damaged")
            pts = packet.pts - self._origin
            if last is not None and pts <= last:
                raise NotCopyable("sound goes back in time")
            self._source.codec_context.decode(packet)
            last = pts
            packet.pts = packet.dts = pts
            packet.stream = self._stream
            yield float(pts * self._base), packet

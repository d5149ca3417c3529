"""Tracks that are copied as they are, where an MP4 can hold them and a browser plays them."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from core.media.containers import codec_name, packets_of
from core.media.decoding import OpenVideo
from core.media.faithful import Faithful
from core.media.tracks import Timed

_SAME_TIME_S: Final = 0.002


class NotCopyable(Exception):
    """The packets of a stream cannot be copied as they are; it has to be coded anew."""


class CopiedPicture:
    """The film's packets as they are, in their own order, at the times they had.

    Only some of the ``packets`` where they are given: then what is shown at ``starts_s`` comes at 0, what is
    shown last lasts until ``ends_s``, and the times are put on the frame grid of a ``faithful`` clip.

    `packets` raises: NotCopyable, at the first packet that does not fit or is plainly damaged.
    """

    def __init__(
        self,
        container: OutputContainer,
        video: OpenVideo,
        *,
        packets: Iterable[Packet[Any]] | None = None,
        starts_s: float | None = None,
        ends_s: float | None = None,
        faithful: Faithful | None = None,
    ) -> None:
        self._video, self._ends_s = video, ends_s
        self._packets = packets_of(video.container, video.picture) if packets is None else packets
        self._stream: VideoStream = container.add_stream_from_template(video.picture)
        self._reordered = video.picture.codec_context.reorder_depth
        self._read_base = self._base = video.picture.time_base or Fraction(1, 90000)
        self._origin = round((video.origin_s + Fraction(starts_s or 0.0)) / self._base)
        self._grid = faithful if faithful is not None and faithful.rate is not None else None
        if self._grid is not None:
            self._base = self._stream.time_base = Fraction(1, self._grid.ticks)
        self._length_bytes = length_bytes_of(video)
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
            packet.stream = self._stream
            packet.pts, packet.dts, packet.time_base = pts, dts, self._base
            held = packet
        if held is None or first is None or held.dts is None:
            raise NotCopyable("no packets")
        if self._ends_s is not None:
            ends = round(Fraction(self._ends_s) / self._base)
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
        for packet in self._packets:
            if packet.size == 0 or (last is None and not packet.is_keyframe):
                continue
            if packet.pts is None or packet.is_discard or packet.is_corrupt:
                raise NotCopyable("a packet without a time, hidden, or damaged")
            if not self._is_whole(packet):
                raise NotCopyable("a packet that is not H.264")
            pts = packet.pts - self._origin
            if self._grid is not None:
                pts = self._grid.pts(float(pts * self._read_base))
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
        return self._length_bytes is None or unit_kinds(packet, self._length_bytes) is not None


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


def length_bytes_of(video: OpenVideo) -> int | None:
    """Return how many bytes say how long a unit of an H.264 packet is; None where none do."""
    extradata = video.picture.codec_context.extradata or b""
    if codec_name(video.picture) != "h264" or len(extradata) <= 4 or extradata[0] != 1:
        return None
    return (extradata[4] & 3) + 1


def unit_kinds(packet: Packet[Any], length_bytes: int) -> list[int] | None:
    """Return the kinds of units in an H.264 packet, None where their lengths do not add up."""
    data, at, kinds = memoryview(packet), 0, []
    while at + length_bytes < len(data):
        length = int.from_bytes(data[at : at + length_bytes])
        if length == 0:
            return None
        kinds.append(data[at + length_bytes] & 31)
        at += length_bytes + length
    return kinds if at == len(data) else None


def check_copy(copy: Path, wanted_s: list[float]) -> None:
    """Raise NotCopyable unless the file that was written shows its frames at these times."""
    with OpenVideo(copy) as video:
        found_s = sorted(
            video.time_of(packet.pts)
            for packet in packets_of(video.container, video.picture)
            if packet.size and packet.pts is not None and not packet.is_discard
        )
        same = len(found_s) == len(wanted_s) and all(
            abs(found - wanted) <= _SAME_TIME_S for found, wanted in zip(found_s, wanted_s, strict=True)
        )
        if not same or video.decoded_near(0.0) is None:
            raise NotCopyable("the copy does not show what the source shows")

"""Decoding the sound of a video into one even stream, in step with its picture."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from errno import EAGAIN
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Final

import av
from av.audio.frame import AudioFrame
from av.filter.graph import Graph

from core.media.containers import packets_of
from core.media.decoding import OpenVideo

log = logging.getLogger(__name__)

SOUND_RATE: Final = 48000
_TRIED_PACKETS: Final = 200
_TRIED_AT_ONCE: Final = 20


def sound_frames(
    video: OpenVideo, frame_size: int, *, start_s: float = 0.0, end_s: float | None = None
) -> Iterator[AudioFrame]:
    """Yield the sound of ``[start_s, end_s)`` as 48 kHz stereo frames of this many samples.

    Time 0 of the frames is ``start_s``. Gaps, also one at the beginning, are filled with silence.
    """
    levelling = _Levelling(frame_size, None if end_s is None else end_s - start_s)
    for frame, at_s in _decoded(video, start_s):
        if end_s is not None and at_s >= end_s:
            break
        yield from levelling.level(frame, at_s - start_s)
    yield from levelling.finish()


def sound_decodes(source: Path) -> bool:
    """Return whether there is a sound whose beginning can be decoded."""
    with OpenVideo(source) as video:
        return next(_decoded(video, 0.0, most_packets=_TRIED_PACKETS), None) is not None


def sound_is_whole(video: OpenVideo, times_s: Iterable[float]) -> bool:
    """Return whether the sound decodes without a fault around these times; True where there is none."""
    sound = video.sound
    if sound is None or sound.codec_context is None:
        return True
    for at_s in times_s:
        video.seek(at_s, sound)
        try:
            for packet in islice(packets_of(video.container, sound), _TRIED_AT_ONCE):
                sound.codec_context.decode(packet)
        except EOFError:
            continue
        except MemoryError:
            raise
        except av.FFmpegError:
            return False
    return True


def _decoded(
    video: OpenVideo, start_s: float, most_packets: int | None = None
) -> Iterator[tuple[AudioFrame, float]]:
    sound = video.sound
    if sound is None or sound.codec_context is None:
        return
    if start_s > 0:
        video.seek(max(0.0, start_s - 1.0), sound)
    at_s = 0.0
    for number, packet in enumerate(packets_of(video.container, sound)):
        if most_packets is not None and number >= most_packets:
            return
        try:
            frames = sound.codec_context.decode(packet)
        except EOFError:
            return
        except MemoryError:
            raise
        except av.FFmpegError as exc:
            log.debug("media.sound_damaged kind=%s", type(exc).__name__)
            continue
        for frame in frames:
            if frame.pts is not None:
                at_s = video.time_of(frame.pts, sound)
            yield frame, at_s
            at_s += frame.samples / frame.sample_rate


class _Levelling:
    """Brings frames to one rate, layout and size, and keeps them in step with their times."""

    def __init__(self, frame_size: int, length_s: float | None) -> None:
        self._frame_size, self._length_s = frame_size, length_s
        self._graph: Graph | None = None
        self._fed: tuple[Any, ...] | None = None

    def level(self, frame: AudioFrame, at_s: float) -> Iterator[AudioFrame]:
        fed = (frame.format.name, frame.layout.name, frame.layout.nb_channels, frame.sample_rate)
        if self._graph is None or fed != self._fed:
            is_first = self._fed is None
            yield from self.finish()
            self._graph, self._fed = self._make_graph(frame, is_first), fed
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(at_s * frame.sample_rate)
        self._graph.push(frame)
        yield from self._finished()

    def finish(self) -> Iterator[AudioFrame]:
        if self._graph is not None:
            self._graph.push(None)
            yield from self._finished()
            self._graph = None

    def _finished(self) -> Iterator[AudioFrame]:
        while self._graph is not None:
            try:
                frame = self._graph.pull()
            except EOFError:
                return
            except av.FFmpegError as exc:
                if exc.errno == EAGAIN:
                    return
                raise
            if isinstance(frame, AudioFrame):
                yield frame

    def _make_graph(self, frame: AudioFrame, is_first: bool) -> Graph:
        graph = Graph()
        nodes = [
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format.name,
                layout=frame.layout.name,
                channels=frame.layout.nb_channels,
                time_base=Fraction(1, frame.sample_rate),
            ),
            # Fills and trims where the times say so; the first frame starts at 0.
            graph.add("aresample", f"{SOUND_RATE}:async=1" + (":first_pts=0" if is_first else "")),
            graph.add("aformat", f"sample_fmts=fltp:channel_layouts=stereo:sample_rates={SOUND_RATE}"),
        ]
        if self._length_s is not None:
            nodes.append(graph.add("atrim", f"end={self._length_s:.6f}"))
        nodes.append(graph.add("abuffersink"))
        graph.link_nodes(*nodes).configure()
        graph.set_audio_frame_size(self._frame_size)
        return graph

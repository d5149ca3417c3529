"""Reading a media file: what it is, and a cheap description of what is seen and heard in it when."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tests.twelvelabs_server.pictures import Looks, looks_of
from tests.twelvelabs_server.words import BANDS

SAMPLES_PER_S = 4
SOUND_STEP_S = 0.25
_SOUND_RATE = 8000
_PICTURES = frozenset(("png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "image2", "gif", "jpegls_pipe"))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Facts:
    """What a file is, read from its header."""

    kind: str
    """video, audio or image."""
    duration_s: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    video_codec: str = ""
    audio_codec: str = ""
    container: str = ""

    @property
    def has_sound(self) -> bool:
        return bool(self.audio_codec)


@dataclass(frozen=True, eq=False)
class Watched:
    """What was seen and heard in a file: samples of pictures and of sound, with their times."""

    facts: Facts
    looks: Looks
    seen_at: Array
    heard_at: Array = field(default_factory=lambda: np.zeros(0))
    levels_db: Array = field(default_factory=lambda: np.zeros(0))
    bands: Array = field(default_factory=lambda: np.zeros((0, BANDS)))


def read_facts(path: Path) -> Facts | None:
    """Return what this file is, None where it cannot be read as media."""
    try:
        with av.open(str(path)) as container:
            video, audio = _streams(container)
            if video is None and audio is None:
                return None
            still = video is not None and container.format.name in _PICTURES
            kind = "audio" if video is None else "image" if still else "video"
            return Facts(
                kind,
                duration_s=0.0 if still else _duration(container, video or audio),
                width=video.width if video else 0,
                height=video.height if video else 0,
                fps=float(video.average_rate or 0) if video else 0.0,
                video_codec=video.codec_context.name if video else "",
                audio_codec=audio.codec_context.name if audio else "",
                container=container.format.name,
            )
    except (av.FFmpegError, OSError):
        return None


def _streams(container: Any) -> tuple[Any, Any]:
    """Return the first moving picture and the first sound; the cover of a record is neither."""
    covers = av.stream.Disposition.attached_pic
    moving = (stream for stream in container.streams.video if not stream.disposition & covers)
    return next(moving, None), next(iter(container.streams.audio), None)


def _duration(container: Any, stream: Any) -> float:
    if container.duration:
        return float(container.duration / av.time_base)
    if stream.duration:
        return float(stream.duration * stream.time_base)
    end = Fraction(0)
    for packet in container.demux(stream):
        if packet.pts is not None:
            end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return float(end)


def watch(path: Path, facts: Facts) -> Watched:
    """Return the description of a file, reading it once. Raises: av.FFmpegError where it is damaged."""
    ear = _Ear()
    pictures: list[NDArray[np.uint8]] = []
    seen_at: list[float] = []
    with av.open(str(path)) as container:
        video, audio = _streams(container)
        if video is not None:
            video.thread_type = "AUTO"
            video.codec_context.skip_frame = "DEFAULT" if facts.kind == "image" else "NONREF"
        due = 0.0
        for frame in container.decode(*(stream for stream in (video, audio) if stream is not None)):
            if isinstance(frame, av.AudioFrame):
                ear.hear(frame)
                continue
            at = frame.time if frame.time is not None else due
            if not pictures or at >= due:
                pictures.append(frame.reformat(32, 24, "rgb24").to_ndarray())
                seen_at.append(max(0.0, at))
                due = (int(at * SAMPLES_PER_S) + 1) / SAMPLES_PER_S
    return Watched(facts, looks_of(pictures), np.array(seen_at), *ear.heard())


class _Ear:
    """Loudness and spectrum of a sound, a quarter of a second at a time."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=_SOUND_RATE)
        self._left = np.zeros(0, np.float32)
        self._rows: list[tuple[float, Array]] = []

    def hear(self, frame: av.AudioFrame) -> None:
        for part in self._resampler.resample(frame):
            self._left = np.concatenate([self._left, part.to_ndarray()[0]])
        step = int(SOUND_STEP_S * _SOUND_RATE)
        while len(self._left) >= step:
            window, self._left = self._left[:step], self._left[step:]
            level = 20 * np.log10(np.sqrt(float(np.mean(window**2))) + 1e-6)
            power = np.abs(np.fft.rfft(window * np.hanning(step))) ** 2
            edges = np.geomspace(60, _SOUND_RATE / 2, BANDS + 1) * step / _SOUND_RATE
            sums = [power[int(low) : int(high) + 1].sum() for low, high in pairwise(edges)]
            self._rows.append((float(level), np.log10(np.array(sums) + 1e-6)))

    def heard(self) -> tuple[Array, Array, Array]:
        times = (np.arange(len(self._rows)) + 0.5) * SOUND_STEP_S
        levels = np.array([level for level, _ in self._rows])
        bands = np.array([row for _, row in self._rows]).reshape(-1, BANDS)
        return times, levels, bands

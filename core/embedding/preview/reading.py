"""One pass over a media file: tiny pictures at a low rate, a glimpse of every frame, mono sound.

Times count from the container's start, like a player's. What does not decode is skipped; a frame
counts until the next one comes, and a hole in the sound is silence.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from numpy.typing import NDArray

from core.embedding.preview.curves import Floats
from core.embedding.preview.pictures import Picture, glimpse_of_frame, picture_of_frame
from core.embedding.preview.resampling import MonoSound
from core.errors import MediaError, MediaRefused
from core.media.orientation import orientation_of

log = logging.getLogger(__name__)

PICTURES_PER_S: Final = 8
_LONGER: Final = 0.6
"""Share of a pair of slots that the first has. Equal slots would not see what shakes in step with them."""
_SKIPPING_FROM_RATE: Final = 40.0
"""Faster videos are decoded without the frames that no other frame needs."""
_PATIENCE_S: Final = 5.0
"""So far past the end of the stretch the other stream is waited for."""


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """A few points of the brightness of one decoded frame, uint8 of shape (18, 32)."""

    time_s: float
    points: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """The next samples of the stretch, mono, -1 to 1, without a gap after the ones before."""

    samples: Floats


class Reading:
    """An opened file.

    Raises: MediaError where it cannot be opened or has nothing to decode, MediaRefused where its
        picture is larger than ``max_pixels``.
    """

    def __init__(self, path: Path, max_pixels: int) -> None:
        self.time_s = 0.0
        """How far `stretch` has come."""
        try:
            self._container: InputContainer = av.open(str(path), metadata_errors="ignore")
        except (av.FFmpegError, OSError, ValueError) as exc:
            raise MediaError(
                "This file could not be opened as a video. Check that it plays elsewhere."
            ) from exc
        pictures = [
            stream
            for stream in self._container.streams.video
            if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None
        ]
        sounds = [s for s in self._container.streams.audio if s.codec_context is not None]
        self._video = pictures[0] if pictures else None
        self._audio = sounds[0] if sounds else None
        self._origin_s = (self._container.start_time or 0) / av.time_base
        if self._video is None and self._audio is None:
            self.close()
            raise MediaError("This file has neither pictures nor sound that can be decoded.")
        if self._video is not None and self._video.width * self._video.height > max_pixels:
            self.close()
            raise MediaRefused("The picture of this video is too large. Convert it to 4K or smaller.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._container.close()

    @property
    def has_pictures(self) -> bool:
        return self._video is not None

    @property
    def has_sound(self) -> bool:
        return self._audio is not None

    @property
    def duration_s(self) -> float:
        """Return the container's duration, 0 where it does not say."""
        return (self._container.duration or 0) / av.time_base

    def stretch(self, start_s: float, end_s: float) -> Iterator[Picture | Glimpse | Sound]:
        """Yield what is decoded of ``[start_s, end_s)`` in order of the file."""
        self._prepare(start_s)
        self.time_s = start_s
        pictures = _PictureClock(start_s, end_s)
        sound = MonoSound(start_s, end_s)
        broken = 0
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError:
                broken += 1
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    yield from pictures.take(frame, self._time_of(frame))
                elif isinstance(frame, av.AudioFrame):
                    yield from (Sound(samples) for samples in sound.take(frame, self._time_of(frame)))
            self.time_s = max(self.time_s, pictures.time_s, sound.time_s)
            if self._past(pictures.time_s, sound.time_s, end_s):
                break
        yield from pictures.rest()
        if self._audio is not None:
            yield from (Sound(samples) for samples in sound.rest())
        if broken:
            log.info("preview.skipped packets=%d", broken)

    def _prepare(self, start_s: float) -> None:
        if self._video is not None:
            self._video.thread_type = "AUTO"
            # No other frame is built on these, so nothing drifts, and their blocks vanish when shrunk.
            self._video.codec_context.options = {"skip_loop_filter": "noref"}
            if float(self._video.average_rate or 0) > _SKIPPING_FROM_RATE:
                self._video.codec_context.skip_frame = "NONREF"
        if start_s > 0:
            try:
                self._container.seek(int((start_s + self._origin_s) * av.time_base))
            except av.FFmpegError:
                # A file that cannot seek is read from where it stands: its beginning.
                log.info("preview.cannot_seek")

    def _packets(self) -> Iterator[av.Packet[Any]]:
        packets = self._container.demux([s for s in (self._video, self._audio) if s is not None])
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                # A file that was cut off ends here; what came before it counts.
                return
            if packet is None:
                return
            yield packet

    def _time_of(self, frame: av.VideoFrame | av.AudioFrame) -> float | None:
        return None if frame.time is None else frame.time - self._origin_s

    def _past(self, picture_s: float, sound_s: float, end_s: float) -> bool:
        picture_done = self._video is None or picture_s >= end_s
        sound_done = self._audio is None or sound_s >= end_s
        if picture_done and sound_done:
            return True
        latest = max(picture_s if self._video else 0.0, sound_s if self._audio else 0.0)
        return latest >= end_s + _PATIENCE_S


def slot_of(time_s: float) -> int:
    """Return the number of the slot of a time, from the beginning of the file."""
    pairs = time_s * PICTURES_PER_S / 2 + 1e-6
    return 2 * int(pairs) + int(pairs % 1.0 >= _LONGER)


class _PictureClock:
    """Chooses the frames that become pictures: the first of every slot."""

    def __init__(self, start_s: float, end_s: float) -> None:
        self._start_s, self._end_s = start_s, end_s
        self._slot = -1
        self._held: av.VideoFrame | None = None
        self.time_s = -1.0

    def take(self, frame: av.VideoFrame, time_s: float | None) -> Iterator[Picture | Glimpse]:
        if time_s is None:
            time_s = max(0.0, self.time_s + 1 / 25)
        self.time_s = time_s
        if time_s >= self._end_s:
            return
        if time_s <= self._start_s:
            # The picture of the start is the last frame that was shown by then.
            self._held = frame
            return
        yield from self.rest()
        yield from self._seen(frame, time_s)

    def rest(self) -> Iterator[Picture | Glimpse]:
        """Yield the held picture of the start, if it is still waiting."""
        if self._held is not None:
            held, self._held = self._held, None
            yield from self._seen(held, self._start_s)

    def _seen(self, frame: av.VideoFrame, time_s: float) -> Iterator[Picture | Glimpse]:
        points = glimpse_of_frame(frame)
        if points is not None:
            yield Glimpse(time_s, points)
        slot = slot_of(time_s)
        if slot > self._slot:
            self._slot = slot
            yield picture_of_frame(frame, time_s, orientation_of(frame))

"""Test files of every kind, drawn and encoded on the spot.

Every frame carries its number: sixteen black or white blocks across the middle spell it in binary, so
a test can read back which frame it was given, after scaling and re-encoding (`number_in`). The corners
are red, green, blue and yellow (clockwise from the top left), so a test can see how it is turned.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]

CORNERS = {"top left": (220, 30, 30), "top right": (30, 200, 30), "bottom right": (30, 30, 220),
           "bottom left": (230, 220, 20)}  # fmt: skip
_BITS = 16
_QUICK = {
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libsvtav1": {"preset": "12"},
}


def drawn(number: int, width: int, height: int, *, moving: bool = False) -> Picture:
    """Return the RGB picture that carries this number; moving waves tell it well from its neighbours."""
    picture = np.full((height, width, 3), 110, np.uint8)
    picture[:, :, 1] = np.linspace(60, 160, width, dtype=np.uint8)
    if moving:
        across, down = np.meshgrid(np.arange(width), np.arange(height))
        picture[:] = (128 + 80 * np.sin((across + 2 * down + 11 * number) / 13))[:, :, None].astype(np.uint8)
    across, down = max(1, width // 4), max(1, height // 4)
    picture[:down, :across] = CORNERS["top left"]
    picture[:down, -across:] = CORNERS["top right"]
    picture[-down:, -across:] = CORNERS["bottom right"]
    picture[-down:, :across] = CORNERS["bottom left"]
    for bit in range(_BITS):
        left, right = bit * width // _BITS, (bit + 1) * width // _BITS
        picture[height * 3 // 8 : height * 5 // 8, left:right] = 255 if number >> bit & 1 else 0
    return picture


def number_in(picture: Picture | Image.Image) -> int:
    """Return the number that an upright picture carries."""
    grey = np.asarray(Image.fromarray(np.asarray(picture)).convert("L"))
    height, width = grey.shape
    row = grey[height // 2 - 1 : height // 2 + 2].mean(axis=0)
    middles = [(2 * bit + 1) * width // (2 * _BITS) for bit in range(_BITS)]
    return sum(1 << bit for bit, at in enumerate(middles) if row[max(0, at - 1) : at + 2].mean() > 128)


def corner_of(picture: Picture | Image.Image, which: str) -> str:
    """Return the name of the colour that lies in this corner."""
    pixels = np.asarray(Image.fromarray(np.asarray(picture)).convert("RGB")).astype(int)
    height, width = pixels.shape[:2]
    y = height // 10 if which.startswith("top") else height - 1 - height // 10
    x = width // 10 if which.endswith("left") else width - 1 - width // 10
    return min(CORNERS, key=lambda name: float(np.abs(pixels[y, x] - np.array(CORNERS[name])).sum()))


@dataclass(frozen=True)
class Film:
    """What to make; every field has a value that gives a plain file."""

    seconds: float = 3.0
    rate: Fraction = Fraction(25)
    width: int = 320
    height: int = 192
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    sound: str | None = None
    """Codec of a 440 Hz tone; None makes a silent film."""
    click_s: float | None = None
    """Instead of the tone one click of 5 ms at this time."""
    moving: bool = False
    """Waves that move from frame to frame, so that neighbours look different everywhere."""
    sound_s: float | None = None
    rotation: int = 0
    """Counter-clockwise degrees in the display matrix, as PyAV writes them."""
    mirrored: bool = False
    times_s: Sequence[float] | None = None
    """Presentation times of the frames; None spaces them evenly."""
    start_s: float = 0.0
    aspect: Fraction | None = None
    gop: int = 25
    interlaced: bool = False
    container: str | None = None
    """Name of the muxer; None takes it from the suffix."""
    container_options: dict[str, str] = field(default_factory=dict)
    codec_options: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def times(self) -> list[float]:
        if self.times_s is not None:
            return list(self.times_s)
        return [float(k / self.rate) for k in range(round(self.seconds * self.rate))]

    def write(self, path: Path) -> Path:
        with av.open(
            str(path), "w", format=self.container, container_options=self.container_options
        ) as container:
            container.metadata.update(self.metadata)
            picture = self._picture_stream(container)
            sound = container.add_stream(self.sound, rate=48000) if self.sound else None
            spoken_s = 0.0
            for number, at_s in enumerate(self.times):
                if sound is not None:
                    spoken_s = self._speak(container, sound, spoken_s, min(at_s + 0.1, self._sound_end))
                picture_of = drawn(number, self.width, self.height, moving=self.moving)
                frame = av.VideoFrame.from_ndarray(picture_of, format="rgb24")
                frame = frame.reformat(format=self.pixel_format)
                frame.time_base = Fraction(1, 90000)
                frame.pts = round((at_s + self.start_s) * 90000)
                container.mux(picture.encode(frame))
            if sound is not None:
                self._speak(container, sound, spoken_s, self._sound_end)
                container.mux(sound.encode(None))
            container.mux(picture.encode(None))
        return path

    @property
    def _sound_end(self) -> float:
        return self.seconds if self.sound_s is None else self.sound_s

    def _picture_stream(self, container: Any) -> Any:
        interlacing = {"flags": "+ildct+ilme", "top": "1"} if self.interlaced else {}
        options = {**interlacing, **_QUICK.get(self.codec, {}), **self.codec_options}
        stream = container.add_stream(self.codec, rate=self.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.pixel_format
        # MPEG-2 and MPEG-4 part 2 know no finer clock than the frame rate.
        by_rate = self.codec in ("mpeg2video", "mpeg4", "prores_ks", "mjpeg", "rawvideo")
        stream.codec_context.time_base = 1 / self.rate if by_rate else Fraction(1, 90000)
        stream.codec_context.gop_size = self.gop
        if self.aspect is not None:
            stream.codec_context.sample_aspect_ratio = self.aspect
        if self.rotation or self.mirrored:
            stream.set_display_rotation(self.rotation, hflip=self.mirrored)
        return stream

    def _speak(self, container: Any, stream: Any, from_s: float, to_s: float) -> float:
        """Encode the tone up to a time; return how far it reaches now."""
        first, last = round(from_s * 48000), round(to_s * 48000)
        if last <= first:
            return from_s
        wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(first, last) / 48000)
        if self.click_s is not None:
            since = np.arange(first, last) - round(self.click_s * 48000)
            wave = np.where((since >= 0) & (since < 240), 0.8, 0.0)
        samples = np.stack([wave, wave]).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
        frame.pts = first + round(self.start_s * 48000)
        container.mux(stream.encode(frame))
        return to_s


_MADE: dict[tuple[str, str], bytes] = {}


def made(film: Film, suffix: str) -> bytes:
    """Return the bytes of a film, made once for all tests of this process."""
    key = (repr(film), suffix)
    if key not in _MADE:
        with tempfile.TemporaryDirectory() as folder:
            _MADE[key] = film.write(Path(folder) / f"film{suffix}").read_bytes()
    return _MADE[key]


def sound_only(path: Path, codec: str = "aac", seconds: float = 2.0) -> Path:
    """Write a file that holds a tone and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48000)
        Film(seconds=seconds)._speak(container, stream, 0.0, seconds)
        container.mux(stream.encode(None))
    return path


def sound_with_cover(path: Path, codec: str, seconds: float = 2.0) -> Path:
    """Write a sound file whose only picture is an attached cover."""
    with av.open(str(path), "w", format="mp4" if path.suffix == ".m4a" else None) as container:
        stream = container.add_stream(codec, rate=48000)
        cover = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 320, 192, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(drawn(0, 320, 192), format="rgb24").reformat(format="yuvj420p")
        packets = [*cover.encode(frame), *cover.encode(None)]
        container.mux(packets)
        Film(seconds=seconds)._speak(container, stream, 0.0, seconds)
        container.mux(stream.encode(None))
    return path


# -- damage --


def head_of(source: Path, target: Path, share: float = 0.5) -> Path:
    """Write only the beginning of a file."""
    data = source.read_bytes()
    target.write_bytes(data[: int(len(data) * share)])
    return target


def tail_of(source: Path, target: Path, share: float = 0.5) -> Path:
    """Write only the end of a file."""
    data = source.read_bytes()
    target.write_bytes(data[int(len(data) * (1 - share)) :])
    return target


def with_hole(source: Path, target: Path, start: float, end: float) -> Path:
    """Write a file whose bytes between two shares of its length are zeros, as a broken copy leaves it."""
    data = bytearray(source.read_bytes())
    first, last = int(len(data) * start), int(len(data) * end)
    data[first:last] = bytes(last - first)
    target.write_bytes(data)
    return target


def patched(source: Path, target: Path, old: bytes, new: bytes, *, count: int = 1) -> Path:
    """Write a file with some bytes replaced by as many others."""
    data = source.read_bytes()
    assert len(old) == len(new), "a patch must not move anything"
    assert old in data, "nothing to patch"
    target.write_bytes(data.replace(old, new, count))
    return target


def with_declared_duration(source: Path, target: Path, seconds: float) -> Path:
    """Write a WebM or Matroska file whose header claims another duration."""
    data = source.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3  # Duration, an eight-byte float that counts milliseconds
    target.write_bytes(data[:at] + struct.pack(">d", seconds * 1000) + data[at + 8 :])
    return target


def with_declared_size(source: Path, target: Path, width: int, height: int) -> Path:
    """Write an AVI file whose header claims another size of its (raw) frames."""
    data = source.read_bytes()
    at = data.index(b"strf") + 8 + 4  # past the chunk's head and biSize
    target.write_bytes(data[:at] + struct.pack("<ii", width, height) + data[at + 8 :])
    return target

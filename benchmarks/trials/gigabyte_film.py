"""A film of a gigabyte, made in a few seconds: some shots are coded once and repeated in random order."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import PictureType

RATE: Final = 25
GOP: Final = 30
"""Frames from key frame to key frame, so that moments of whole seconds begin anywhere between two."""
_SHOT: Final = 2 * GOP
_WIDTH, _HEIGHT = 1280, 720
_BITS_A_SECOND: Final = 12_000_000
_SHOTS: Final = 32


def make_film(target: Path, size_bytes: int) -> None:
    """Write an H.264 MP4 of at least this size: moving noise in 720p, 25 frames/s, some 12 Mbit/s."""
    with av.open(str(target), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        stream.bit_rate = _BITS_A_SECOND
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = GOP, 0
        packets = []
        for number, frame in enumerate(_frames()):
            frame.pict_type = PictureType.I if number % GOP == 0 else PictureType.NONE
            packets += stream.encode(frame)
        packets += stream.encode(None)
        shots = [packets[first : first + _SHOT] for first in range(0, len(packets), _SHOT)]
        chance = np.random.default_rng(4)
        written = at = 0
        while written < size_bytes:
            for packet in shots[int(chance.integers(len(shots)))]:
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base, copy.pts, copy.dts = stream, Fraction(1, RATE), at, at
                copy.duration, copy.is_keyframe = 1, packet.is_keyframe
                container.mux(copy)
                written, at = written + packet.size, at + 1


def _frames() -> Iterator[av.VideoFrame]:
    chance = np.random.default_rng(3)
    noise = chance.integers(60, 200, (_HEIGHT, _WIDTH, 1)).astype(np.uint16)
    for shot in range(_SHOTS):
        hue, light = (shot * 0.382) % 1, 0.5 + 0.5 * (shot % 3) / 2
        tint = np.array([round(part * 255) for part in colorsys.hsv_to_rgb(hue, 0.85, light)], np.uint16)
        picture = (noise * tint >> 8).astype(np.uint8)
        for number in range(_SHOT):
            yield av.VideoFrame.from_ndarray(np.roll(picture, 3 * number, axis=1), "rgb24")

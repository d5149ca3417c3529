"""Small real media files for the stand-in: made with PyAV, a few kilobytes each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image as Picture

BITS = 10
"""So many white or black blocks along the top of a frame spell its number, most significant first."""


def write_clip(
    path: Path, *, colour: tuple[int, int, int], seconds: float = 12, rate: int = 25, width: int = 320
) -> None:
    """Write an H.264 file of one colour in which every frame carries its number as blocks."""
    height = width * 9 // 16
    block = width // BITS
    with av.open(str(path), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream(
            "libx264", rate=rate, options={"preset": "ultrafast", "crf": "20", "g": str(rate)}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, rate)
        for number in range(round(seconds * rate)):
            frame = np.empty((height, width, 3), np.uint8)
            frame[:] = colour
            # Something that moves, so that a picture looks like footage.
            left = (number * 3) % (width - 40)
            frame[height // 2 : height // 2 + 40, left : left + 40] = 255 - np.array(colour)
            for bit in range(BITS):
                value = 255 if number >> (BITS - 1 - bit) & 1 else 0
                frame[: height // 5, bit * block : (bit + 1) * block] = value
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts = number
            for packet in stream.encode(picture):
                target.mux(packet)
        for packet in stream.encode():
            target.mux(packet)


def write_still(source: Path, target: Path, at_s: float, width: int = 320) -> None:
    """Write the frame that is shown at a time as a JPEG."""
    with av.open(str(source)) as opened:
        stream = opened.streams.video[0]
        opened.seek(int(at_s * av.time_base), backward=True)
        for frame in opened.decode(stream):
            if frame.time is None or frame.time + 0.02 >= at_s:
                break
        picture: Picture.Image = frame.to_image()
    picture.thumbnail((width, width))
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, quality=82)

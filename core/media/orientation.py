"""How the stored picture must be turned, mirrored and stretched to look right."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

from av.buffer import Buffer
from av.video.frame import VideoFrame

_MOST_STRETCH: Final = 8


@dataclass(frozen=True, slots=True)
class Orientation:
    """First mirror left and right, then turn clockwise."""

    clockwise: int = 0
    """0, 90, 180 or 270."""
    mirrored: bool = False

    @property
    def swaps_sides(self) -> bool:
        return self.clockwise in (90, 270)


def orientation_of(frame: VideoFrame) -> Orientation:
    """Return how a decoded frame must be turned, from its display matrix."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return Orientation()
    a, b, _, c, d, *_rest = struct.unpack("=9i", bytes(cast(Buffer, matrix))[:36])
    mirrored = a * d - b * c < 0
    # The matrix maps (x, y) to (ax + cy, bx + dy), y down. A mirror before the turn negates a and b.
    angle = math.degrees(math.atan2(-b, -a) if mirrored else math.atan2(b, a))
    return Orientation(round(angle / 90) * 90 % 360, mirrored)


def displayed_size(frame: VideoFrame, aspect: Fraction | None, turned: Orientation) -> tuple[int, int]:
    """Return width and height as a player shows them: square pixels, turned upright.

    ``aspect`` is width to height of one stored pixel.
    """
    width, height = frame.width, frame.height
    if aspect and Fraction(1, _MOST_STRETCH) <= aspect <= _MOST_STRETCH:
        width = max(1, round(width * aspect))
    return (height, width) if turned.swaps_sides else (width, height)

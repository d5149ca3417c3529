"""What a clip for an editing program keeps of its source: its size, its frames, and their times."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from core.media.redrawing import Look

_TICKS: Final = 90000
_LEAST_TICKS: Final = 12000  # The muxer doubles a coarser clock until it is about that fine.
_ROUNDING_S: Final = 0.001  # Matroska counts whole milliseconds.
# The first frame of a film need not be at 0 (Opus begins 7 ms before its picture).
_OF_A_FRAME: Final = 0.5
_SAME_TIME_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Faithful:
    """How near the coded frames stay to those of the source."""

    rate: Fraction | None
    """Frames a second; None where it varies: then every frame keeps its own time."""
    crf: str = "17"
    """Constant quality of H.264: at 17 nobody sees a difference."""

    @property
    def slack_s(self) -> float:
        """How far a frame's time may lie from the In or Out that means it.

        At a constant rate a place is a frame, the one in the middle of its cell on the frame grid; else it
        is a time, and only rounding is forgiven.
        """
        return _ROUNDING_S if self.rate is None else _OF_A_FRAME / float(self.rate)

    @property
    def ticks(self) -> int:
        """Ticks a second of a clock on which every frame of the rate begins exactly."""
        if self.rate is None:
            return _TICKS
        return self.rate.numerator * -(-_LEAST_TICKS // self.rate.numerator)

    def moved_to(self, first_at_s: float, start_s: float, end_s: float) -> tuple[float, float]:
        """Return the stretch so moved that it begins with its first frame, where that one is meant by In.

        A frame that is on screen since before In stays cut into. A film that begins after In begins the clip.
        """
        shift_s = first_at_s - start_s
        if abs(shift_s) <= self.slack_s + _SAME_TIME_S:
            return start_s + shift_s, end_s + shift_s
        return max(start_s, first_at_s), max(end_s, first_at_s + self.slack_s)

    def pts(self, at_s: float) -> int:
        """Return a time in ticks, on the frame grid where it is that up to rounding."""
        if self.rate is not None:
            on_grid = round(at_s * self.rate) / self.rate
            if abs(float(on_grid) - at_s) <= _ROUNDING_S:
                return round(on_grid * self.ticks)
        return round(at_s * self.ticks)

    def look(self, size: tuple[int, int]) -> Look:
        """Return upright frames of the full size; H.264 has even sides, so an odd one loses a line."""
        width, height = size
        even = max(2, width // 2 * 2), max(2, height // 2 * 2)
        return Look(width, height, "yuv420p", Fraction(1, self.ticks), even)

"""Timecode: which frame is on screen at a time, and what an editor calls it. Exact at every rate.

A *frame* is counted from 0 at the file's first frame. A *timecode* is its label, HH:MM:SS:FF; where a
file carries a start timecode, its first frame has that label. Drop-frame timecode (written with ``;``)
leaves out labels, never frames. Labels begin anew after 24 hours. The browser's twin is
``components/shared/timecode.js``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core.model import MediaInfo

DROP_FRAME_RATES: Final = (Fraction(30000, 1001), Fraction(60000, 1001))

# Times are kept in whole milliseconds, so one that begins a frame may lie half of one before it.
_ROUNDING_S: Final = Fraction(6, 10_000)
_FORM: Final = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


def nominal(rate: Fraction) -> int:
    """Return how many labels a second has: 24 at 23.976, 30 at 29.97."""
    return max(1, round(rate))


def label(frame: int, rate: Fraction, *, drop: bool) -> str:
    """Return the timecode of the frame that is ``frame`` frames after 00:00:00:00.

    ``drop`` counts only at 29.97 and 59.94 frames a second; nobody drops at other rates.
    """
    per_second = nominal(rate)
    drop = drop and rate in DROP_FRAME_RATES
    frame %= _day(rate, drop=drop)
    if drop:
        # Labels 0 and 1 (0 to 3 at 59.94) are left out each minute, but not each tenth.
        left_out = per_second // 15
        tens, rest = divmod(frame, per_second * 600 - left_out * 9)
        minutes = max(0, (rest - left_out) // (per_second * 60 - left_out))
        frame += left_out * (9 * tens + minutes)
    whole, frames = divmod(frame, per_second)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}:{secs:02d}{';' if drop else ':'}{frames:02d}"


def read_label(text: str, rate: Fraction) -> tuple[int, bool] | None:
    """Return how many frames after 00:00:00:00 a timecode is, and whether it is drop-frame.

    None for what is no timecode at this rate: another form, 61 seconds, frame 25 at 25 frames a second,
    or a label that drop-frame counting leaves out.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, secs, frames = (int(found[n]) for n in (1, 2, 3, 5))
    per_second = nominal(rate)
    drop = found[4] != ":" and rate in DROP_FRAME_RATES
    if hours > 23 or minutes > 59 or secs > 59 or frames >= per_second:
        return None
    frame = ((hours * 60 + minutes) * 60 + secs) * per_second + frames
    if drop:
        left_out = per_second // 15
        if secs == 0 and frames < left_out and minutes % 10:
            return None
        whole_minutes = hours * 60 + minutes
        frame -= left_out * (whole_minutes - whole_minutes // 10)
    return frame, drop


def _day(rate: Fraction, *, drop: bool) -> int:
    per_second = nominal(rate)
    return 144 * (per_second * 600 - (per_second // 15 * 9 if drop else 0))


@dataclass(frozen=True, slots=True)
class FrameClock:
    """Turns seconds of one file into frames and labels, and back."""

    rate: Fraction
    """Frames a second, exact; the average where it varies."""
    start: int = 0
    """Label of the first frame, in frames after 00:00:00:00."""
    drop: bool = False

    def frame_at(self, seconds: float) -> int:
        """Return the frame that is on screen at a time."""
        return int((Fraction(max(0.0, seconds)) + _ROUNDING_S) * self.rate)

    def seconds_at(self, frame: int) -> float:
        """Return when a frame begins."""
        return float(frame / self.rate)

    def frames(self, start_s: float, end_s: float) -> tuple[int, int]:
        """Return ``[in, out)``: every frame of which some is shown in ``[start_s, end_s)``; at least one."""
        first = self.frame_at(start_s)
        after = math.ceil((Fraction(max(0.0, end_s)) - _ROUNDING_S) * self.rate)
        return first, max(first + 1, after)

    def label(self, frame: int) -> str:
        """Return the timecode of a frame of the file."""
        return label(self.start + frame, self.rate, drop=self.drop)

    def timecode(self, seconds: float) -> str:
        """Return the timecode of the frame that is on screen at a time."""
        return self.label(self.frame_at(seconds))

    def frame_of(self, text: str) -> int | None:
        """Return the frame of the file that a typed timecode names; None where none has it.

        People type ``:`` for ``;`` too, so the file's own way of counting decides. A file that passes
        midnight counts on.
        """
        mark = ";" if self.drop else ":"
        read = read_label(re.sub(r"[:;.,](?=\d+$)", mark, text.strip()), self.rate)
        return None if read is None else (read[0] - self.start) % _day(self.rate, drop=self.drop)


def clock_of(media: MediaInfo) -> FrameClock:
    """Return the clock of a file: from its start timecode, else from 0, dropping at 29.97 and 59.94."""
    rate = media.frame_rate if media.frame_rate > 0 else Fraction(25)
    read = None if media.start_timecode is None else read_label(media.start_timecode, rate)
    if read is None:
        return FrameClock(rate, drop=rate in DROP_FRAME_RATES)
    return FrameClock(rate, *read)

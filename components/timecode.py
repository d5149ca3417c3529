"""Display timecode from seconds and an exact frame rate; the browser's twin is shared/timecode.js."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

DROP_FRAME_RATES: Final = (Fraction(30000, 1001), Fraction(60000, 1001))

# Times are kept in whole milliseconds, so one that begins a frame may lie half of one before it.
_ROUNDING_S: Final = Fraction(6, 10_000)


def frame_at(seconds: float, rate: Fraction) -> int:
    """Return the number of the frame that is shown at this time, counting from 0."""
    return int((Fraction(max(0.0, seconds)) + _ROUNDING_S) * rate)


def timecode(seconds: float, rate: Fraction) -> str:
    """Return HH:MM:SS:FF, or HH:MM:SS;FF (drop-frame) at 29.97 and 59.94 frames a second."""
    frame = frame_at(seconds, rate)
    nominal = max(1, round(rate))
    drop = rate in DROP_FRAME_RATES
    if drop:
        # Frame numbers 0 and 1 (0 to 3 at 59.94) are left out each minute, but not each tenth.
        left_out = nominal // 15
        tens, rest = divmod(frame, nominal * 600 - left_out * 9)
        minutes = max(0, (rest - left_out) // (nominal * 60 - left_out))
        frame += left_out * (9 * tens + minutes)
    whole, frames = divmod(frame, nominal)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}:{secs:02d}{';' if drop else ':'}{frames:02d}"


def clock(seconds: float) -> str:
    """Return a short time for people who do not count frames: 0:07, 12:30, 1:02:03."""
    whole = int(max(0.0, seconds) + 0.0006)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"

"""Short times for people who do not count frames; frames are `core.timecode`."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Return 0:07, 12:30 or 1:02:03."""
    whole = int(max(0.0, seconds) + 0.0006)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"

"""Is this file a video that can be indexed, and what is in it?"""

from __future__ import annotations

import logging
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.errors import MediaError, MediaFault, MediaMissing, MediaRefused, MediaTimeout
from core.isolated import OUT_OF_MEMORY
from core.isolation import Bounds, run_isolated
from core.media import refusals
from core.model import MediaInfo

if TYPE_CHECKING:
    from core.config import Settings

log = logging.getLogger(__name__)

_TIMEOUT_S: Final = 60.0
_SLOWEST_READING: Final = 50e6
"""Bytes a second; a file that does not say how long it is must be read to its end."""


def probe(path: Path, settings: Settings) -> MediaInfo:
    """Return what is in a video file, after some of it was decoded in a child process.

    Duration is the container's where its packets agree, else measured from them: a film that was
    cut off is accepted at the length that is there, unless what remains is too short.

    Raises: MediaRefused with why and what to do: not a video, no moving picture, empty, damaged,
    encrypted, too short, too long, too large, too small. MediaMissing where there is no such file.
    """
    path = path.absolute()
    try:
        size = path.stat().st_size
    except OSError as exc:
        raise MediaMissing("This file is no longer where it was. Add it again.") from exc
    if not path.is_file():
        raise MediaRefused(f"This is not a file. {refusals.FORMATS}")
    request = {
        "path": str(path),
        "limits": {
            "min_duration_s": settings.min_duration_s,
            "max_duration_s": settings.max_duration_s,
            "max_pixels": settings.max_pixels,
        },
    }
    bounds = Bounds(timeout_s=_TIMEOUT_S + size / _SLOWEST_READING)
    try:
        found = run_isolated("media.probe", request, bounds=bounds)
    except MediaTimeout as exc:
        raise (refusals.too_hungry() if exc.message == OUT_OF_MEMORY else refusals.too_slow()) from exc
    except MediaFault as exc:
        raise refusals.misread() from exc
    except MediaError as exc:
        raise refusals.crashed() from exc
    return _as_media_info(found)


def _as_media_info(found: dict[str, Any]) -> MediaInfo:
    numerator, denominator = found["frame_rate"]
    recorded_at = found["recorded_at"]
    return MediaInfo(
        **found
        | {
            "frame_rate": Fraction(numerator, denominator),
            "recorded_at": datetime.fromisoformat(recorded_at) if recorded_at else None,
        }
    )

"""What Marengo takes, checked before anything is sent, with a sentence that names the way out."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from core.errors import MediaOutOfLimits
from core.media.fitting import Fitting, PictureLimits, fitted_size

if TYPE_CHECKING:
    from core.embedding.port import Source
    from core.model import MediaInfo

LEAST_S: Final = 4.0
MOST_S: Final = 4 * 3600.0
MOST_BYTES: Final = 4_000_000_000
PICTURE: Final = PictureLimits(
    least_side=360, most_width=5184, most_height=2160, most_aspect=Fraction(12, 5), most_bytes=MOST_BYTES
)
"""The limits of the picture.

Source: “360x360 to 5184x2160 pixels; between 1:1 and 1:2.4, or between 2.4:1 and 1:1” (docstrings of
the SDK's `analyze_async`, error code `video_resolution_too_low`). Whether an upright picture may be
2160 wide and 5184 high is said nowhere, so it is taken as it is written: never higher than 2160.
“4 GB” is read as the smaller of its two meanings.
"""

_SAME_S: Final = 0.001
_WAY_OUT: Final = (
    "Choose “Send a fitted copy”, or turn on “Make a copy that fits Twelve Labs” and add it again."
)


def check_video(source: Source) -> None:
    """Refuse a video that Marengo does not take, or whose fitted copy it would not take.

    Raises: MediaOutOfLimits with the measured value, the limit and what to do; ``fit_helps`` is set
    where nothing but the picture is in the way.
    """
    media = source.media
    _check_length(media.duration_s)
    fault = _picture_fault(media)
    if fault is not None:
        if not source.fit:
            raise MediaOutOfLimits(f"{fault} {_WAY_OUT}", fit_helps=True)
    elif source.size_bytes > MOST_BYTES:
        raise MediaOutOfLimits(
            f"This file has {source.size_bytes / 1e9:.1f} GB; Marengo takes at most 4 GB. "
            "Convert it at a lower bit rate, or cut it into shorter files, and add those."
        )


def fitting_of(source: Source) -> Fitting | None:
    """Return how the copy that is sent is made; None where the file itself is sent."""
    return fitted_size(source.media.width, source.media.height, PICTURE) if source.fit else None


def _check_length(duration_s: float) -> None:
    if duration_s < LEAST_S - _SAME_S:
        # Rounded down, so that nobody reads “4.0 seconds long; at least 4”.
        raise MediaOutOfLimits(
            f"This video is {int(duration_s * 10) / 10:.1f} seconds long; Marengo needs at least "
            f"{LEAST_S:g} seconds. Add a longer cut of it."
        )
    if duration_s > MOST_S + _SAME_S:
        hours, minutes = divmod(math.ceil(duration_s / 60), 60)
        raise MediaOutOfLimits(
            f"This video is {hours} h {minutes:02} min long; Marengo takes at most "
            f"{MOST_S / 3600:g} hours. Cut it into shorter files and add those."
        )


def _picture_fault(media: MediaInfo) -> str | None:
    width, height, limits = media.width, media.height, PICTURE
    if limits.hold(width, height):
        return None
    if height < limits.least_side:
        return f"This video is {height} pixels high; Marengo needs at least {limits.least_side}."
    if width < limits.least_side:
        return f"This video is {width} pixels wide; Marengo needs at least {limits.least_side}."
    if width > limits.most_width:
        return f"This video is {width} pixels wide; Marengo takes at most {limits.most_width}."
    if height > limits.most_height:
        return f"This video is {height} pixels high; Marengo takes at most {limits.most_height}."
    longer, shorter = ("wide", "high") if width > height else ("high", "wide")
    return (
        f"This video is {width} x {height} pixels, {_aspect(width, height)} times as {longer} as it is "
        f"{shorter}; Marengo takes at most {float(limits.most_aspect):g} times."
    )


def _aspect(width: int, height: int) -> str:
    # Enough digits that a picture just outside does not read as if it were just inside.
    aspect = Fraction(max(width, height), min(width, height))
    for digits in (2, 3, 4):
        text = f"{float(aspect):.{digits}f}".rstrip("0")
        if Fraction(text) > PICTURE.most_aspect:
            return text
    return f"{float(aspect):.6f}"

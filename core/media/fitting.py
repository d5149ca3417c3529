"""A copy of a video whose picture is inside an engine's limits: scaled as little as possible, or padded.

The copy shows every frame at the time that it has in the source, so what an engine finds in the copy
is found in the video.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av

from core.isolation import Bounds, run_isolated
from core.media.coding import CodedPicture, CodedSound
from core.media.decoding import OpenVideo
from core.media.failures import media_errors
from core.media.sounding import sound_decodes
from core.media.tracks import MP4_OPTIONS, Track, mux
from core.media.writing import written_whole

if TYPE_CHECKING:
    from core.model import MediaInfo

_SOUND_BITS_PER_S: Final = 160_000
_MOST_BITS_PER_S: Final = 40_000_000
_LEAST_BITS_PER_S: Final = 500_000
_FOR_THE_MEDIA: Final = 0.95  # What is left of a file's bytes is for its index.


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What an engine takes: sides in pixels as displayed, ``most_aspect`` of the longer to the shorter."""

    least_side: int
    most_width: int
    most_height: int
    most_aspect: Fraction
    most_bytes: int

    def hold(self, width: int, height: int) -> bool:
        """Return whether a picture of this size is taken as it is."""
        return (
            min(width, height) >= self.least_side
            and width <= self.most_width
            and height <= self.most_height
            and max(width, height) <= self.most_aspect * min(width, height)
        )


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a picture is made to fit: drawn at ``width`` x ``height`` in the middle of a black canvas.

    All four sides are even numbers of pixels; the canvas is never smaller than the picture.
    """

    width: int
    height: int
    canvas_width: int
    canvas_height: int
    most_bytes: int
    """What the copy may weigh."""

    def within(self, lines: int) -> Fitting:
        """Return the same at no more than 16:9 of so many lines, upright or not.

        The longer side is rounded down and the shorter up, so the canvas never gets more elongated.
        """
        longer = max(self.canvas_width, self.canvas_height)
        shorter = min(self.canvas_width, self.canvas_height)
        shrink = min(Fraction(1), Fraction(lines * 16, 9 * longer), Fraction(lines, shorter))
        width, height = (
            (math.floor if side == longer else math.ceil)(side * shrink / 2) * 2
            for side in (self.canvas_width, self.canvas_height)
        )
        return replace(
            self,
            width=min(width, _even(self.width * shrink)),
            height=min(height, _even(self.height * shrink)),
            canvas_width=width,
            canvas_height=height,
        )


def fitted_size(width: int, height: int, limits: PictureLimits) -> Fitting | None:
    """Return how a picture of this displayed size is made to fit, None where it fits as it is.

    A picture that is too small or too large is scaled to the nearest size that fits. One that is too
    wide or too tall gets black bars; it is scaled only as far as the bars alone would not do.
    """
    if limits.hold(width, height):
        return None
    drawn_width, drawn_height = (_even(side * _scale(width, height, limits)) for side in (width, height))
    return Fitting(
        drawn_width,
        drawn_height,
        canvas_width=_canvas(drawn_width, drawn_height, limits),
        canvas_height=_canvas(drawn_height, drawn_width, limits),
        most_bytes=limits.most_bytes,
    )


def _scale(width: int, height: int, limits: PictureLimits) -> Fraction:
    padded = max(width, height) > limits.most_aspect * min(width, height)
    # Bars bring the shorter side up to whatever the longer one asks for.
    short = max(width, height) if padded else min(width, height)
    grown = max(Fraction(1), Fraction(limits.least_side, short))
    return min(grown, Fraction(limits.most_width, width), Fraction(limits.most_height, height))


def _canvas(side: int, other: int, limits: PictureLimits) -> int:
    return max(side, limits.least_side, math.ceil(other / limits.most_aspect / 2) * 2)


def _even(length: Fraction) -> int:
    return max(2, math.ceil(length / 2 - Fraction(1, 2)) * 2)


def write_fitted(
    source: Path,
    target: Path,
    media: MediaInfo,
    fitting: Fitting,
    report: Callable[[float], None] | None = None,
) -> None:
    """Write the copy as an MP4 (H.264, AAC where there is a sound), upright, with square pixels.

    The same source and fitting give the same bytes on the same machine. High dynamic range is brought
    down to BT.709 at no more than 720 lines.

    Raises: MediaError, MediaMissing, MediaTimeout, StorageFull, and whatever ``report`` raises; then
    there is no file.
    """
    with written_whole(target) as draft:
        run_isolated(
            "media.fit",
            {
                "source": str(source.absolute()),
                "draft": str(draft.absolute()),
                "duration_s": media.duration_s,
                "fitting": asdict(fitting),
            },
            bounds=Bounds(timeout_s=900 + 30 * media.duration_s, idle_timeout_s=600),
            report=report,
        )


# -- in the child --


def fit_request(request: dict[str, Any], report: Callable[[float], None]) -> None:
    """Write the copy that the request asks for, inside the child process."""
    source, duration_s = Path(request["source"]), request["duration_s"]
    fitting = Fitting(**request["fitting"])
    with (
        media_errors(source),
        OpenVideo(source, all_cores=True) as picture,
        OpenVideo(source) as sound,
        av.open(request["draft"], "w", format="mp4", container_options=MP4_OPTIONS) as container,
    ):
        tracks: list[Track] = [
            CodedPicture(
                container,
                picture,
                most_bits_per_s=_bits_per_s(fitting.most_bytes, duration_s),
                fitting=fitting,
            )
        ]
        if sound_decodes(source):
            tracks.append(CodedSound(container, sound))
        mux(container, tracks, duration_s, report)


def _bits_per_s(most_bytes: int, duration_s: float) -> int:
    # The coder may be ahead of its rate by what it buffers, which is a second.
    bits = _FOR_THE_MEDIA * 8 * most_bytes / (duration_s + 1) - _SOUND_BITS_PER_S
    return round(min(_MOST_BITS_PER_S, max(_LEAST_BITS_PER_S, bits)))

"""Cutting a shot out of a video for an editing program: its own frames, in full size and quality."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av

from core.isolation import Bounds, run_isolated
from core.media.coding import CodedPicture, CodedSound
from core.media.copying import CopiedPicture, NotCopyable
from core.media.decoding import OpenVideo
from core.media.failures import media_errors
from core.media.faithful import Faithful
from core.media.sounding import sound_decodes
from core.media.stream_copy import Stretch, check_pictures, copied_picture, find_stretch
from core.media.tracks import MP4_OPTIONS, mux
from core.media.writing import written_whole

if TYPE_CHECKING:
    from core.model import MediaInfo, Segment

log = logging.getLogger(__name__)

_SOUND_BITS_PER_S: Final = 256_000


@dataclass(frozen=True, slots=True)
class Clipped:
    """What became of a shot."""

    frames: int
    copied: bool
    """True where the picture is the source's own, bit by bit; else it was coded anew."""
    reason: str = ""
    """Why the picture was not copied."""


def write_clip(
    source: Path,
    target: Path,
    segment: Segment,
    media: MediaInfo,
    report: Callable[[float], None] | None = None,
) -> Clipped:
    """Write the frames of ``[start_s, end_s)`` as an MP4 (H.264, AAC) of the source's full size, upright.

    Its first frame is the one at In, its last the one before Out, and each has the time that it had,
    counted from In. The picture is copied where that is exact and coded anew where not (HDR becomes
    BT.709, more than 8 bits become 8, interlaced frames are deinterlaced); the sound is cut to the
    sample, so always coded anew, as stereo.

    Raises: MediaError, MediaMissing, MediaTimeout, StorageFull, and whatever ``report`` raises; then there
    is no file.
    """
    rate = None if media.variable_frame_rate or media.frame_rate <= 0 else media.frame_rate
    with written_whole(target) as draft:
        answer = run_isolated(
            "media.clip",
            {
                "source": str(source.absolute()),
                "draft": str(draft.absolute()),
                "start_s": segment.start_s,
                "end_s": segment.end_s,
                "rate": None if rate is None else [rate.numerator, rate.denominator],
            },
            # Bringing down the dynamic range of a large film takes a hundred times as long as it plays.
            bounds=Bounds(timeout_s=600 + 200 * segment.duration_s, idle_timeout_s=600),
            report=report,
        )
    return Clipped(**answer)


# -- in the child --


def clip_request(request: dict[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Write the clip that the request asks for; say what `Clipped` holds."""
    source, draft = Path(request["source"]), Path(request["draft"])
    start_s, end_s = float(request["start_s"]), float(request["end_s"])
    faithful = Faithful(None if request["rate"] is None else Fraction(*request["rate"]))
    with media_errors(source):
        try:
            stretch = find_stretch(source, start_s, end_s, faithful)
            _copy(source, draft, stretch, faithful, report)
        except (NotCopyable, av.FFmpegError) as exc:
            reason = str(exc) if isinstance(exc, NotCopyable) else "the copy could not be written"
            log.debug("clip.not_copied reason=%s", exc)
        else:
            return {"frames": stretch.count, "copied": True}
        frames = _code(source, draft, (start_s, end_s), faithful, report)
    return {"frames": frames, "copied": False, "reason": reason}


def _copy(
    source: Path, draft: Path, stretch: Stretch, faithful: Faithful, report: Callable[[float], None]
) -> None:
    with (
        OpenVideo(source) as picture,
        OpenVideo(source) as sound,
        av.open(str(draft), "w", format="mp4", container_options=MP4_OPTIONS) as container,
    ):
        film = copied_picture(container, picture, stretch, faithful)
        _mux(source, container, film, sound, (stretch.start_s, stretch.end_s), report)
    check_pictures(source, draft, film, stretch)


def _code(
    source: Path,
    draft: Path,
    place: tuple[float, float],
    faithful: Faithful,
    report: Callable[[float], None],
) -> int:
    with (
        OpenVideo(source, all_cores=True) as picture,
        OpenVideo(source) as sound,
        av.open(str(draft), "w", format="mp4", container_options=MP4_OPTIONS) as container,
    ):
        film = CodedPicture(container, picture, start_s=place[0], end_s=place[1], faithful=faithful)
        _mux(source, container, film, sound, (film.start_s, film.end_s or place[1]), report)
    return film.count


def _mux(
    source: Path,
    container: av.container.OutputContainer,
    film: CodedPicture | CopiedPicture,
    sound: OpenVideo,
    place: tuple[float, float],
    report: Callable[[float], None],
) -> None:
    start_s, end_s = place
    if not sound_decodes(source):
        mux(container, [film], end_s - start_s, report)
        return
    heard = CodedSound(container, sound, start_s=start_s, end_s=end_s, bits_per_s=_SOUND_BITS_PER_S)
    mux(container, [film, heard], end_s - start_s, report)

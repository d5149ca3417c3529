"""A copy of a video that every browser plays: H.264 and AAC in an MP4, with the same times."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from core.isolation import Bounds, run_isolated
from core.media.coding import CodedPicture, CodedSound
from core.media.containers import codec_name
from core.media.copying import CopiedPicture, CopiedSound, NotCopyable, check_copy
from core.media.decoding import OpenVideo
from core.media.extent import looked_at
from core.media.failures import media_errors
from core.media.orientation import Orientation, orientation_of
from core.media.playable import Coding, fits_mp4
from core.media.sounding import sound_decodes
from core.media.tracks import MP4_OPTIONS, Track, mux
from core.media.writing import written_whole

if TYPE_CHECKING:
    from core.model import MediaInfo

log = logging.getLogger(__name__)


def write_proxy(
    source: Path,
    target: Path,
    media: MediaInfo,
    report: Callable[[float], None] | None = None,
) -> None:
    """Write an MP4 that Chromium plays, in which every frame is at the time that it has in the source.

    Streams that fit are copied; the others are coded anew, at most 1080p, upright, with a key frame
    every second.

    Raises: MediaError, MediaMissing, MediaTimeout, StorageFull, and whatever ``report`` raises; then
    there is no file.
    """
    with written_whole(target) as draft:
        run_isolated(
            "media.proxy",
            {
                "source": str(source.absolute()),
                "draft": str(draft.absolute()),
                "duration_s": media.duration_s,
            },
            bounds=Bounds(timeout_s=900 + 30 * media.duration_s, idle_timeout_s=600),
            report=report,
        )


# -- in the child --


def proxy_request(request: dict[str, Any], report: Callable[[float], None]) -> dict[str, bool]:
    """Write the proxy that the request asks for; say whether its picture was copied."""
    source, draft, duration_s = Path(request["source"]), Path(request["draft"]), request["duration_s"]
    with media_errors(source):
        if _picture_fits(source, duration_s):
            try:
                _write(source, draft, duration_s, report, copies=True)
            except (NotCopyable, av.FFmpegError) as exc:
                log.info("proxy.not_copied reason=%s", exc)
            else:
                return {"copied": True}
        _write(source, draft, duration_s, report, copies=False)
    return {"copied": False}


def _picture_fits(source: Path, duration_s: float) -> bool:
    """Return whether the picture may be copied: fitting, upright, square pixels, nowhere damaged."""
    with OpenVideo(source) as video:
        tried = [video.decoded_near(at_s) for at_s in (0.0, *looked_at(duration_s))]
        first = tried[0]
        if first is None or None in tried or video.damage:
            return False
        return (
            fits_mp4(Coding("", codec_name(video.picture) or "", first.frame.format.name, None))
            and orientation_of(first.frame) == Orientation()
            and video.picture.sample_aspect_ratio in (None, 0, 1)
        )


def _write(
    source: Path, draft: Path, duration_s: float, report: Callable[[float], None], *, copies: bool
) -> None:
    with (
        OpenVideo(source, all_cores=not copies) as picture,
        OpenVideo(source) as sound,
        av.open(str(draft), "w", format="mp4", container_options=MP4_OPTIONS) as container,
    ):
        film = CopiedPicture(container, picture) if copies else CodedPicture(container, picture)
        tracks: list[Track] = [film]
        if sound_decodes(source):
            fits = fits_mp4(Coding("", "h264", "yuv420p", codec_name(sound.sound)))
            tracks.append((CopiedSound if fits and copies else CodedSound)(container, sound))
        mux(container, tracks, duration_s, report)
    if isinstance(film, CopiedPicture):
        check_copy(draft, sorted(film.times_s))

"""Posters and thumbnails: single frames as JPEG files, turned as they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from av.video.frame import VideoFrame
from PIL import Image, ImageStat

from core.errors import MediaError
from core.isolation import Bounds, run_isolated
from core.media.decoding import OpenVideo, Shown
from core.media.failures import media_errors
from core.media.redrawing import Upright
from core.media.writing import draft_of, written_whole

if TYPE_CHECKING:
    from core.model import MediaInfo

_POSTER_WIDTH: Final = 640
_THUMBNAIL_WIDTH: Final = 320
_CANDIDATES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.0)
_SEEK_BEYOND_S: Final = 3.0
_DARK, _BRIGHT = 24.0, 232.0


def write_poster(source: Path, target: Path, media: MediaInfo) -> None:
    """Write a JPEG, at most 640 pixels wide, of a frame that shows something of the video.

    Raises: MediaError, MediaMissing, MediaTimeout, StorageFull; then there is no file.
    """
    with written_whole(target) as draft:
        run_isolated(
            "media.poster",
            {
                "source": str(source.absolute()),
                "draft": str(draft.absolute()),
                "duration_s": media.duration_s,
            },
            bounds=Bounds(timeout_s=120),
        )


def write_thumbnails(
    source: Path,
    targets: Mapping[int, Path],
    media: MediaInfo,
    report: Callable[[float], None] | None = None,
) -> None:
    """Write a JPEG, 320 pixels wide, of the frame that is on screen at each time.

    ``targets`` maps milliseconds to files. On screen is the last frame not after that time; where the
    file is damaged, the nearest good one.

    Raises: MediaError, MediaMissing, MediaTimeout, StorageFull, and whatever ``report`` raises; then
    none of the files is there.
    """
    if not targets:
        return
    for target in targets.values():
        target.parent.mkdir(parents=True, exist_ok=True)
    request = {
        "source": str(source.absolute()),
        "targets": [[at_ms, str(path.absolute())] for at_ms, path in sorted(targets.items())],
    }
    bounds = Bounds(timeout_s=120 + 10 * len(targets) + media.duration_s, idle_timeout_s=120)
    try:
        run_isolated("media.thumbnails", request, bounds=bounds, report=report)
    except BaseException:
        for target in targets.values():
            target.unlink(missing_ok=True)
            draft_of(target).unlink(missing_ok=True)
        raise


def frame_at(path: Path, at_s: float) -> Image.Image:
    """Return the frame on screen at this time as an upright RGB picture, decoded in this process.

    For files that were accepted before. Raises: MediaError, MediaMissing.
    """
    with media_errors(path), OpenVideo(path.absolute()) as video:
        shown = video.shown_at(at_s)
        if shown is None:
            raise _nothing_to_show()
        return Upright(video.picture.sample_aspect_ratio).picture(shown.frame)


# -- in the child --


def poster_request(request: dict[str, Any], report: Callable[[float], None]) -> None:
    """Write the poster that the request asks for."""
    source = Path(request["source"])
    with media_errors(source), OpenVideo(source) as video:
        times = (share * request["duration_s"] for share in _CANDIDATES)
        candidates = [shown.frame for shown in map(video.shown_at, times) if shown is not None]
        if not candidates:
            raise _nothing_to_show()
        best = max(candidates, key=_interest)
        upright = Upright(video.picture.sample_aspect_ratio, widest=_POSTER_WIDTH)
        _save(upright.picture(best), Path(request["draft"]))


def thumbnails_request(request: dict[str, Any], report: Callable[[float], None]) -> None:
    """Write the thumbnails that the request asks for, in one pass from first to last."""
    source = Path(request["source"])
    wanted = [(at_ms / 1000, Path(target)) for at_ms, target in request["targets"]]
    with media_errors(source), OpenVideo(source) as video:
        walk, upright = Walk(video), Upright(video.picture.sample_aspect_ratio, widest=_THUMBNAIL_WIDTH)
        for done, (at_s, target) in enumerate(wanted):
            picture = upright.picture(walk.shown_at(at_s).frame)
            with written_whole(target) as draft:
                _save(picture, draft)
            report((done + 1) / len(wanted))


class Walk:
    """Goes through a video towards later times, decoding on where that is shorter than seeking."""

    def __init__(self, video: OpenVideo) -> None:
        self._video = video
        self._coming: Iterator[Shown] = iter(())
        self._shown: Shown | None = None
        self._next: Shown | None = None

    def shown_at(self, at_s: float) -> Shown:
        """Return the frame on screen at a time that is not before the last one asked for.

        Raises: MediaError where nothing can be decoded.
        """
        if self._next is None or at_s > self._next.at_s + _SEEK_BEYOND_S:
            self._coming = self._video.frames_from(at_s)
            first = next(self._coming, None)
            self._shown = first or self._shown
            self._next = next(self._coming, None)
        while self._next is not None and self._next.at_s <= at_s:
            self._shown, self._next = self._next, next(self._coming, None)
        if self._shown is None:
            raise _nothing_to_show()
        return self._shown


def _interest(frame: VideoFrame) -> float:
    """Return how much there is to see: detail, less where the frame is nearly black or white."""
    small = Image.fromarray(frame.reformat(160, 90, "gray").to_ndarray())
    mean = ImageStat.Stat(small).mean[0]
    return small.entropy() * (0.2 if not _DARK <= mean <= _BRIGHT else 1.0)


def _save(picture: Image.Image, draft: Path) -> None:
    picture.save(draft, "JPEG", quality=85, optimize=True)


def _nothing_to_show() -> MediaError:
    return MediaError("No picture of this video can be decoded. Add a complete copy of it.")

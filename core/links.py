"""Links that a browser may follow: signed addresses of the media and upload routes."""

from __future__ import annotations

import logging
import time
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.errors import MediaMissing
from core.indexing.workbench import present_path
from core.layout import Layout
from core.model import Video
from core.tokens import MediaClaim, Tokens

log = logging.getLogger(__name__)

MEDIA_ROUTE: Final = "/api/media"
CLIPS_ROUTE: Final = "/api/clips"
UPLOAD_ROUTE: Final = "/api/upload"

_SETTLED_NS: Final = 1_000_000_000


class Links:
    """Makes links, and finds the file that a claim names."""

    def __init__(self, layout: Layout, tokens: Tokens) -> None:
        self._layout = layout
        self._tokens = tokens
        self._times: dict[str, tuple[Path, int, list[int]]] = {}
        """By video: its folder of thumbnails, when that changed last, and their times."""

    def play(self, video_id: str) -> str:
        return f"{MEDIA_ROUTE}/{self._tokens.media('play', video_id)}"

    def poster(self, video_id: str) -> str:
        return f"{MEDIA_ROUTE}/{self._tokens.media('poster', video_id)}"

    def subtitles(self, video_id: str) -> str | None:
        """Return the link of the subtitles, None where the video has none."""
        if not self._layout.subtitles(video_id).exists():
            return None
        return f"{MEDIA_ROUTE}/{self._tokens.media('subtitles', video_id)}"

    def thumbnail(self, video_id: str, at_s: float) -> str:
        """Return the link of the thumbnail nearest to a time, or of the poster while there is none."""
        at_ms = self._nearest_thumbnail(video_id, round(at_s * 1000))
        if at_ms is None:
            return self.poster(video_id)
        return f"{MEDIA_ROUTE}/{self._tokens.media('thumb', video_id, at_ms)}"

    def sprites(self, video_id: str, sheet: int) -> str:
        """Return the link of one sheet of small pictures, counted from 0."""
        return f"{MEDIA_ROUTE}/{self._tokens.media('sprites', video_id, sheet)}"

    def clips(self, run_id: str) -> str:
        """Return the link that downloads the cut clips of a run."""
        return f"{CLIPS_ROUTE}/{self._tokens.clips(run_id)}"

    def upload(self) -> str:
        return f"{UPLOAD_ROUTE}?token={self._tokens.upload()}"

    def subtitles_upload(self) -> str:
        return f"{UPLOAD_ROUTE}/subtitles?token={self._tokens.upload()}"

    def file(self, claim: MediaClaim, video: Video) -> Path:
        """Return the file that a claim names. Raises: MediaMissing where it is not there."""
        match claim.kind:
            case "play":
                return self.playable(video)
            case "poster":
                path = self._layout.poster(video.id)
            case "thumb":
                path = self._layout.thumbnail(video.id, claim.at_ms or 0)
            case "sprites":
                path = self._layout.sprite_sheet(video.id, claim.at_ms or 0)
            case "subtitles":
                path = self._layout.subtitles(video.id)
        try:
            if path.is_file():
                return path
        except OSError:
            # A number so long that no file can be called by it.
            log.debug("link.no_file kind=%s", claim.kind)
        raise MediaMissing("This picture has not been made yet. Try again when the video is ready.")

    def playable(self, video: Video) -> Path:
        """Return the file that a browser can play: the proxy, or the original itself."""
        proxy = self._layout.proxy(video.id)
        if proxy.is_file():
            return proxy
        if not video.media.playable:
            raise MediaMissing(
                f"“{video.title}” is still being prepared for the browser. Try again in a moment."
            )
        return self.source(video)

    def source(self, video: Video) -> Path:
        """Return the original. Raises: MediaMissing where none of its known paths has a file."""
        path = present_path(video)
        if path is not None:
            return path
        raise MediaMissing(
            f"The file of “{video.title}” is no longer where it was. Put it back, or find it from the "
            "Library page."
        )

    def _nearest_thumbnail(self, video_id: str, at_ms: int) -> int | None:
        times = self._thumbnail_times(video_id)
        if not times:
            return None
        place = bisect_left(times, at_ms)
        return min(times[max(0, place - 1) : place + 1], key=lambda one: abs(one - at_ms))

    def _thumbnail_times(self, video_id: str) -> Sequence[int]:
        """Return the times of a video's thumbnails in order: a list of results asks a hundred times."""
        kept = self._times.get(video_id)
        folder = kept[0] if kept else self._layout.thumbnail(video_id, 0).parent
        try:
            changed = folder.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        if kept is None or kept[1] != changed:
            times = sorted(int(file.stem) for file in folder.glob("*.jpg") if file.stem.isdigit())
            kept = folder, changed, times
            # Within one tick of the disk's clock more may come, and the folder would look the same.
            if time.time_ns() - changed > _SETTLED_NS:
                self._times[video_id] = kept
        return kept[2]

"""Pictures of a video: one a segment, and the sheets of small ones that a filmstrip is cut from."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from core.errors import CuepointError, MediaError
from core.indexing.files import remove, writing
from core.indexing.record import JobRecord
from core.indexing.workbench import Workbench
from core.media.sprites import read_sprites
from core.model import Video

log = logging.getLogger(__name__)


def make_thumbnails(
    bench: Workbench, record: JobRecord, video: Video, segments_ms: Collection[tuple[int, int]]
) -> bool:
    """Make a picture at the middle of each clip segment; return whether all are there."""
    targets = {
        middle_ms: bench.layout.thumbnail(video.id, middle_ms)
        for middle_ms in sorted({round((start_ms + end_ms) / 2) for start_ms, end_ms in segments_ms})
    }
    missing = {at_ms: path for at_ms, path in targets.items() if not path.is_file()}
    folder = bench.layout.thumbnail(video.id, 0).parent
    try:
        if missing:
            folder.mkdir(parents=True, exist_ok=True)
            source = bench.source(video).path
            bench.media.write_thumbnails(source, missing, video.media, record.report)
    except MediaError:
        # The moments are found and played all the same; cards show the poster instead.
        log.warning("thumbnails.failed video=%s", video.id, exc_info=True)
        return False
    elsewhere = _pictured_elsewhere(bench, video)
    _remove_others(folder, {*targets.values(), *elsewhere})
    return True


def _pictured_elsewhere(bench: Workbench, video: Video) -> set[Path]:
    """Return the pictures of the segments that the video has in other spaces, which are still searched."""
    here = bench.embedder.space.key
    keys = {one.space_key for one in bench.catalog.spaces_of(video.id)} - {here}
    return {
        bench.layout.thumbnail(video.id, round((row.segment.start_ms + row.segment.end_ms) / 2))
        for space in bench.catalog.known_spaces()
        if space.key in keys
        for row in bench.index.rows(space, video.id)
        if row.scope == "clip"
    }


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    """Remove pictures of segments that an earlier indexing had."""
    for path in folder.glob("*.jpg"):
        if path not in wanted:
            remove(path)


def make_sprites(bench: Workbench, video: Video, report: Callable[[float], None]) -> bool:
    """Make the sheets of small pictures where there are none; return whether they are there.

    Raises: StorageFull, StoreError, and whatever ``report`` raises; then nothing is there.
    """
    folder = bench.layout.sprites(video.id)
    if read_sprites(folder) is not None:
        return True
    try:
        proxy = bench.layout.proxy(video.id)
        # A playable copy is small and has many key frames, so it is read much faster.
        source = proxy if proxy.is_file() else bench.source(video).path
        bench.media.write_sprites(source, folder, video.media, report)
    except MediaError:
        # The page of the video shows the pictures of the segments instead.
        log.warning("sprites.failed video=%s", video.id, exc_info=True)
        return False
    return True


class Interrupted(Exception):
    """There is something more urgent to do."""


class MissingSprites:
    """Makes sheets for the videos that have none, one at a time, the newest first.

    Videos may have been indexed before sheets were made. One for which it fails is not tried again.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._turn = threading.Lock()
        self._left: list[str] | None = None
        """Ids of the videos to look at, the newest last; None until the first look."""
        self.in_hand: str | None = None
        """The video whose sheets are being made."""

    @property
    def ended(self) -> bool:
        """Return whether every video was looked at."""
        return self._left == []

    def make_one(self, is_urgent: Callable[[], bool]) -> bool:
        """Make the sheets of one video; return whether there was one without any.

        Stops, to begin again another time, where something urgent comes up.
        """
        if not self._turn.acquire(blocking=False):
            return False
        try:
            self.in_hand = self._next()
            if self.in_hand is None:
                return False
            self._make(self.in_hand, is_urgent)
            return True
        finally:
            self.in_hand = None
            self._turn.release()

    def _next(self) -> str | None:
        if self._left is None:
            self._left = [video.id for video in reversed(self._bench.catalog.videos())]
        while self._left:
            video = self._bench.catalog.find(self._left.pop())
            if video is not None and video.status == "ready" and not self._has_sheets(video.id):
                return video.id
        return None

    def _make(self, video_id: str, is_urgent: Callable[[], bool]) -> None:
        def report(_progress: float) -> None:
            if is_urgent():
                raise Interrupted

        try:
            # Looked at once more: a job of this video may have been begun before it was in hand.
            report(0.0)
            with writing():
                make_sprites(self._bench, self._bench.catalog.video(video_id), report)
        except Interrupted:
            self._left = [*(self._left or ()), video_id]
        except CuepointError:
            log.warning("sprites.failed video=%s", video_id, exc_info=True)
        finally:
            self._leave_nothing_of_a_deleted(video_id)

    def _has_sheets(self, video_id: str) -> bool:
        return read_sprites(self._bench.layout.sprites(video_id)) is not None

    def _leave_nothing_of_a_deleted(self, video_id: str) -> None:
        """Remove what was written after the video's files were removed."""
        if self._bench.catalog.find(video_id) is None:
            remove(self._bench.layout.sprites(video_id))
            with suppress(OSError):
                self._bench.layout.video_folder(video_id).rmdir()

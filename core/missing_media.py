"""Which videos' files are not where they were, known without ever waiting long for a disk.

A share that is gone can hold up a single look at a path for minutes. So threads of their own look, a page
takes the newest answer that there is, and a video whose path does not answer keeps the last one.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import CuepointError
from core.indexing.workbench import present_path
from core.model import Video

log = logging.getLogger(__name__)

FRESH_S: Final = 3.0
"""How long an answer stands before somebody's question has the files looked at again."""
PATIENCE_S: Final = 0.3
"""How long a question waits for a new answer: enough for thousands of files on a disk of this machine."""
STUCK_S: Final = 10.0
"""How long a look may last before another one begins beside it, without the paths that do not answer."""
_THREADS: Final = 4
_MOST_THREADS: Final = 12
"""Threads that hang on a share are not waited for; beyond so many no new look begins."""


@dataclass(eq=False)
class _Look:
    """One look at the files of all videos."""

    began_at: float
    queue: deque[Video] = field(default_factory=deque)
    open: int = 1
    """Videos without an answer, and 1 more until the videos are listed."""
    closed: set[str] = field(default_factory=set)
    """Videos about which this look has nothing to say any more: their files were found meanwhile."""
    waited: bool = False
    """Whether this look is not waited for (any more): nobody waits twice for a share."""


class MissingMedia:
    """Looks at the files of all videos, in threads of its own, when it is asked and the answer is old."""

    def __init__(
        self, videos: Callable[[], list[Video]], present: Callable[[Video], Path | None] = present_path
    ) -> None:
        self._videos = videos
        self._present = present
        self._changed = threading.Condition()
        self._missing: dict[str, tuple[Video, Path | None]] = {}
        """Each missing video, and the nearest folder above its newest path that is still there."""
        self._look: _Look | None = None
        self._took_s = 0.0
        self._old = True
        self._in_hand: set[str] = set()
        """Videos that some thread is looking at now, perhaps for long."""
        self._threads = 0

    def videos(self, patience_s: float = PATIENCE_S) -> list[Video]:
        """Return the videos without a file, the newest first; some seconds old at most where disks answer.

        A longer patience than a page has is for work that begins with the answer.
        """
        with self._changed:
            look = self._current()
            if look is not None and look.open and (not look.waited or patience_s > PATIENCE_S):
                look.waited = not self._changed.wait_for(lambda: not look.open, patience_s)
            found = [video for video, _ in self._missing.values()]
        return sorted(found, key=lambda video: (video.added_at, video.id), reverse=True)

    def folders(self) -> list[Path]:
        """Return folders that still exist above where files were, the one with most of them first."""
        with self._changed:
            near = [folder for _, folder in self._missing.values() if folder is not None]
        return sorted(set(near), key=lambda folder: (-near.count(folder), str(folder)))

    def found(self, video_id: str) -> None:
        """Note that a video has its file again, before the next look says so."""
        with self._changed:
            self._missing.pop(video_id, None)
            if self._look is not None:
                self._look.closed.add(video_id)

    def look_again(self) -> None:
        """Have the next question look at the files, because some came or went."""
        with self._changed:
            self._old = True

    # -- looking --

    def _current(self) -> _Look | None:
        now = time.monotonic()
        age_s = now - self._look.began_at if self._look is not None else float("inf")
        stuck = self._look is not None and self._look.open > 0 and age_s < STUCK_S
        if (self._old or (age_s > FRESH_S and not stuck)) and self._threads < _MOST_THREADS:
            # What took long the last time is not waited for: the answer before it stands until then.
            waited = not self._old and self._took_s > PATIENCE_S
            self._look, self._old = _Look(now, waited=waited), False
            self._start(self._list, self._look)
        return self._look

    def _start(self, work: Callable[[_Look], None], look: _Look) -> None:
        self._threads += 1
        threading.Thread(target=work, args=(look,), name="cuepoint-missing", daemon=True).start()

    def _list(self, look: _Look) -> None:
        try:
            videos = self._videos()
        except CuepointError:
            log.warning("missing.not_looked", exc_info=True)
            with self._changed:
                videos = [video for video, _ in self._missing.values()]
        with self._changed:
            if look is self._look:
                known = {video.id for video in videos}
                self._missing = {one: found for one, found in self._missing.items() if one in known}
            look.queue.extend(video for video in videos if video.id not in self._in_hand)
            look.open += len(look.queue) - 1
            for _ in range(min(_THREADS, len(look.queue)) - 1):
                self._start(self._work, look)
        self._work(look)

    def _work(self, look: _Look) -> None:
        while True:
            with self._changed:
                if not look.queue:
                    self._threads -= 1
                    if look is self._look and not look.open:
                        self._took_s = time.monotonic() - look.began_at
                    self._changed.notify_all()
                    return
                video = look.queue.popleft()
                self._in_hand.add(video.id)
            path = self._present(video)
            near = None if path is not None else nearest_folder(video)
            with self._changed:
                self._in_hand.discard(video.id)
                look.open -= 1
                if look is self._look and video.id not in look.closed:
                    if path is None:
                        self._missing[video.id] = (video, near)
                    else:
                        self._missing.pop(video.id, None)


def nearest_folder(video: Video) -> Path | None:
    """Return the lowest folder above a video's newest path that exists; None where only the top does."""
    if not video.paths:
        return None
    for folder in Path(video.paths[0]).parents:
        try:
            if folder.is_dir():
                return folder if folder != Path(folder.anchor) and os.access(folder, os.R_OK) else None
        except OSError:
            continue
    return None

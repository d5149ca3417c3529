"""Cutting the clips of shot lists into zip files: in the background, one clip at a time.

A run lives as long as the library is open. Its zip grows under a draft's name and gets its own when it is
whole; what a process leaves that dies on the way is swept at the next start.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from core.clip_orders import ClipOrder, left_out
from core.clip_zip import ClipZip
from core.errors import Cancelled, CuepointError, MediaError, MediaMissing, NotFound
from core.indexing.files import remove
from core.layout import Layout
from core.media.clipping import Clipped, write_clip
from core.media.writing import written_whole
from core.model import ClipRun, MediaInfo, Segment

log = logging.getLogger(__name__)

KEPT_S: Final = 24 * 3600.0
"""How long a finished zip can be downloaded, unless the library is closed before."""
_SURPRISE: Final = "Something went wrong while the clips were cut. Try again; the log says more."


class Cut(Protocol):
    """Writes one clip, as `core.media.clipping.write_clip` does."""

    def __call__(
        self,
        source: Path,
        target: Path,
        segment: Segment,
        media: MediaInfo,
        report: Callable[[float], None] | None = None,
    ) -> Clipped: ...


@dataclass
class _Kept:
    """A run, what it has to cut, and whether somebody wants it to stop."""

    run: ClipRun
    orders: Sequence[ClipOrder]
    stop: threading.Event = field(default_factory=threading.Event)
    begun: bool = False
    ended_at: float | None = None


class ClipRuns:
    """All runs since the library was opened; safe to use from several threads.

    Runs wait for each other. ``clock`` counts seconds and is there for tests.
    """

    def __init__(
        self, layout: Layout, *, cut: Cut = write_clip, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._layout, self._cut, self._clock = layout, cut, clock
        self._lock = threading.Lock()
        self._runs: dict[str, _Kept] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cuepoint-clips")

    # -- what people ask --

    def start(self, list_id: str, name: str, orders: Sequence[ClipOrder]) -> ClipRun:
        """Begin to cut these clips into a zip of this name, or queue them."""
        run = ClipRun(id=uuid4().hex, list_id=list_id, name=name, total=len(orders))
        self._forget_old()
        with self._lock:
            kept = self._runs[run.id] = _Kept(run, orders)
        log.info("clips.started run=%s clips=%d", run.id, run.total)
        self._pool.submit(self._work, kept)
        return run

    def run(self, run_id: str) -> ClipRun:
        """Return how a run stands. Raises: NotFound."""
        self._forget_old()
        return self._find(run_id).run

    def runs(self, list_id: str) -> list[ClipRun]:
        """Return the runs of a list, the newest first."""
        self._forget_old()
        with self._lock:
            return [kept.run for kept in reversed(self._runs.values()) if kept.run.list_id == list_id]

    def cancel(self, run_id: str) -> None:
        """Stop a run; what it has cut is removed. One that has ended stays as it is. Raises: NotFound."""
        kept = self._find(run_id)
        kept.stop.set()
        with self._lock:
            if not kept.begun and kept.run.state == "running":
                self._end(kept, state="cancelled")

    def file(self, run_id: str) -> tuple[Path, str]:
        """Return a finished zip and what it is called. Raises: NotFound, MediaMissing."""
        run = self.run(run_id)
        path = self._path(run_id)
        if run.state != "ready" or not path.is_file():
            raise MediaMissing("These clips are not there. Cut them again from the shot list.")
        return path, run.name

    def close(self) -> None:
        """Stop all runs and wait until what they left unfinished is removed."""
        with self._lock:
            for kept in self._runs.values():
                kept.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    # -- in the thread --

    def _work(self, kept: _Kept) -> None:
        with self._lock:
            if kept.stop.is_set():
                self._end(kept, state="cancelled")
                return
            kept.begun = True
        run_id = kept.run.id
        try:
            with written_whole(self._path(run_id)) as draft:
                message = self._fill(kept, draft)
                size = draft.stat().st_size
        except Cancelled:
            self._ended(kept, state="cancelled")
        except CuepointError as exc:
            self._ended(kept, state="failed", message=exc.message)
        except Exception:
            # The edge of the thread: the traceback is for the log, a sentence for the person.
            log.exception("clips.broken run=%s", run_id)
            self._ended(kept, state="failed", message=_SURPRISE)
        else:
            self._ended(kept, state="ready", message=message, progress=1.0, size_bytes=size)

    def _fill(self, kept: _Kept, draft: Path) -> str | None:
        """Cut the clips into the zip; return what was left out. Raises what ends the run."""
        orders = kept.orders
        whole_s = sum(order.segment.duration_s for order in orders) or 1.0
        before_s = 0.0
        skipped: list[tuple[ClipOrder, CuepointError]] = []
        with ClipZip(draft, lambda: self._check(kept)) as archive:
            for order in orders:
                share = order.segment.duration_s / whole_s
                report = self._reporter(kept, before_s / whole_s, share)
                try:
                    self._add(archive, kept.run.id, order, report)
                except (MediaError, NotFound) as exc:
                    log.info("clips.left_out run=%s reason=%s", kept.run.id, type(exc).__name__)
                    skipped.append((order, exc))
                else:
                    self._change(kept, done=kept.run.done + 1)
                before_s += order.segment.duration_s
            message = left_out(skipped, len(orders))
            if kept.run.done == 0:
                raise MediaError(message or "There is nothing to cut in this list. Keep some shots first.")
            archive.finish()
        return message

    def _add(self, archive: ClipZip, run_id: str, order: ClipOrder, report: Callable[[float], None]) -> None:
        report(0.0)
        source = order.find_source()
        if order.media is None:
            raise NotFound("This video is no longer in the library.")
        clip = self._layout.exports / f"{run_id}.mp4"
        try:
            clipped = self._cut(source, clip, order.segment, order.media, report)
            archive.add(clip, order.name, clipped)
        finally:
            clip.unlink(missing_ok=True)
        log.info("clips.cut run=%s frames=%d copied=%s", run_id, clipped.frames, clipped.copied)

    def _reporter(self, kept: _Kept, before: float, share: float) -> Callable[[float], None]:
        def report(progress: float) -> None:
            self._check(kept)
            at = min(1.0, before + share * min(1.0, max(0.0, progress)))
            self._change(kept, progress=max(kept.run.progress, at))

        return report

    @staticmethod
    def _check(kept: _Kept) -> None:
        if kept.stop.is_set():
            raise Cancelled("The clips are no longer being cut.")

    # -- the register --

    def _path(self, run_id: str) -> Path:
        return self._layout.exports / f"{run_id}.zip"

    def _find(self, run_id: str) -> _Kept:
        with self._lock:
            kept = self._runs.get(run_id)
        if kept is None:
            raise NotFound("These clips are no longer there. Cut them again from the shot list.")
        return kept

    def _change(self, kept: _Kept, **what: object) -> None:
        with self._lock:
            kept.run = replace(kept.run, **what)  # type: ignore[arg-type]  # fields of ClipRun by name

    def _ended(self, kept: _Kept, **what: object) -> None:
        with self._lock:
            self._end(kept, **what)

    def _end(self, kept: _Kept, **what: object) -> None:
        kept.run = replace(kept.run, **what)  # type: ignore[arg-type]  # fields of ClipRun by name
        kept.ended_at = self._clock()
        log.info("clips.ended run=%s state=%s", kept.run.id, kept.run.state)

    def _forget_old(self) -> None:
        """Remove zips that are older than a day, and their runs."""
        before = self._clock() - KEPT_S
        with self._lock:
            ended = {name: kept.ended_at for name, kept in self._runs.items()}
            old = [name for name, ended_at in ended.items() if ended_at is not None and ended_at < before]
            for run_id in old:
                del self._runs[run_id]
        for run_id in old:
            remove(self._path(run_id))

"""The façade: everything that pages, scripts and tests ask of Cuepoint.

    with open_library(Settings(data_dir=folder)) as library:
        video = library.add_file("holiday.mp4")
        library.wait(timeout_s=300)
        for moment in library.search(Query(terms=(Text("red"),))).moments:
            print(moment.video_id, moment.start_s, moment.end_s, moment.band)

Methods are safe to call from several threads. Each raises only `CuepointError`s (and `TimeoutError`
from `wait`), whose message may be shown as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import Literal, Self

from core import logs
from core.catalog.catalog import VideoChanges
from core.changing_space import settle_spaces
from core.composition import assemble
from core.config import Settings, load_settings
from core.editing import edit_video, refresh_outdated
from core.errors import EngineUnauthorized, StoreError
from core.indexing.cleaning import sweep
from core.library_adding import LibraryAdding
from core.library_batches import LibraryBatches
from core.library_clips import LibraryClips
from core.library_clusters import LibraryClusters
from core.library_exports import LibraryExports
from core.library_fitting import LibraryFitting
from core.library_insights import LibraryInsights
from core.library_media import LibraryMedia
from core.library_model import LibraryStatus, RebuildReport
from core.library_relinking import LibraryRelinking
from core.library_searches import LibrarySearches
from core.library_shots import LibraryShots
from core.library_spaces import LibrarySpaces
from core.library_trends import LibraryTrends
from core.model import Job, Video
from core.parts import Parts
from core.rebuilding import mend_index, rebuild_index
from core.standing import library_status
from core.tokens import Tokens

log = logging.getLogger(__name__)


def open_library(settings: Settings | None = None) -> Library:
    """Return the library of a data folder, at work: unfinished jobs continue at once.

    Raises: LibraryBusy while another process has it open, SettingsError, IndexUnavailable,
        CatalogUnavailable.
    """
    return Library(assemble(settings or load_settings()))


class Library(
    LibraryMedia,
    LibraryAdding,
    LibraryBatches,
    LibrarySpaces,
    LibraryFitting,
    LibrarySearches,
    LibraryShots,
    LibraryRelinking,
    LibraryInsights,
    LibraryTrends,
    LibraryClusters,
    LibraryExports,
    LibraryClips,
):
    """Videos that can be searched; made by `open_library`, used as a context manager."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.settings: Settings = parts.settings
        self.layout = parts.layout
        self.tokens: Tokens = parts.tokens
        sweep(parts.layout, parts.catalog)
        parts.archive.sweep()
        settle_spaces(parts)
        try:
            mend_index(parts)
        except StoreError:
            # What is in the index can be searched, and the next start tries again.
            log.warning("index.not_mended", exc_info=True)
        refresh_outdated(parts)
        parts.worker.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop working, keep what is unfinished for the next start, and let go of the data folder."""
        self._parts.worker.stop(timeout_s=10)
        self._parts.closing.close()

    # -- videos --

    def videos(self) -> list[Video]:
        """Return all videos, the newest first."""
        return self._parts.catalog.videos()

    def video(self, video_id: str) -> Video:
        """Return one video. Raises: NotFound."""
        return self._parts.catalog.video(video_id)

    def edit(
        self,
        video_id: str,
        *,
        title: str | None = None,
        category: str | None = None,
        tags: Iterable[str] | None = None,
        recorded_at: datetime | None = None,
        clear: Iterable[Literal["category", "recorded_at"]] = (),
    ) -> Video:
        """Change what people wrote about a video; None leaves a field as it is, ``clear`` empties it.

        See `core.editing.edit_video`. Raises: NotFound, IndexUnavailable.
        """
        changes: VideoChanges = {}
        if title is not None:
            changes["title"] = title
        if category is not None or "category" in clear:
            changes["category"] = category
        if tags is not None:
            changes["tags"] = tuple(tags)
        if recorded_at is not None or "recorded_at" in clear:
            changes["recorded_at"] = recorded_at
        return edit_video(self._parts, video_id, changes)

    def reindex(self, video_id: str, *, force: bool = True) -> Job:
        """Embed a video again; with ``force=False`` only where the archive does not have it yet."""
        job = self._parts.catalog.add_job(video_id, force=force)
        self._parts.worker.wake()
        return job

    def delete(self, video_id: str, *, keep_embeddings: bool = False) -> None:
        """Remove a video: its job, rows, pictures and the library's own copy of the file.

        A file that was added by its path stays. ``keep_embeddings`` keeps the archive, so that
        adding the same bytes again embeds nothing. Raises: NotFound.
        """
        self._parts.pipeline.remove_video(video_id, keep_embeddings=keep_embeddings)
        self._parts.worker.wake()

    # -- jobs --

    def jobs(self, active_only: bool = False) -> list[Job]:
        """Return the jobs, the newest first."""
        return self._parts.catalog.jobs(active_only=active_only)

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop. Raises: NotFound."""
        self._parts.catalog.request_cancel(job_id)
        self._parts.worker.wake()

    def retry(self, job_id: str) -> Job:
        """Start a failed or cancelled job again. Raises: NotFound."""
        job = self._parts.catalog.retry(job_id)
        self._parts.worker.resume()
        return job

    def wait(self, timeout_s: float = 300) -> None:
        """Return when no job is queued or running.

        Raises: TimeoutError, EngineUnauthorized at once while the engine refuses the key.
        """
        worker = self._parts.worker
        if not worker.wait_idle(timeout_s):
            if worker.blocked is not None:
                raise EngineUnauthorized(worker.blocked)
            raise TimeoutError(f"There is still work to do after {timeout_s:g} seconds.")

    # -- keeping house --

    def announce(self, url: str) -> None:
        """Let other commands on this machine find the application that owns the data folder."""
        self._parts.ownership.announce(url)

    def rebuild(self) -> RebuildReport:
        """Write the index anew from archive and catalog, embedding nothing."""
        return rebuild_index(self._parts)

    def status(self) -> LibraryStatus:
        """Return what the status page shows; never raises for a store that is down."""
        return library_status(self._parts)

    def log_tail(self, lines: int = 200) -> list[str]:
        """Return the last lines of the log, oldest first."""
        return logs.tail(self.layout.logs, lines)

"""Videos that come and go: the moments when files and rows change together.

A file cannot be moved and a row written in one transaction. So a video's id is noted as unsettled
before its first file is touched, and struck out in the transaction that makes rows and files agree.
Whatever a crash leaves is then known by name: see `core.indexing.cleaning`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from core.catalog.database import Database
from core.catalog.jobs import JobCatalog, write_job
from core.catalog.rows import NewVideo, as_job, video_row
from core.catalog.tables import jobs, unsettled, videos
from core.catalog.videos import VideoCatalog, read_videos, see_path
from core.errors import NotFound
from core.indexing import transitions
from core.model import ENDED_STATES, Job, Video


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A video whose files may lie about without a row that names them."""

    video_id: str
    keep_embeddings: bool
    since: datetime


class ArrivalCatalog(VideoCatalog, JobCatalog):
    """Adding and forgetting videos."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        super().__init__(database, clock)
        self._deciding = threading.RLock()

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Hold off everybody else who decides whether a video's files stay.

        Two who bring the same bytes, or one who brings and one who deletes, go one after the other.
        """
        with self._deciding:
            yield

    @contextmanager
    def arrival(self, video_id: str) -> Iterator[None]:
        """Hold `deciding` while the files of a new video are put in place and its row is added.

        Where no row was added by the end of the process, the next start removes those files.
        """
        with self.deciding():
            with self._database.write() as connection:
                known = select(videos.c.id).where(videos.c.id == video_id)
                noted = select(unsettled.c.video_id).where(unsettled.c.video_id == video_id)
                # What is noted already is a deletion that has not ended: its word on the archive stands.
                if connection.scalar(known.union_all(noted)) is None:
                    _note(connection, video_id, keep_embeddings=True, now=self._clock())
            yield

    def add_video(self, new: NewVideo) -> Video:
        """Return a new video. Raises: StoreError where it is there already."""
        with self._database.write() as connection:
            return self._insert(connection, new)

    def add_video_with_job(
        self, new: NewVideo, *, force: bool = False, batch_id: str | None = None
    ) -> tuple[Video, Job]:
        """Return a new video and its queued job, written together.

        Raises: StoreError where the video is there already.
        """
        with self._database.write() as connection:
            video = self._insert(connection, new)
            job = self.insert_job(
                connection, title=video.title, video_id=video.id, force=force, batch_id=batch_id
            )
            return video, job

    def add_video_for_job(self, new: NewVideo, job: Job) -> tuple[Video, Job]:
        """Return a new video and the job whose download it is, already linked to it, written together.

        Raises: StoreError where the video is there already, JobChanged as `save_job`.
        """
        with self._database.write() as connection:
            video = self._insert(connection, new)
            return video, write_job(connection, job)

    def forget_video(self, video_id: str, *, keep_embeddings: bool) -> None:
        """Remove a video's row and ended jobs, and ask a running one to stop.

        Its files, rows of the index and (unless kept) archive stay noted as unsettled until
        `settle`. Raises: NotFound.
        """
        now = self._clock()
        with self.deciding(), self._database.write() as connection:
            removed = connection.scalar(delete(videos).where(videos.c.id == video_id).returning(videos.c.id))
            if removed is None:
                raise NotFound("This video is not in your library any more. Load the page again.")
            _note(connection, video_id, keep_embeddings, now)
            unended = select(jobs).where(jobs.c.video_id == video_id, jobs.c.state.not_in(ENDED_STATES))
            for row in connection.execute(unended.with_for_update()).mappings().all():
                write_job(connection, transitions.request_cancel(as_job(row), now))
            connection.execute(
                delete(jobs).where(jobs.c.video_id == video_id, jobs.c.state.in_(ENDED_STATES))
            )

    # -- what is not settled --

    def unsettled(self) -> list[Unsettled]:
        """Return the videos that are arriving or being deleted, the oldest first."""
        wanted = select(unsettled).order_by(unsettled.c.since, unsettled.c.video_id)
        with self._database.read() as connection:
            return [Unsettled(**row) for row in connection.execute(wanted).mappings()]

    def settle(self, video_id: str) -> None:
        """Strike a video out: nothing of it is left, or a row names it again."""
        with self._database.write() as connection:
            connection.execute(delete(unsettled).where(unsettled.c.video_id == video_id))

    def drop_jobs_of_deleted_videos(self) -> None:
        """Remove the ended jobs of videos that are not in the library any more."""
        gone = jobs.c.video_id.is_not(None) & jobs.c.video_id.not_in(select(videos.c.id))
        with self._database.write() as connection:
            connection.execute(delete(jobs).where(gone, jobs.c.state.in_(ENDED_STATES)))

    def _insert(self, connection: Connection, new: NewVideo) -> Video:
        now = self._clock()
        connection.execute(insert(videos).values(video_row(new, now)))
        see_path(connection, new.id, new.path, now)
        connection.execute(delete(unsettled).where(unsettled.c.video_id == new.id))
        return read_videos(connection, new.id)[0]


def _note(connection: Connection, video_id: str, keep_embeddings: bool, now: datetime) -> None:
    connection.execute(delete(unsettled).where(unsettled.c.video_id == video_id))
    connection.execute(
        insert(unsettled).values(video_id=video_id, keep_embeddings=keep_embeddings, since=now)
    )

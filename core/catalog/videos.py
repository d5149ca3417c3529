"""Videos: what people wrote about them, where they lie, and what indexing made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypedDict, TypeVar, Unpack

from sqlalchemy import Connection, delete, func, insert, select, update

from core.catalog.database import Database
from core.catalog.jobs import newest_first
from core.catalog.part import CatalogPart
from core.catalog.rows import as_video, clean_category, clean_tags, clean_title
from core.catalog.spaces import IndexedIn, see_rows, see_space
from core.catalog.tables import jobs, video_paths, videos
from core.errors import NotFound
from core.model import JobState, Space, Video

_T = TypeVar("_T")


class VideoChanges(TypedDict, total=False):
    """The fields of a video that may be edited; None empties a field that can be empty."""

    title: str
    category: str | None
    tags: Iterable[str]
    recorded_at: datetime | None
    has_subtitles: bool
    source_url: str | None
    fit: bool
    start_timecode: str | None
    file_name: str | None


class VideoCatalog(CatalogPart):
    """Reading and editing videos."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        super().__init__(database, clock)
        self._answers: dict[str, tuple[int, Any]] = {}
        """By what was asked: how far the catalog had changed, and the answer of then."""

    def video(self, video_id: str) -> Video:
        """Return one video. Raises: NotFound."""
        found = self.find(video_id)
        if found is None:
            raise _gone()
        return found

    def find(self, video_id: str) -> Video | None:
        """Return one video, None where the library does not have it."""
        with self._database.read() as connection:
            return next(iter(read_videos(connection, video_id)), None)

    def videos(self) -> list[Video]:
        """Return all videos, the newest first."""
        return list(self._kept("videos", lambda: tuple(self._read_videos())))

    def _read_videos(self) -> list[Video]:
        with self._database.read() as connection:
            return read_videos(connection)

    def _kept(self, name: str, read: Callable[[], _T]) -> _T:
        """Return what ``read`` gives, read anew only where something was written since: every rerun asks."""
        self._database.check_open()
        # Looked at first: what is written while we read makes the kept answer an old one.
        changes = self._database.changes
        before = self._answers.get(name)
        if before is None or before[0] != changes:
            before = self._answers[name] = changes, read()
        found: _T = before[1]
        return found

    def edit_video(self, video_id: str, **changes: Unpack[VideoChanges]) -> Video:
        """Change the named fields and return the video. Raises: NotFound.

        A title that is empty stays as it was; a category that is empty becomes none.
        """
        values: dict[str, Any] = dict(changes)
        if "title" in values:
            values["title"] = clean_title(values["title"] or "")
            if not values["title"]:
                del values["title"]
        if "category" in values:
            values["category"] = clean_category(values["category"])
        if "tags" in values:
            values["tags"] = clean_tags(values["tags"])
        with self._database.write() as connection:
            if values:
                connection.execute(update(videos).where(videos.c.id == video_id).values(**values))
            return _existing(connection, video_id)

    def remember_path(self, video_id: str, path: str) -> Video:
        """Note that the bytes were seen at this path just now; it becomes the first of its paths.

        Raises: NotFound.
        """
        with self._database.write() as connection:
            _existing(connection, video_id)
            see_path(connection, video_id, path, self._clock())
            return _existing(connection, video_id)

    def mark_indexed(
        self, video_id: str, *, recipe: str, space: Space, segment_count: int, indexed_at: datetime
    ) -> Video:
        """Note which embeddings of the video a space has now; those in other spaces stay noted.

        Raises: NotFound, SpaceMismatch where another space has the same key.
        """
        entry = IndexedIn(video_id, space.key, recipe, segment_count, indexed_at)
        values = {
            "recipe": recipe,
            "space_key": space.key,
            "segment_count": segment_count,
            "indexed_at": indexed_at,
        }
        with self._database.write() as connection:
            _existing(connection, video_id)
            see_space(connection, space, indexed_at)
            see_rows(connection, entry)
            connection.execute(update(videos).where(videos.c.id == video_id).values(**values))
            return _existing(connection, video_id)

    # -- what people may choose from --

    def categories(self) -> list[str]:
        """Return the categories in use, in alphabetical order."""
        with self._database.read() as connection:
            found = connection.scalars(select(videos.c.category).distinct()).all()
        return sorted((name for name in found if name), key=str.casefold)

    def tags(self) -> list[str]:
        """Return the tags in use, in alphabetical order."""
        with self._database.read() as connection:
            found = connection.scalars(select(videos.c.tags)).all()
        return sorted({tag for tags in found for tag in tags}, key=str.casefold)

    def subtitled(self) -> list[str]:
        """Return the ids of the videos that have subtitles."""
        return sorted(video.id for video in self.videos() if video.has_subtitles)

    def word_sources(self) -> Iterator[str]:
        """Give every title and tag, for engines that know a library's own words."""
        for video in sorted(self.videos(), key=lambda one: one.id):
            yield video.title
            yield from video.tags


# -- within a transaction ------------------------------------------------------------------------


def read_videos(connection: Connection, video_id: str | None = None) -> list[Video]:
    """Return one or all videos, the newest first."""
    wanted = select(videos).order_by(videos.c.added_at.desc(), videos.c.id)
    places = select(video_paths.c.video_id, video_paths.c.path).order_by(
        video_paths.c.last_seen_at.desc(), video_paths.c.id.desc()
    )
    if video_id is not None:
        wanted = wanted.where(videos.c.id == video_id)
        places = places.where(video_paths.c.video_id == video_id)
    paths: dict[str, list[str]] = {}
    for owner, path in connection.execute(places):
        paths.setdefault(owner, []).append(path)
    states = _states(connection, video_id)
    return [
        as_video(row, paths.get(row["id"], []), states.get(row["id"]))
        for row in connection.execute(wanted).mappings()
    ]


def see_path(connection: Connection, video_id: str, path: str, now: datetime) -> None:
    """Write down that a video's bytes lie at this path."""
    same = (video_paths.c.video_id == video_id) & (video_paths.c.path == path)
    # Deleted and written again, so that its number grows: the order holds even when the clock stands.
    first = connection.scalar(select(video_paths.c.first_seen_at).where(same))
    connection.execute(delete(video_paths).where(same))
    connection.execute(
        insert(video_paths).values(video_id=video_id, path=path, first_seen_at=first or now, last_seen_at=now)
    )


def _states(connection: Connection, video_id: str | None) -> dict[str, JobState]:
    """Return the state of each video's newest job: one at work, or else the one that ended last."""
    place = func.row_number().over(partition_by=jobs.c.video_id, order_by=newest_first())
    ranked = select(jobs.c.video_id, jobs.c.state, place.label("place")).where(jobs.c.video_id.is_not(None))
    if video_id is not None:
        ranked = ranked.where(jobs.c.video_id == video_id)
    newest = ranked.subquery()
    found = connection.execute(select(newest.c.video_id, newest.c.state).where(newest.c.place == 1))
    return dict(found.all())


def _existing(connection: Connection, video_id: str) -> Video:
    found = read_videos(connection, video_id)
    if not found:
        raise _gone()
    return found[0]


def _gone() -> NotFound:
    return NotFound("This video is not in your library any more. Load the page again.")

"""What every step of indexing works with, and how it sees a video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.catalog.catalog import Catalog
from core.config import Settings
from core.embedding.port import Cue, Embedder, Source
from core.errors import Cancelled, MediaMissing
from core.indexing.ceiling import Ceiling
from core.indexing.patience import Patience
from core.indexing.ports import MediaTools
from core.layout import Layout
from core.model import Job, Video
from core.vectors.archive import Archive
from core.vectors.port import VectorIndex, VideoFields


@dataclass(frozen=True)
class Workbench:
    """The stores, the engine and the tools."""

    catalog: Catalog
    archive: Archive
    index: VectorIndex
    embedder: Embedder
    layout: Layout
    settings: Settings
    media: MediaTools
    patience: Patience
    clock: Callable[[], datetime]
    ceiling: Ceiling

    def video(self, job: Job) -> Video:
        """Return the video of a job. Raises: Cancelled where it was deleted."""
        found = self.catalog.find(job.video_id) if job.video_id else None
        if found is None:
            raise Cancelled("The video of this work was deleted.")
        return found

    def source(self, video: Video) -> Source:
        """Return the video as an engine sees it. Raises: MediaMissing where its file is gone."""
        path = present_path(video)
        if path is None:
            raise MediaMissing(
                f"The file of “{video.title}” is no longer where it was. Put it back, or find it from "
                "the Library page, then try again."
            )
        return self._source(video, path)

    def recipe(self, video: Video) -> str:
        """Return how the engine would embed the video now, also where its file is missing."""
        path = present_path(video) or Path(video.paths[0] if video.paths else video.id)
        return self.embedder.recipe(self._source(video, path))

    def _source(self, video: Video, path: Path) -> Source:
        return Source(
            video_id=video.id,
            path=path,
            media=video.media,
            size_bytes=video.size_bytes,
            title=video.title,
            tags=video.tags,
            cues=self._cues(video),
            fit=video.fit,
        )

    def _cues(self, video: Video) -> tuple[Cue, ...]:
        file = self.layout.subtitles(video.id)
        if not (video.has_subtitles and file.is_file()):
            return ()
        return self.media.read_subtitles(file)


def present_path(video: Video) -> Path | None:
    """Return the newest of a video's paths where a file of its size lies, None where none does.

    Another size means another file of the same name; its embeddings would be this video's lie.
    """
    for known in video.paths:
        path = Path(known)
        try:
            if path.is_file() and path.stat().st_size == video.size_bytes:
                return path
        except OSError:
            # A path that cannot even be looked at (permissions, a share that is gone) is a missing one.
            continue
    return None


def video_fields(video: Video, indexed_at: datetime | None = None) -> VideoFields:
    """Return what the index's rows say about a video; ``indexed_at`` stands in for the video's own."""
    return VideoFields(
        video_id=video.id,
        duration_s=video.duration_s,
        category=video.category,
        tags=video.tags,
        recorded_on=video.recorded_at.date() if video.recorded_at else None,
        indexed_at=indexed_at or video.indexed_at,
    )

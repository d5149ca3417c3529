"""What the library's façade takes and answers, beside the words of `core.model`: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.embedding.port import EngineState
from core.model import Space, Video


@dataclass(frozen=True, slots=True)
class Details:
    """What a person wrote about a file that is being added. An empty field says nothing."""

    title: str | None = None
    """None means: take it from the file's name."""
    category: str | None = None
    tags: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    """None means: the container's creation time, when there is a believable one."""
    subtitles: Path | None = None
    """A .srt or .vtt file that the library reads and does not move."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file of a batch."""

    name: str
    """The name to show, as `core.media.names.clean_name` made it."""
    video: Video | None
    """None where the file was refused; then ``message`` says why."""
    known: bool
    """True where the same bytes were in the library before; they are not indexed again."""
    message: str | None = None
    """One sentence to show: why the file was refused, or what is worth knowing about it."""

    @property
    def refused(self) -> bool:
        return self.video is None


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild of the index from the archive wrote."""

    videos: int
    rows: int


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """What the status page shows, and what `/api/ready` is made from."""

    engine: EngineState
    space: Space
    videos: int
    segments: int
    minutes: float
    """Minutes of footage embedded, over all videos."""
    disk_bytes: int
    """What the data folder takes."""
    free_bytes: int
    """What the disk of the data folder has left."""
    active_jobs: int
    index_ready: bool
    index_message: str
    """One sentence: what works, or what to do so that it does."""

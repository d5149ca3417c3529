"""What the library's façade takes and answers, beside the words of `core.model`: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.embedding.port import EngineState
from core.model import Batch, Space, Video


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
    batch_id: str | None = None
    """The `Batch` that it is added with."""
    fit: bool | None = None
    """Send an enlarged or padded copy where the engine's limits ask for it; None: as the settings say."""


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
    """What a rebuild of the index from the archive came to."""

    videos: int
    rows: int
    """Rows that the index has now, of those videos."""
    kept: int = 0
    """Videos among them that an earlier rebuild, which was cut off, had written already."""
    searches: int = 0
    """Searches that were compared with the archive, and gave the same."""


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far the writing of one space is."""

    space: Space
    videos: int
    of: int
    """Videos to be written; what was there already is not among them."""
    rows: int
    rows_per_s: float
    remaining_s: float
    """At the pace so far."""


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


# -- money, batches, spaces ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Estimate:
    """What indexing some videos will ask of the engine, before it is asked."""

    videos: int
    """Videos that have to be embedded."""
    minutes: float
    """Their length: what is billed where the engine costs money."""
    known_videos: int
    """Videos whose embeddings the archive has already: free."""
    known_minutes: float
    unread: int = 0
    """Addresses that are not downloaded yet, so nobody knows how long they are."""
    refused: int = 0
    """Videos that failed before anything was sent."""
    price: float | None = None
    """In `currency`; None where no rate is set or the engine is free."""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far the jobs of one batch are."""

    batch: Batch
    jobs: int
    ready: int
    failed: int
    cancelled: int
    share: float
    """0 to 1, by seconds of footage where they are known."""
    remaining_s: float | None
    """Seconds still to go at the pace so far; None while nobody can know."""
    waiting: str | None = None
    """Why the batch stands, in one sentence: held, paused, the key, the ceiling, a rate limit."""

    @property
    def ended(self) -> bool:
        return self.ready + self.failed + self.cancelled == self.jobs


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked of the engines so far. Days are UTC."""

    minutes_today: float
    minutes_total: float
    """Of billed engines only."""
    minutes_in_flight: float
    """Started at the engine and not yet counted."""
    daily_minutes: float
    """The ceiling; 0 means none."""
    calls_today: int
    calls_total: int
    """Query embeddings that were not in the cache, at billed engines."""
    price_total: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class SpaceState:
    """One space that the library has vectors in, or will have."""

    space: Space
    videos: int
    """Videos with rows here, of those the library has."""
    missing: int
    """Indexed videos of the library that have no rows here."""
    chosen: bool
    """True for the space that the settings choose: new videos go there."""
    searched: bool
    """True for the space that searches go to now."""
    usable: bool
    """Whether queries can be embedded for it: its engine is there, and so is the key."""
    message: str
    """One sentence: what it is, or what keeps it from being used."""


# -- moved files ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RelinkRun:
    """One look through a folder for files that are not where they were, as it stands now."""

    id: str
    folder: str
    """As the person typed it."""
    state: Literal["looking", "done", "cancelled", "failed"]
    wanted: tuple[str, ...]
    """Ids of the videos that are looked for."""
    found: tuple[str, ...] = ()
    """Those whose bytes were found, in that order; their new paths are remembered."""
    other: tuple[str, ...] = ()
    """Those not found of which a file of the same name lies there, with other content: never linked."""
    seen: int = 0
    """Files passed so far."""
    reading: str | None = None
    """Title of the video that a file is being compared with; None while only names and sizes are read."""
    progress: float = 0.0
    """0 to 1 within that file."""
    unread: int = 0
    """Folders and files that may not be read."""
    untried: int = 0
    """Files of a fitting size that were not compared, because there were too many of them."""
    cut_short: bool = False
    """True where the folder holds more files than are looked through."""
    message: str | None = None
    """Why it failed, in one sentence."""

    @property
    def ended(self) -> bool:
        return self.state != "looking"

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the ids of those that are still looked for."""
        return tuple(one for one in self.wanted if one not in self.found)

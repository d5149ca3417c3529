"""Videos, and the jobs that index them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, TypeAlias

JobState: TypeAlias = Literal[
    "queued", "preparing", "uploading", "embedding", "storing", "ready", "failed", "cancelled"
]
RUNNING_STATES: tuple[JobState, ...] = ("preparing", "uploading", "embedding", "storing")
ENDED_STATES: tuple[JobState, ...] = ("ready", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What probing found in a file. Width and height are as displayed, after rotation."""

    duration_s: float
    width: int
    height: int
    frame_rate: Fraction
    video_codec: str
    audio_codec: str | None = None
    container: str = ""
    rotation: int = 0
    """Clockwise degrees that a player must turn the stored picture: 0, 90, 180 or 270."""
    variable_frame_rate: bool = False
    recorded_at: datetime | None = None
    """The container's creation time (UTC), when there is a believable one."""
    playable: bool = False
    """True where Chromium plays the file as it is; otherwise a proxy is made."""
    start_timecode: str | None = None
    """Timecode of the first frame as the file has it, drop-frame with ``;``; None where it has none."""

    @property
    def has_audio(self) -> bool:
        return self.audio_codec is not None


@dataclass(frozen=True, slots=True)
class Video:
    """A source file that the library knows, with what people wrote about it."""

    id: str
    title: str
    sha256: str
    size_bytes: int
    media: MediaInfo
    added_at: datetime
    category: str | None = None
    tags: tuple[str, ...] = ()
    recorded_at: datetime | None = None
    indexed_at: datetime | None = None
    paths: tuple[str, ...] = ()
    """Every path ever known for these bytes, newest first."""
    file_name: str | None = None
    """What the file was called when it arrived; None where nobody noted it."""
    source_url: str | None = None
    has_subtitles: bool = False
    fit: bool = False
    """Where the engine's limits ask for it, an enlarged or padded copy is what the engine gets."""
    status: JobState = "queued"
    """State of the newest job of this video."""
    recipe: str | None = None
    """How the newest indexed embeddings were made; None until the first ones are stored."""
    space_key: str | None = None
    segment_count: int = 0

    @property
    def duration_s(self) -> float:
        return self.media.duration_s


@dataclass(frozen=True, slots=True)
class Ticket:
    """How far the engine has been asked; saved with the job after every step.

    ``intent`` is written before a request that must not be sent twice, ``task_id`` the moment it is
    known. An engine that needs none of it leaves it empty.
    """

    name: str | None = None
    """The file's name at the engine: ours alone, chosen before the first byte goes up."""

    asset_id: str | None = None
    upload_id: str | None = None
    intent: str | None = None
    task_id: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a video through the indexing pipeline. Changed only by `core.indexing.transitions`."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    state: JobState = "queued"
    video_id: str | None = None
    """None only while a URL has not been downloaded yet."""
    source_url: str | None = None
    progress: float = 0.0
    """0 to 1 within the present state."""
    attempt: int = 1
    """How often a person or a restart began it."""
    failures: int = 0
    """Transient failures in a row within the present state."""
    not_before: datetime | None = None
    """A transient failure waits until then."""
    message: str | None = None
    """What to tell the person: why it failed, or what it waits for."""
    retryable: bool = False
    cancel_requested: bool = False
    force: bool = False
    """Embed again although an archive file exists (the person asked to re-index)."""
    details: str = ""
    """JSON with what add_url was told: title, category, tags, recorded_at."""
    ticket: Ticket = Ticket()
    tasks: int = 0
    """How many tasks were started at the engine for this ticket; bounds how often one is tried again."""
    space_key: str | None = None
    """The space that the ticket belongs to; another engine's ticket means nothing to this one."""
    recipe: str | None = None
    """What the archived embeddings were made by; set when the job comes to ``storing``."""
    batch_id: str | None = None
    """The `Batch` that it was added with."""
    task_since: datetime | None = None
    """Since when the task of its ticket is waited for; None where there is none."""
    cut_off: int = 0
    """How often in a row the process died while it worked on the present step."""
    version: int = 0
    """Grows with every save; saving an older version is refused (see `Catalog.save_job`)."""

    @property
    def ended(self) -> bool:
        return self.state in ENDED_STATES


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs that were added together, and go on, wait and are cancelled together."""

    id: str
    name: str
    created_at: datetime
    held: bool = False
    """Nothing is sent to the engine until a person has seen what it costs; all before that is done."""
    paused: bool = False
    """No step of its jobs is begun."""

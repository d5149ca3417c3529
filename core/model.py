"""The words of the field: plain frozen values that every part of Cuepoint speaks in.

Seconds are floats named ``*_s``; storage keys are integers named ``*_ms``; frame rates are exact
fractions. Every interval is half-open: ``[start_s, end_s)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""A float32 array of shape (dimension,)."""

Modality: TypeAlias = Literal["visual", "audio", "transcription", "fused"]
Scope: TypeAlias = Literal["clip", "asset"]
Band: TypeAlias = Literal["strong", "possible", "weak"]
JobState: TypeAlias = Literal[
    "queued", "preparing", "uploading", "embedding", "storing", "ready", "failed", "cancelled"
]

MODALITIES: tuple[Modality, ...] = get_args(Modality)
RUNNING_STATES: tuple[JobState, ...] = ("preparing", "uploading", "embedding", "storing")
ENDED_STATES: tuple[JobState, ...] = ("ready", "failed", "cancelled")


# -- time ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A half-open stretch ``[start_s, end_s)`` of a video, in seconds."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not (0 <= self.start_s < self.end_s):
            raise ValueError(f"not a segment: [{self.start_s}, {self.end_s})")

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def start_ms(self) -> int:
        return round(self.start_s * 1000)

    @property
    def end_ms(self) -> int:
        return round(self.end_s * 1000)

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2

    def gap_to(self, other: Segment) -> float:
        """Return the seconds between the two, 0 where they touch or overlap."""
        return max(0.0, max(self.start_s, other.start_s) - min(self.end_s, other.end_s))


# -- vectors -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Space:
    """Where vectors can be compared: one engine, one model, one dimension."""

    engine: str
    model: str
    dimension: int

    @property
    def key(self) -> str:
        """Return a name that is safe as a collection and folder name, and unique to the space."""
        return re.sub(r"[^a-z0-9]+", "_", f"{self.engine}_{self.model}_{self.dimension}".lower())


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """One vector of one segment in one modality, as an engine gave it."""

    vector: Vector
    segment: Segment
    modality: Modality
    scope: Scope = "clip"


# -- videos and jobs -----------------------------------------------------------------------------


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
    source_url: str | None = None
    has_subtitles: bool = False
    status: JobState = "queued"
    """State of the newest job of this video."""
    recipe: str | None = None
    """How the indexed embeddings were made; None until the first ones are stored."""
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
    version: int = 0
    """Grows with every save; saving an older version is refused (see `Catalog.save_job`)."""

    @property
    def ended(self) -> bool:
        return self.state in ENDED_STATES


# -- queries -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Words to look for."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a video file as an example; ``end_s=None`` means to its end."""

    path: Path | str
    start_s: float = 0.0
    end_s: float | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as an example."""

    path: Path | str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Like:
    """A segment that is already indexed as an example: its stored vectors are used, no call is made."""

    video_id: str
    start_s: float
    end_s: float
    weight: float = 1.0


Term: TypeAlias = Text | Clip | Image | Like


@dataclass(frozen=True, slots=True)
class Filters:
    """What a result must satisfy. An empty field filters nothing; ranges include both ends."""

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Any of these."""
    video_ids: tuple[str, ...] = ()
    recorded_from: date | None = None
    recorded_to: date | None = None
    indexed_from: date | None = None
    indexed_to: date | None = None
    min_duration_s: float | None = None
    """Of the whole video."""
    max_duration_s: float | None = None

    @property
    def empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question: terms with weights, where to look, how many moments to return."""

    terms: tuple[Term, ...]
    modalities: tuple[Modality, ...] = ()
    """Empty means every modality that the engine has."""
    filters: Filters = field(default_factory=Filters)
    limit: int = 20
    per_video: int | None = None
    """At most so many moments of one video; None leaves it to the library's setting."""


# -- results -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """A raw scored segment. ``score`` is calibrated: 0 is the background, 1 a typical best match."""

    video_id: str
    segment: Segment
    modality: Modality
    """The modality that contributed most."""
    score: float
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What one term contributed to a hit in one modality."""

    term: int
    """Index into ``Query.terms``."""
    modality: Modality
    cosine: float
    background: float
    """Mean cosine of this term over the whole collection."""
    value: float
    """Weighted and calibrated: what was added to the score."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One or more neighbouring hits of one video, merged into what a person plays."""

    video_id: str
    start_s: float
    end_s: float
    score: float
    band: Band
    hits: tuple[Hit, ...]
    """Best first."""

    @property
    def segment(self) -> Segment:
        return Segment(self.start_s, self.end_s)


@dataclass(frozen=True, slots=True)
class TermReport:
    """What became of one term of the query."""

    term: Term
    share: float
    """Effective weight among the positive terms, 0 to 1."""
    understood: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    matches_nothing: bool = False
    """True where the term could not be understood, or nothing stands out from the background."""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a query."""

    moments: tuple[Moment, ...]
    terms: tuple[TermReport, ...]
    good_match: bool
    """False means: nothing matches well; show the moments only when asked to."""
    more_by_video: tuple[tuple[str, int], ...] = ()
    """(video_id, how many further moments the cap held back)."""
    searched_segments: int = 0
    """Rows in the collection that could have matched."""
    took_ms: float = 0.0

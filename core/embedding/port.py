"""The Embedder port: what an engine must be able to do, whatever is behind it.

Embedding a video is a conversation of five steps, because the real provider's is one: upload,
submit, poll, collect, release. The pipeline saves the `Ticket` after each step, so a process that
dies continues where it stopped. An engine that computes in one go (the preview engine) answers the
first three at once and does its work in `collect`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from core.model import Embedding, MediaInfo, Modality, Segment, Space, Ticket, Vector

Report: TypeAlias = Callable[[float], None]
"""Called with progress from 0 to 1. Raises `Cancelled` when the person asked to stop."""

SaveTicket: TypeAlias = Callable[[Ticket], None]
"""Writes the ticket to the catalog before it returns."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle line."""

    segment: Segment
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A video as an engine sees it."""

    video_id: str
    path: Path
    media: MediaInfo
    size_bytes: int
    title: str = ""
    tags: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()
    fit: bool = False
    """Where its picture is outside the engine's limits, a fitted copy goes up instead."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An example in a query: a picture, or a stretch of a video file (all of it without ``segment``)."""

    path: Path
    kind: Literal["clip", "image"]
    segment: Segment | None = None


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How much an engine takes at once; None where it computes in our own threads."""

    uploads: int | None = None
    tasks: int | None = None


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """What the engine says about an upload or a submitted task."""

    state: Literal["processing", "ready", "failed"]
    progress: float | None = None
    message: str | None = None
    """Safe to show; set where it failed."""
    retry: bool = False
    """Failed, but worth uploading or submitting again."""
    poll_after_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class QueryVectors:
    """Unit vectors of one query term, a vector per modality that it can be compared with.

    A modality that is missing contributes nothing. ``understood`` and ``ignored`` are words of a
    text, for the page; an engine that understands everything leaves both empty.
    """

    by_modality: Mapping[Modality, Vector]
    understood: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How large a query may be."""

    text_characters: int = 2000
    clip_min_s: float = 0.5
    clip_max_s: float = 30.0
    clip_max_bytes: int = 32 * 1024 * 1024
    sounds: tuple[str, ...] = ()
    """Suffixes of sound files that can be an example; none where the engine takes pictures only."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the status page says about the engine."""

    name: str
    model: str
    ready: bool
    message: str
    """One sentence: what works, or what to do so that it does."""
    needs_key: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Embedder(Protocol):
    """An engine that turns videos and queries into vectors of one space."""

    @property
    def space(self) -> Space: ...

    @property
    def modalities(self) -> tuple[Modality, ...]: ...

    @property
    def limits(self) -> QueryLimits: ...

    @property
    def billable(self) -> bool:
        """True where embeddings cost money: their archive is never thrown away without being asked."""
        ...

    @property
    def combines(self) -> bool:
        """True where `embed_together` makes one vector of words and examples."""
        ...

    @property
    def concurrency(self) -> Concurrency: ...

    def recipe(self, source: Source) -> str:
        """Return a short file-name-safe key of how this source would be embedded.

        Same recipe, same embeddings: segmentation, modalities and whatever metadata goes in.
        """
        ...

    def check(self, source: Source) -> None:
        """Refuse a source before anything is sent. Raises: MediaOutOfLimits with the fix named."""
        ...

    def upload(self, source: Source, ticket: Ticket, save: SaveTicket, report: Report) -> Ticket:
        """Bring the bytes to the engine, continuing what ``ticket`` says was begun."""
        ...

    def poll_upload(self, ticket: Ticket) -> TaskStatus:
        """Ask whether what was uploaded can be used, without waiting; ready where nothing is uploaded.

        Failed with ``retry`` means: it is not there (any more), upload it again.
        """
        ...

    def submit(self, source: Source, ticket: Ticket, save: SaveTicket) -> Ticket:
        """Start the task once, and only once, for this ticket; return it with ``task_id``.

        Saves ``intent`` before the request. Called again with an intent, it looks for the task that
        may have been started, and starts one only where there is none.
        """
        ...

    def poll(self, ticket: Ticket) -> TaskStatus:
        """Ask how the task is doing, without waiting."""
        ...

    def collect(self, source: Source, ticket: Ticket, report: Report) -> Sequence[Embedding]:
        """Return the finished embeddings, checked: finite, unit length, right dimension."""
        ...

    def release(self, ticket: Ticket) -> None:
        """Delete what was left at the engine, after the embeddings are archived."""
        ...

    def embed_text(self, text: str) -> QueryVectors:
        """Return vectors for words; empty ``by_modality`` where nothing was understood."""
        ...

    def embed_clip(self, path: Path, segment: Segment | None = None) -> QueryVectors:
        """Return vectors for a stretch of a video file (the whole file without ``segment``)."""
        ...

    def embed_image(self, path: Path) -> QueryVectors:
        """Return vectors for a picture."""
        ...

    def embed_together(self, text: str, samples: Sequence[Sample]) -> QueryVectors:
        """Return one vector for words (may be empty) and examples. Raises: QueryRefused where it cannot."""
        ...

    def vocabulary(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the words that are understood as (group, words); empty means any words."""
        ...

    def state(self) -> EngineState:
        """Return what the status page shows; never raises."""
        ...

    def close(self) -> None: ...

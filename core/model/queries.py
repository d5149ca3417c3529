"""Questions, and what answers them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from core.model.vectors import Modality, Segment

Band: TypeAlias = Literal["strong", "possible", "weak"]


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
    last_days: int | None = None
    """Indexed within so many days, today among them; days are UTC. A link with it stays relative."""

    @property
    def empty(self) -> bool:
        return self == Filters()

    def on(self, today: date) -> Filters:
        """Return the same filters with ``last_days`` as the date that it means today."""
        if self.last_days is None:
            return self
        since = today - timedelta(days=max(0, self.last_days - 1))
        start = since if self.indexed_from is None else max(since, self.indexed_from)
        return replace(self, indexed_from=start, last_days=None)


@dataclass(frozen=True, slots=True)
class Then:
    """A further step of a sequence: what has to follow in the same video, and how soon."""

    terms: tuple[Term, ...]
    within_s: float = 10.0
    """Most seconds between the end of the step before and the start of this one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question: terms with weights, where to look, how many moments to return."""

    terms: tuple[Term, ...]
    """Of a sequence: what its first step looks for."""
    modalities: tuple[Modality, ...] = ()
    """Empty means every modality that the engine has."""
    filters: Filters = field(default_factory=Filters)
    limit: int = 20
    together: bool = False
    """Let the engine make one vector of all positive words and examples, instead of weighing them.
    For engines that can (`Embedder.combines`); weights then only say what takes part."""
    per_video: int | None = None
    """At most so many moments of one video; None leaves it to the library's setting."""
    then: tuple[Then, ...] = ()
    """Further steps: A, then B, then C in one video. Weights count within their own step."""
    offset: int = 0
    """Results to leave out at the top: page n of a list is ``offset = n * limit``."""
    by_video: bool = False
    """Return ``limit`` videos, best first, each with the moments met so far, instead of moments."""
    fold: bool = True
    """Put moments that look and sound the same (re-encodes, repeated shots) under the best of them."""

    @property
    def all_terms(self) -> tuple[Term, ...]:
        """Return the terms of every step, in order; `TermReport`s and `Part.term` follow it."""
        return tuple(term for step in (self.terms, *(then.terms for then in self.then)) for term in step)


@dataclass(frozen=True, slots=True)
class Hit:
    """A raw scored segment. ``score`` is calibrated: 0 is the background, 1 a typical best match."""

    video_id: str
    segment: Segment
    modality: Modality
    """The modality that contributed most."""
    score: float
    parts: tuple[Part, ...] = ()
    step: int = 0
    """Which step of a sequence it answers; 0 is the first."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one term contributed to a hit in one modality."""

    term: int
    """Index into ``Query.all_terms``."""
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
    """Best first; of a sequence one a step, in the order of the steps."""
    similar: tuple[Moment, ...] = ()
    """Moments that look and sound the same, met while the list was read; best first, not in the list."""

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
    more: bool = False
    """Whether there is another page."""
    echoes: tuple[Moment, ...] = ()
    """Moments of this page's stretch that are the same as one of an earlier page, so not listed again."""
    confidence: float = 0.0
    """How far the best match stands above what chance would give; compares queries with each other, and
    is 0 where nothing was searched. ``good_match`` and the bands say what it means."""
    searched_segments: int = 0
    """Rows in the collection that could have matched."""
    took_ms: float = 0.0

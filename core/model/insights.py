"""What the insights are made from, and how they answer: the vectors of one modality, and runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.model.queries import Filters
from core.model.vectors import Modality, Segment

T = TypeVar("T")
RunState: TypeAlias = Literal["queued", "running", "ready", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Clip segments of one modality of a space, ordered by video and time; n rows in every array."""

    space_key: str
    modality: Modality
    video_ids: tuple[str, ...]
    """The different videos."""
    video_of: NDArray[np.int32]
    """(n,) index into `video_ids`."""
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    vectors: NDArray[np.float32]
    """(n, dimension), of unit length."""
    total: int
    """How many segments satisfy the filters; more than n where only a sample was taken."""

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def sampled(self) -> bool:
        return len(self) < self.total

    def segment(self, row: int) -> tuple[str, Segment]:
        """Return video and segment of a row."""
        return self.video_ids[self.video_of[row]], Segment(float(self.start_s[row]), float(self.end_s[row]))


# -- what is asked and answered ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selection:
    """The part of a library that insights look at: one modality of the videos that satisfy filters."""

    modality: Modality
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class InsightRun(Generic[T]):
    """How the answer to one question stands. The answer is kept by content, so most questions are answered
    at once."""

    id: str
    state: RunState
    step: str
    """What is being done, in a few words to show: "Reading the embeddings"."""
    progress: float
    """0 to 1, over all that is still to do."""
    result: T | None = None
    """There once `state` is "ready"; a map has one before, which says itself that it is not the last."""
    message: str | None = None
    """Why it failed, or why there is nothing to see, in one sentence."""

    @property
    def ended(self) -> bool:
        return self.state in ("ready", "failed", "cancelled")


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """The segments of a selection as points on a plane."""

    points: Points
    """Without their vectors: those are (n, 0)."""
    places: NDArray[np.float32]
    """(n, 2). Only nearness means something: axes have no unit."""
    mapped: NDArray[np.bool_]
    """(n,) False for rows that were put between mapped ones."""
    final: bool
    """False for the first picture, which the map will replace."""


@dataclass(frozen=True, slots=True)
class ClusterName:
    """What a group may be called."""

    given: str | None
    """What a person called it."""
    words: tuple[str, ...]
    """From titles, tags and subtitles, the most telling first; none where nothing is telling."""
    seen: str | None
    """The word of the vocabulary that stands out by its vector; None where none does or nobody asked."""

    def title(self, number: int) -> str:
        """Return the best of them; ``number`` (from 0) is what a nameless group is told by."""
        return self.given or self.seen or ", ".join(self.words) or f"Group {number + 1}"


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """How well each row of a selection answers a query, as a search would say."""

    scores: NDArray[np.float64]
    """(n,) calibrated, 0 is the background."""
    standings: NDArray[np.float64]
    """(n,) how surely a row shows what was asked for, on the scale of `core.search.confidence`."""
    good: NDArray[np.bool_]
    """(n,) True from "possible" on."""
    ignored: tuple[str, ...] = ()
    """Words that nothing could be understood of."""

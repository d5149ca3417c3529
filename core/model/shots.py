"""Shot lists: moments that a person keeps, in order, to carry them into an editing program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model.vectors import Segment


@dataclass(frozen=True, slots=True)
class Shot:
    """A moment of a video that somebody keeps, with its own In and Out.

    It outlives its video: where that was deleted, ``title`` still says what it was, and adding the same
    bytes again makes it whole.
    """

    id: str
    video_id: str
    title: str
    """The video's title when the shot was last kept or changed."""
    start_s: float
    end_s: float
    """Half-open, in seconds of the file; on the file's frame grid, as exactly as a float can say."""
    added_at: datetime
    note: str = ""
    rating: int = 0
    """1 to 5 stars; 0 where nobody rated it."""

    @property
    def segment(self) -> Segment:
        return Segment(self.start_s, self.end_s)


@dataclass(frozen=True, slots=True)
class ShotList:
    """Shots under a name, in the order that a person gave them."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    shots: tuple[Shot, ...] = ()
    version: int = 0
    """Grows with every change; whoever draws the list can tell whether it is news."""

"""Takes one behind the other on a timeline: what every format writes down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.export import rates
from core.export.taking import Source, Take
from core.timecode import label, read_label


@dataclass(frozen=True, slots=True)
class Event:
    """A take in its place on the timeline: ``[record_first, record_after)``.

    Record frames are frames of the timeline after 00:00:00:00, so the first event of a timeline that
    begins at 01:00:00:00 does not begin at 0.
    """

    number: int
    """From 1."""
    take: Take
    record_first: int
    record_after: int

    @property
    def record_frames(self) -> int:
        return self.record_after - self.record_first


@dataclass(frozen=True, slots=True)
class EventList:
    """Events without gaps, at one rate and one way of counting."""

    name: str
    rate: Fraction
    drop: bool
    start: int
    """Frame, after 00:00:00:00, with which the timeline begins."""
    events: tuple[Event, ...]

    @property
    def frames(self) -> int:
        return self.events[-1].record_after - self.start

    @property
    def sources(self) -> list[Source]:
        """Return the files, each once, in the order in which they come."""
        return list({event.take.source.number: event.take.source for event in self.events}.values())

    def label(self, frame: int) -> str:
        """Return the record timecode of a frame."""
        return label(frame, self.rate, drop=self.drop)


def timeline_rate(takes: Sequence[Take], asked: Fraction | None) -> Fraction:
    """Return the rate that was asked for, else the one that most takes have; of two, the earlier."""
    rate = asked or Counter(take.source.rate for take in takes).most_common(1)[0][0]
    return rate if rate in rates.TIMELINE_RATES else rates.nearest(rate)


def counts_drop(takes: Sequence[Take], rate: Fraction) -> bool:
    """Return whether a timeline of this rate drops labels: as the first take of that rate does."""
    return next((take.source.clock.drop for take in takes if take.source.rate == rate), False)


def laid_out(name: str, takes: Sequence[Take], rate: Fraction, *, drop: bool, start_h: int) -> EventList:
    """Return the takes one behind the other, beginning at a full hour of record timecode."""
    read = read_label(f"{start_h:02d}:00:00{';' if drop else ':'}00", rate)
    start = at = 0 if read is None else read[0]
    events = []
    for number, take in enumerate(takes, 1):
        after = at + record_frames(take, rate)
        events.append(Event(number, take, at, after))
        at = after
    return EventList(name, rate, drop, start, tuple(events))


def record_frames(take: Take, rate: Fraction) -> int:
    """Return how many frames of the timeline a take fills; at another rate, its duration rounded.

    Never more than the file has left: a program shows black or refuses an edit without media.
    """
    if take.source.rate == rate:
        return take.frames
    left = (take.source.frames - take.first) * rate / take.source.rate
    return max(1, min(round(take.frames * rate / take.source.rate), int(left)))

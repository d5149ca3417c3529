"""CMX3600 edit decision lists.

Written here and not by OpenTimelineIO's adapter, which counts 29.97 and 59.94 always with drop-frame
labels, lets the record side begin at 0 whatever the timeline says, writes no ``FCM`` line, and makes
reels with spaces in them.

What the format asks for:

- It holds no rate: whoever reads it says at which rate. So a list is of one rate and one way of
  counting, and shots of several become several lists, each of which says in its name how it counts. For
  the same reason a list is never written at another rate than its media have: the reader would take the
  source timecode for that of the timeline's rate.
- Events are numbered with three digits, so a list ends at 999. What is longer becomes parts whose record
  timecode goes on, so that they can be put on one timeline.
- A reel is 8 characters. ``FROM CLIP NAME`` holds the file's name, by which Premiere and Resolve find
  the media; ``SOURCE FILE`` the path.
- Timecode has two digits for frames, so more than 100 frames a second cannot be counted.
- Lines end with CR LF. Names are UTF-8 without a byte order mark: ``TITLE:`` has to come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from core.export import names, rates
from core.export.events import Event, EventList, laid_out
from core.export.taking import Take
from core.timecode import nominal

MOST_EVENTS: Final = 999
MOST_FRAMES_A_SECOND: Final = 100
_LONGEST_TITLE: Final = 70


@dataclass(frozen=True, slots=True)
class EdlPart:
    """One list of at most 999 events."""

    suffix: str
    """What its name adds to that of the shot list, as ``29.97 DF``; empty where it is the only one."""
    content: bytes


def edls(name: str, takes: Sequence[Take], start_h: int) -> list[EdlPart]:
    """Return the lists that hold these takes: one for each rate and way of counting."""
    parts = []
    groups = _groups(takes)
    for (rate, drop), group in groups.items():
        events = laid_out(name, group, rate, drop=drop, start_h=start_h)
        pieces = list(_pieces(events))
        for number, piece in enumerate(pieces, 1):
            said = [counting(rate, drop=drop)] if len(groups) > 1 else []
            said += [f"part {number}"] if len(pieces) > 1 else []
            parts.append(EdlPart(" ".join(said), written(piece)))
    return parts


def counting(rate: Fraction, *, drop: bool) -> str:
    """Return how a list counts, as people say it: 25, 29.97 DF, 29.97 NDF."""
    ways = " DF" if drop else " NDF"
    return rates.shown(rate) + (ways if rates.is_ntsc(rate) and nominal(rate) % 30 == 0 else "")


def countings(takes: Sequence[Take]) -> list[str]:
    """Return how each list will count."""
    return [counting(rate, drop=drop) for rate, drop in _groups(takes)]


def written(events: EventList) -> bytes:
    """Return one list. Its rate is that of all its media."""
    lines = [
        f"TITLE: {names.line(events.name)[:_LONGEST_TITLE]}",
        f"FCM: {'DROP FRAME' if events.drop else 'NON-DROP FRAME'}",
    ]
    for event in events.events:
        lines += _event(events, event)
    return "".join(f"{line}\r\n" for line in lines).encode()


def _groups(takes: Sequence[Take]) -> dict[tuple[Fraction, bool], list[Take]]:
    groups: dict[tuple[Fraction, bool], list[Take]] = {}
    for take in takes:
        groups.setdefault((take.source.rate, take.source.clock.drop), []).append(take)
    return groups


def _pieces(events: EventList) -> Iterator[EventList]:
    for begin in range(0, len(events.events), MOST_EVENTS):
        piece = events.events[begin : begin + MOST_EVENTS]
        yield replace(
            events, events=tuple(replace(event, number=number) for number, event in enumerate(piece, 1))
        )


def _event(events: EventList, event: Event) -> list[str]:
    take = event.take
    # V is the picture alone, AA/V the picture with the first two channels of sound.
    channels = "AA/V" if take.source.has_audio else "V"
    times = (take.source_in, take.source_out, events.label(event.record_first),
             events.label(event.record_after))  # fmt: skip
    lines = [
        f"{event.number:03d}  {take.source.reel:<{names.REEL_LENGTH}} {channels:<4}  {'C':<4}     "
        f"{' '.join(times)}",
        f"* FROM CLIP NAME: {take.source.name}",
        f"* SOURCE FILE: {names.line(take.source.media.shown)}",
    ]
    if take.note:
        lines.append(f"* COMMENT: {names.line(take.note)}")
    if take.rating:
        lines.append(f"* RATING: {take.rating} OF 5")
    return lines

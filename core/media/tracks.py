"""What goes into an MP4: a picture or a sound, copied as it is or coded anew.

A track adds its stream to the container when it is made, and then yields packets with the time at
which they belong, in seconds from the beginning of the new file.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeAlias

from av.container import OutputContainer
from av.packet import Packet

Timed: TypeAlias = "tuple[float, Packet[Any]]"


# The index first, so that a browser starts at once; edit lists (a film that begins after its sound)
# as exact as the frames' own times, not in milliseconds.
MP4_OPTIONS: Final = {"movflags": "+faststart", "movie_timescale": "90000"}


class Track(Protocol):
    """One stream of the new file."""

    def packets(self) -> Iterator[Timed]: ...


def mux(
    container: OutputContainer,
    tracks: Sequence[Track],
    duration_s: float,
    report: Callable[[float], None],
) -> None:
    """Write the packets of all tracks in order of time."""
    for at_s, packet in heapq.merge(*(track.packets() for track in tracks), key=lambda timed: timed[0]):
        container.mux(packet)
        report(at_s / duration_s if duration_s > 0 else 1.0)

"""How long a film really is, and at which rate its frames come: measured, not believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from av.packet import Packet

from core.media.containers import packets_of
from core.media.decoding import OpenVideo

_TAIL_S: Final = 1.0
_ROUNDING_S: Final = 0.1
_SAMPLE: Final = 300
_MOST_REORDERED: Final = 16
_HIGHEST_RATE: Final = 1000
_USUAL_RATES: Final = tuple(
    Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 100, 120, 240)
) + tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120, 240))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the film and its sound end, in seconds from the container's start."""

    picture_end_s: float
    sound_end_s: float
    last_s: float
    """When the last frame or piece of sound begins."""
    declared_s: float | None
    """What the container says, None where it says nothing."""

    @property
    def honest(self) -> bool:
        """True where a player does well to believe the container."""
        tolerance_s = max(0.5, self.measured_s / 100)
        return self.declared_s is not None and abs(self.declared_s - self.measured_s) <= tolerance_s

    @property
    def measured_s(self) -> float:
        return max(self.picture_end_s, self.sound_end_s)

    @property
    def looked_at_s(self) -> tuple[float, float]:
        """Where decoding is tried, besides the beginning: the middle and the end."""
        return looked_at(self.picture_end_s)

    @property
    def duration_s(self) -> float:
        """The container's word where the packets agree with it, else their own."""
        if self.declared_s is None or not self.honest:
            return self.measured_s
        agrees = self.last_s <= self.declared_s <= self.measured_s + _ROUNDING_S
        return self.declared_s if agrees else self.measured_s


def looked_at(end_s: float) -> tuple[float, float]:
    """Return the times at which a film is tried, besides its beginning."""
    return end_s / 2, max(0.0, end_s - _TAIL_S)


def measure(video: OpenVideo) -> tuple[Extent, list[list[float]]]:
    """Return the extent, and runs of times of neighbouring frames (of its beginning and its end).

    Reads packets without decoding: those of the end where the index leads there, all of them where
    the container does not say how long it is or says something else than is there.
    """
    declared = video.container.duration
    declared_s = declared / 1e6 if declared is not None and declared > 0 else None
    beginning = _Reading(video, most=_SAMPLE)
    beginning.read()
    ending = _Reading(video)
    if declared_s is not None and video.seek(max(0.0, declared_s - _TAIL_S)):
        ending.read()
    if declared_s is None or not ending.picture_s or ending.end_s < declared_s - max(0.5, declared_s / 100):
        ending = _Reading(video)
        video.seek(0)
        ending.read()
    both = [run for run in (beginning, ending) if run.picture_s]
    extent = Extent(
        max((run.picture_end_s for run in both), default=0.0),
        max(beginning.sound_end_s, ending.sound_end_s),
        max(beginning.last_s, ending.last_s),
        declared_s,
    )
    return extent, [run.neighbours() for run in both]


@dataclass
class _Reading:
    """What one stretch of packets says."""

    video: OpenVideo
    most: int | None = None
    picture_s: list[float] = field(default_factory=list)
    picture_end_s: float = 0.0
    sound_end_s: float = 0.0
    last_s: float = 0.0

    @property
    def end_s(self) -> float:
        return max(self.picture_end_s, self.sound_end_s)

    def neighbours(self) -> list[float]:
        """Return times without gaps: packets come in coding order, so a cut run is ragged at its ends."""
        cut_off = self.most is not None and len(self.picture_s) >= self.most
        times = sorted(self.picture_s)
        if cut_off:
            return times[:-_MOST_REORDERED]
        return times if self.most is not None else times[_MOST_REORDERED:]

    def read(self) -> None:
        streams = [stream for stream in (self.video.picture, self.video.sound) if stream is not None]
        for packet in packets_of(self.video.container, *streams):
            self._note(packet)
            if self.most is not None and len(self.picture_s) >= self.most:
                return

    def _note(self, packet: Packet[Any]) -> None:
        timestamp = packet.pts if packet.pts is not None else packet.dts
        if timestamp is None or packet.size == 0:
            return
        at_s = self.video.time_of(timestamp, packet.stream)
        self.last_s = max(self.last_s, at_s)
        if packet.stream is self.video.sound:
            lasts_s = float((packet.duration or 0) * packet.time_base)
            self.sound_end_s = max(self.sound_end_s, at_s + lasts_s)
            return
        self.picture_end_s = max(self.picture_end_s, at_s + self.video.lasts_s(packet.duration))
        # The last of many are enough to see the rhythm.
        if self.most is None and len(self.picture_s) >= 2 * _SAMPLE:
            del self.picture_s[:_SAMPLE]
        self.picture_s.append(at_s)


def frame_rate(video: OpenVideo, runs: list[list[float]]) -> tuple[Fraction, bool]:
    """Return the exact rate of the frames, and whether it varies."""
    varies = _varies(runs)
    average, guessed = video.picture.average_rate, video.picture.guessed_rate
    if not _believable(average):
        average = guessed if _believable(guessed) else _counted(runs)
    if varies or average is None:
        return average or Fraction(25), varies
    return _usual(average), varies


def _believable(rate: Fraction | None) -> bool:
    return rate is not None and 0 < rate <= _HIGHEST_RATE


def _usual(rate: Fraction) -> Fraction:
    """Return the usual rate that a rate computed from rounded times (WebM counts ms) stands for."""
    near = min(_USUAL_RATES, key=lambda usual: abs(usual - rate))
    return near if abs(near - rate) <= near / 4000 else rate


def _counted(runs: list[list[float]]) -> Fraction | None:
    longest = max(runs, key=len, default=[])
    if len(longest) < 2 or longest[-1] <= longest[0]:
        return None
    rate = Fraction((len(longest) - 1) / (longest[-1] - longest[0])).limit_denominator(1001)
    return rate if _believable(rate) else None


def _varies(runs: list[list[float]]) -> bool:
    """Return whether some frame is off an even grid by more than half a frame, or two runs differ."""
    steps: list[float] = []
    for run in runs:
        if len(run) < 3:
            continue
        step = (run[-1] - run[0]) / (len(run) - 1)
        if step <= 0 or any(abs(at - run[0] - k * step) > step / 2 for k, at in enumerate(run)):
            return True
        steps.append(step)
    return bool(steps) and max(steps) > 1.02 * min(steps)

"""Collects what the pictures of a stretch say, so that any part of it can be summed up later.

What is kept of a picture is some hundred numbers: four hours are about a hundred megabytes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.embedding.preview.curves import Floats
from core.embedding.preview.cuts import CutFinder
from core.embedding.preview.looks import Look, look_of, unflatten
from core.embedding.preview.motion import Step, signal, step_between
from core.embedding.preview.pictures import Picture
from core.embedding.preview.reading import PICTURES_PER_S, Glimpse, slot_of

_SAME_S: Final = 0.05
"""A cut so near to a segment's end is the one that made it."""
_FAR: Final = PICTURES_PER_S // 2
"""Pictures back for the second comparison, in which slow movement shows."""


@dataclass(frozen=True, slots=True)
class TimedStep:
    """A step with the times of its two pictures."""

    from_s: float
    to_s: float
    step: Step

    @property
    def widths_per_s(self) -> float:
        return self.step.speed / 64.0 / max(1e-3, self.to_s - self.from_s)


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What the pictures of one segment say."""

    look: Look
    near: tuple[TimedStep, ...]
    """From each picture to the next."""
    far: tuple[TimedStep, ...]
    """Over half a second."""
    levels: Floats
    """(n, 2): time and mean brightness, 0 to 255, of every decoded frame."""
    cuts_inside: int
    cuts_at_ends: int
    duration_s: float


class PictureLog:
    """Takes what `Reading.stretch` yields, in order."""

    def __init__(self) -> None:
        self._cuts = CutFinder()
        self._look_times: list[float] = []
        self._looks: list[NDArray[np.float32]] = []
        self._near: list[TimedStep] = []
        self._far: list[TimedStep] = []
        self._levels = array("d")
        self._recent: deque[tuple[float, Floats]] = deque(maxlen=_FAR)
        self._looked = -1
        self._all_levels: Floats = np.zeros((0, 2))
        self._all_looks: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)

    def glimpse(self, glimpse: Glimpse) -> None:
        self._levels.extend((glimpse.time_s, float(glimpse.points.mean())))
        self._cuts.glimpse(glimpse)

    def picture(self, picture: Picture) -> None:
        now = signal(picture.rgb)
        step = None
        if self._recent:
            before_s, before = self._recent[-1]
            step = step_between(before, now)
            self._near.append(TimedStep(before_s, picture.time_s, step))
        slot = slot_of(picture.time_s)
        if len(self._recent) == _FAR and slot % _FAR == 0:
            before_s, before = self._recent[0]
            self._far.append(TimedStep(before_s, picture.time_s, step_between(before, now)))
        self._recent.append((picture.time_s, now))
        self._cuts.picture(picture.time_s, picture.rgb, step)
        if slot // 2 > self._looked:
            self._looked = slot // 2
            self._look_times.append(picture.time_s)
            self._looks.append(look_of(picture).flat().astype(np.float32))

    def finish(self) -> tuple[float, ...]:
        """Return all cuts; call once, after the last picture."""
        self._cuts.finish()
        self._all_levels = np.array(self._levels).reshape(-1, 2)
        self._all_looks = np.array(self._looks)
        self._looks = []
        return tuple(self._cuts.times)

    @property
    def empty(self) -> bool:
        return not self._look_times

    def stretch(self, start_s: float, end_s: float) -> Stretch:
        """Return what was seen in ``[start_s, end_s)``; a picture counts until the next one came."""
        all_cuts = self._cuts.times
        first = bisect_left(all_cuts, start_s - _SAME_S)
        cuts = tuple(all_cuts[first : bisect_right(all_cuts, end_s + _SAME_S)])
        at_ends = sum(min(abs(cut - start_s), abs(cut - end_s)) <= _SAME_S for cut in cuts)
        inside = slice(*np.searchsorted(self._all_levels[:, 0], (start_s, end_s)))
        return Stretch(
            look=unflatten(self._mean_look(start_s, end_s)),
            near=_within(self._near, start_s, end_s, cuts),
            far=_within(self._far, start_s, end_s, cuts),
            levels=self._all_levels[inside],
            cuts_inside=len(cuts) - at_ends,
            cuts_at_ends=at_ends,
            duration_s=end_s - start_s,
        )

    def _mean_look(self, start_s: float, end_s: float) -> Floats:
        first = max(0, bisect_right(self._look_times, start_s) - 1)
        last = max(first + 1, bisect_left(self._look_times, end_s))
        times = np.array(self._look_times[first:last])
        times[0] = start_s
        weights = np.diff(np.append(times, max(end_s, times[-1] + 1e-3)))
        share = weights / weights.sum()
        mean: Floats = (self._all_looks[first:last].astype(np.float64) * share[:, None]).sum(axis=0)
        return mean


def _within(
    steps: list[TimedStep], start_s: float, end_s: float, cuts: tuple[float, ...]
) -> tuple[TimedStep, ...]:
    """Return the steps that end in the segment and do not lead over a cut."""
    first = bisect_left(steps, start_s, key=_end)
    last = bisect_left(steps, end_s, key=_end)
    return tuple(
        step for step in steps[first:last] if not any(step.from_s < cut <= step.to_s for cut in cuts)
    )


def _end(step: TimedStep) -> float:
    return step.to_s

"""Finds hard cuts while the pictures pass by.

A cut is a change that movement does not explain, that stands out from the changes around it, and
that does not go back: a flash is no cut.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.embedding.preview.curves import Floats
from core.embedding.preview.motion import Step
from core.embedding.preview.reading import Glimpse

_BEFORE: Final = 4
_AFTER: Final = 3
"""Pictures on both sides of a change that it is judged by (half a second)."""
_CERTAIN: Final = 0.065
"""Mean difference of red, green and blue, 0 to 1, that a cut exceeds."""
_SEEN: Final = 0.025
_MOST: Final = 0.5
"""A cut changes more than half of the picture by so much; a white car that drives in does not."""
_STANDS_OUT: Final = 2.5
_ABOVE_ACTION: Final = 1.2
"""How far a cut exceeds the changes around it: those that nothing explains, and all of them."""
_GOES_BACK: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Change:
    """From one picture to the next."""

    whole: float
    abrupt: float
    """What of it movement does not explain."""
    when_s: float
    lasted_s: float
    """Seconds between the two pictures."""


class CutFinder:
    """Takes pictures and glimpses in order of time; `times` are the cuts found so far."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._pictures: deque[Floats] = deque(maxlen=_BEFORE + 1 + _AFTER)
        self._changes: deque[_Change] = deque(maxlen=_BEFORE + 1 + _AFTER)
        """For each picture the change that led to it."""
        self._glimpses: list[Glimpse] = []
        self._last_s = 0.0

    def glimpse(self, glimpse: Glimpse) -> None:
        self._glimpses.append(glimpse)

    def picture(self, time_s: float, rgb: Floats, step: Step | None) -> None:
        """Take the next picture, (rows, columns, 3), and how it differs from the one before."""
        whole = abrupt = 0.0
        if self._pictures and step is not None and step.changed > 0:
            apart = np.abs(self._pictures[-1] - rgb).mean(axis=2)
            whole = float(apart.mean())
            if (apart > _SEEN).mean() > _MOST:
                abrupt = whole * (1.0 - min(1.0, 1.6 * step.explained / step.changed))
        self._changes.append(_Change(whole, abrupt, self._exact_time(time_s), time_s - self._last_s))
        self._last_s = time_s
        self._pictures.append(rgb)
        self._glimpses = self._glimpses[-1:]
        self._judge(len(self._pictures) - 1 - _AFTER)

    def finish(self) -> None:
        """Judge the last changes by the pictures that there are."""
        for index in range(max(1, len(self._pictures) - _AFTER), len(self._pictures)):
            self._judge(index)

    def _exact_time(self, time_s: float) -> float:
        """Return when, since the last picture, most points changed at once."""
        best, when = 0.0, time_s
        for old, new in zip(self._glimpses, self._glimpses[1:], strict=False):
            change = float(np.abs(new.points.astype(np.int16) - old.points).mean())
            if change > best and new.time_s <= time_s:
                best, when = change, new.time_s
        return when

    def _judge(self, index: int) -> None:
        if index < 1 or index >= len(self._pictures):
            return
        change = self._changes[index]
        others = [other for i, other in enumerate(self._changes) if i != index]
        # A fade changes more in a longer step, a cut does not: what is usual is usual per second.
        usual_abrupt, usual = (
            change.lasted_s * _median([getattr(o, kind) / max(o.lasted_s, 1e-3) for o in others])
            for kind in ("abrupt", "whole")
        )
        if change.abrupt < max(_CERTAIN, _STANDS_OUT * usual_abrupt, _ABOVE_ACTION * usual):
            return
        pictures = list(self._pictures)
        old, new = pictures[index - 1], pictures[index]
        back = [_difference(old, later) for later in pictures[index + 1 : index + 1 + _AFTER]]
        back += [_difference(new, earlier) for earlier in pictures[max(0, index - _BEFORE) : index - 1]]
        if all(distance > _GOES_BACK * change.whole for distance in back):
            self.times.append(change.when_s)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _difference(a: Floats, b: Floats) -> float:
    return float(np.abs(a - b).mean())

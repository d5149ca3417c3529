"""The best chain of one stretch of one video: a link a step, each in time after the one before.

`core.search.sequences` says what a chain is, and which of two is the better one.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from core.search.scoring import Scored

UNITS: Final = 10**12
"""Scores are added up as whole numbers of 1 / `UNITS`: sums of floats depend on their order."""
_NONE: Final = -1

_Order: TypeAlias = tuple[int, int, str]
Rank: TypeAlias = tuple[float, int, str, tuple[_Order, ...]]
"""Orders chains, best first."""
_N = TypeVar("_N", int, float)


@dataclass(frozen=True, slots=True)
class Link:
    """A segment as an answer to one step."""

    start_ms: int
    end_ms: int
    scored: Scored

    @property
    def score(self) -> float:
        return self.scored.score

    @property
    def units(self) -> int:
        return round(self.score * UNITS)

    @property
    def order(self) -> _Order:
        """Order links by time; the key of the row settles the rest."""
        return self.start_ms, self.end_ms, self.scored.joined.key


@dataclass(frozen=True, slots=True)
class Chain:
    """One link a step, in order."""

    links: tuple[Link, ...]

    @property
    def video_id(self) -> str:
        return self.links[0].scored.joined.video_id

    @property
    def score(self) -> float:
        """Return the score of the weakest link."""
        return min(link.score for link in self.links)

    @property
    def rank(self) -> Rank:
        """Return its place among chains: by score, then by the sum, then by video and time."""
        total = sum(link.units for link in self.links)
        return -self.score, -total, self.video_id, tuple(link.order for link in self.links)


class Stretch:
    """A stretch of one video, open at its ends, with the links that were found in it."""

    def __init__(self, video_id: str, within_ms: Sequence[int], start_ms: float, end_ms: float) -> None:
        """``within_ms`` holds the longest gap before each step but the first."""
        self.video_id = video_id
        self._within_ms = tuple(within_ms)
        self._start_ms = start_ms
        self._end_ms = end_ms
        self.chosen: Chain | None = None
        """Its best chain, as far as whoever reads has looked."""
        self._steps: list[list[Link]] = [[] for _ in range(len(self._within_ms) + 1)]

    def add(self, step: int, link: Link) -> bool:
        """Take in a link of one step; False where it does not lie wholly inside, or nothing of it plays."""
        if not (self._start_ms <= link.start_ms < link.end_ms <= self._end_ms):
            return False
        insort(self._steps[step], link, key=lambda one: one.order)
        return True

    def best(self) -> Chain | None:
        """Return the best chain of what is here, None where there is none."""
        if not all(self._steps):
            return None
        weakest, _ = _chains(self._steps, self._within_ms, lambda link: link.score, min)
        scores = [score for score in weakest if score is not None]
        if not scores:
            return None
        # Of the chains that are no weaker than this the one with the largest sum is wanted.
        score = max(scores)
        strong = [[link for link in some if link.score >= score] for some in self._steps]
        sums, following = _chains(strong, self._within_ms, lambda link: link.units, int.__add__)
        largest = max(total for total in sums if total is not None)
        places = [sums.index(largest)]
        for nexts in following:
            places.append(nexts[places[-1]])
        return Chain(tuple(some[place] for some, place in zip(strong, places, strict=True)))

    def split(self, chain: Chain) -> tuple[Stretch, Stretch]:
        """Return what is left before and after a chain, with the links that lie wholly there."""
        before = Stretch(self.video_id, self._within_ms, self._start_ms, chain.links[0].start_ms)
        after = Stretch(self.video_id, self._within_ms, chain.links[-1].end_ms, self._end_ms)
        for step, links in enumerate(self._steps):
            for link in links:
                for part in (before, after):
                    part.add(step, link)
        return before, after


def _chains(
    steps: Sequence[Sequence[Link]],
    within_ms: Sequence[int],
    value: Callable[[Link], _N],
    joined: Callable[[_N, _N], _N],
) -> tuple[list[_N | None], list[list[int]]]:
    """Return what the best chain from each first link on is worth, and what follows each link in it.

    None and `_NONE` stand for links from which no chain goes on to the last step. Links are in order; of
    equal followers the first is taken.
    """
    worth: list[_N | None] = [value(link) for link in steps[-1]]
    following: list[list[int]] = []
    for step in reversed(range(len(steps) - 1)):
        nexts = _followers(steps[step], steps[step + 1], worth, within_ms[step])
        following.insert(0, nexts)
        worth = [
            None if place == _NONE or (onwards := worth[place]) is None else joined(value(link), onwards)
            for link, place in zip(steps[step], nexts, strict=True)
        ]
    return worth, following


def _followers(
    links: Sequence[Link], later: Sequence[Link], worth: Sequence[_N | None], within_ms: int
) -> list[int]:
    """Return for each link the place of the best later one that may follow it, or `_NONE`."""
    found = [_NONE] * len(links)
    window: deque[tuple[_N, int]] = deque()  # Falling in worth, rising in time.
    entered = 0
    for place in sorted(range(len(links)), key=lambda at: links[at].end_ms):
        end_ms = links[place].end_ms
        while entered < len(later) and later[entered].start_ms <= end_ms + within_ms:
            value = worth[entered]
            if value is not None:
                while window and window[-1][0] < value:
                    window.pop()
                window.append((value, entered))
            entered += 1
        while window and later[window[0][1]].start_ms < end_ms:
            window.popleft()
        if window:
            found[place] = window[0][1]
    return found

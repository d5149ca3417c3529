"""From a ranking of segments to one page of a list: merged, folded, capped per video.

The list is always read from the top, so that a page is a stretch of the one list that any longer limit
would give: what is listed, what is folded under it and what the cap holds back is decided in the order of
the ranking, by what came before and by nothing else. It is read on until the first result of the next
page, which tells whether there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.model import Moment, Query
from core.search.confidence import Judge
from core.search.folding import Folding
from core.search.growing import Grower
from core.search.moments import MergeRule, merge
from core.search.planning import Plan
from core.search.ranking import LoadTimelines, Ranking
from core.search.scoring import Scored, Scorer

_AT_ONCE: Final = 16
_MOST_AT_ONCE: Final = 128
"""Segments taken at least where the first ones were not enough, twice as many each time: what surrounds
them comes in one request, and where much is repeated there may be thousands."""
_MOST_PASSED: Final = 500
"""Where nothing else can be listed, so many further segments are looked at, at most."""


@dataclass(frozen=True, slots=True)
class _Folded:
    """A moment that repeats a listed one."""

    moment: Moment
    head: int
    """The place of that one in the list."""
    met: int
    """How many results were listed when it was met."""


class Gathering:
    """Collects the results of one query, to the end of its page."""

    def __init__(
        self,
        plan: Plan,
        ranking: Ranking,
        scorer: Scorer,
        load: LoadTimelines,
        rule: MergeRule,
        query: Query,
        per_video: int | None,
    ) -> None:
        """``per_video`` is the cap, None for none."""
        self._plan = plan
        self._ranking = ranking
        self._judge = Judge(plan.parts)
        self._rule = rule
        self._grower = Grower(ranking, scorer, load, rule, self._judge)
        self._query = query
        self._per_video = per_video
        self._wanted = query.offset + query.limit
        self.listed: list[Moment] = []
        """The list from its top on, best first, nothing folded under it yet."""
        self.more = False
        """Whether there is another page."""
        self._folding = Folding(scorer)
        self._folded: list[_Folded] = []
        self._counts: Counter[str] = Counter()
        """Listed moments of each video, in the order in which the videos were met."""
        self._full: set[str] = set()
        self._held: list[Scored] = []
        """Segments of videos that are full, as they came."""
        self._alone = False
        """Whether no video is left that could give another result."""
        self._passed = 0
        """Segments that came since."""

    def read(self) -> None:
        """Read the list up to the first result after the page, or to its end."""
        least = 1
        while True:
            count = max(least, self._wanted + 1 - self._results)
            seeds = [s for _ in range(count) if (s := self._ranking.pop(self._full)) is not None]
            if not seeds:
                return
            self._grower.prepare(seeds, [one for one in seeds if self._may_grow(one)])
            for scored in seeds:
                if scored.joined.key not in self._grower.taken and not self._take(scored):
                    return
            least = max(_AT_ONCE, min(2 * least, _MOST_AT_ONCE))

    # -- what was read --

    @property
    def page(self) -> tuple[Moment, ...]:
        """Return the moments of the page with what is folded under each.

        By video, those of a video are together, and the video with the best one is the first.
        """
        similar: dict[int, list[Moment]] = {}
        for one in self._folded:
            similar.setdefault(one.head, []).append(one.moment)
        return tuple(
            replace(self.listed[place], similar=tuple(similar[place]))
            if place in similar
            else self.listed[place]
            for place in self._places()
        )

    @property
    def echoes(self) -> tuple[Moment, ...]:
        """Return what was met since the page began and repeats a moment that is not on it."""
        own = set(self._places())
        return tuple(
            one.moment for one in self._folded if one.met > self._query.offset and one.head not in own
        )

    def held_back(self) -> tuple[tuple[str, int], ...]:
        """Return how many further moments the cap held back, most first.

        Counted are those that the list was read past and that are not weak; by video only those of the
        videos on the page.
        """
        videos = self._videos() if self._query.by_video else self._full
        worth = [
            scored.hit()
            for scored in self._held
            if scored.joined.video_id in videos and self._judge.band(scored.parts) != "weak"
        ]
        counts = Counter(group[0].video_id for group in merge(worth, self._rule))
        return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    def _places(self) -> Sequence[int]:
        """Return where in the list the moments of the page are, in its order."""
        if not self._query.by_video:
            return range(self._query.offset, min(self._wanted, len(self.listed)))
        order = {video_id: place for place, video_id in enumerate(self._videos())}
        own = [place for place, moment in enumerate(self.listed) if moment.video_id in order]
        return sorted(own, key=lambda place: order[self.listed[place].video_id])

    def _videos(self) -> list[str]:
        """Return the videos of the page, where results are videos."""
        return list(self._counts)[self._query.offset : self._wanted]

    # -- one segment after the other --

    @property
    def _results(self) -> int:
        return len(self._counts) if self._query.by_video else len(self.listed)

    def _take(self, seed: Scored) -> bool:
        """List a segment with its surroundings, fold it, or hold it back; False where reading ends."""
        video_id = seed.joined.video_id
        head = self._head_of(seed)
        if head is not None:
            self._folded.append(_Folded(self._grower.moment(seed), head, self._results))
        elif video_id in self._full:
            self._held.append(seed)
        elif self._results == self._wanted and not (self._query.by_video and video_id in self._counts):
            self.more = True
            return False
        else:
            self.listed.append(self._grower.moment(seed))
            self._folding.add(seed.joined)
            self._count(video_id)
        return not self._over(seed)

    def _count(self, video_id: str) -> None:
        """Count a listed moment, and find out whether it leaves others to come."""
        new = video_id not in self._counts
        self._counts[video_id] += 1
        if self._counts[video_id] == self._per_video:
            self._full.add(video_id)
        elif not (new and self._query.by_video):
            return
        self._alone = self._nothing_beside(self._counts.keys() if self._query.by_video else self._full)

    def _over(self, seed: Scored) -> bool:
        """Return whether reading on is of no use: nothing else can be listed, and enough was looked at."""
        self._passed += self._alone
        return self._alone and (self._passed >= _MOST_PASSED or self._judge.band(seed.parts) == "weak")

    def _nothing_beside(self, videos: Collection[str]) -> bool:
        """Return whether no other video could give a result."""
        asked = self._query.filters.video_ids
        if asked and set(videos).issuperset(asked):
            return True
        return all(
            sum(self._grower.timelines[video_id].row_counts[modality] for video_id in videos)
            >= self._plan.rows[modality]
            for modality in self._plan.combined
        )

    def _may_grow(self, seed: Scored) -> bool:
        return seed.joined.video_id not in self._full or self._head_of(seed) is not None

    def _head_of(self, seed: Scored) -> int | None:
        return self._folding.head_of(seed.joined) if self._query.fold else None

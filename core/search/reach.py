"""How much more a term's best segments get from all modalities than from the best one alone.

A part is divided by its scale, so that in each modality a term's best matches are worth about 1. A term
that is compared in two modalities can thus reach 2, and beside a term that is compared in one (a colour
against a clip with sound) the slider would lean to it: at 50:50 the top ten then shared 45 % with the
clip's own list and 12 % with the words'. Where the positive terms of a query differ in their modalities,
each is therefore divided by its reach as well, which leaves the order of a single term as it is. Over its
best k segments it is the larger of

- the mean score, by the mean part of the best k rows in the modality where that is highest;
- the sum of scores, by the sum of each segment's best part.

Of generated sets with a modality gap the first alone left up to 15 % between the two shares (6,000
segments), the second 26 % (300), both together 9 % at most from 150 to 6,000 segments.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.model import Modality, Space
from core.search.calibration import best_count
from core.search.lists import SortedLists
from core.search.ranking import LoadTimelines, Ranking, take
from core.search.scoring import Scored, Scorer, TermPart, combine
from core.vectors.port import ScoredRow, VectorIndex

_KEPT: Final = 1_024


class Reaches:
    """Measures reaches, and keeps them until the index changes."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], float] = OrderedDict()

    def measure(
        self,
        space: Space,
        version: int,
        parts: Mapping[Modality, TermPart],
        load: LoadTimelines,
        universe: tuple[Modality, ...],
        lists: Mapping[Modality, list[ScoredRow]],
    ) -> float:
        """Return the reach of one term with these parts, among the segments of these modalities.

        ``load`` gives their timelines; ``lists`` are the term's own lists, where they were searched.
        """
        vectors = tuple(hashlib.sha256(part.vector.tobytes()).digest() for part in parts.values())
        scales = tuple(part.background.scale(part.yardstick.floor) for part in parts.values())
        name = (space.key, version, universe, tuple(parts), vectors, scales)
        with self._guard:
            if name in self._kept:
                return self._kept[name]
        alone = {modality: (replace(part, share=1.0, reach=1.0),) for modality, part in parts.items()}
        combined = {modality: combine(some) for modality, some in alone.items()}
        sorted_lists = SortedLists(self._index, space, combined, None, lists)
        ranking = Ranking(sorted_lists, Scorer(self._index, space, alone), universe, load)
        k = best_count(max(part.background.count for part in parts.values()))
        best = [scored for scored in take(ranking, k) if scored.score > 0]
        reach = max(1.0, _by_means(best, parts), _by_segments(best)) if best else 1.0
        with self._guard:
            self._kept[name] = reach
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return reach


def _by_means(best: Sequence[Scored], parts: Mapping[Modality, TermPart]) -> float:
    alone = max(
        part.background.crowd / part.background.scale(part.yardstick.floor) for part in parts.values()
    )
    return sum(scored.score for scored in best) / len(best) / alone if alone > 0 else 1.0


def _by_segments(best: Sequence[Scored]) -> float:
    alone = sum(max(part.value for part in scored.parts) for scored in best)
    return sum(scored.score for scored in best) / alone

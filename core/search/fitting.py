"""Fits the terms of a query to each other and to what segments have, by trying them out.

Three things are found out here: how far each modality of a term is to be relied on, what a segment is worth
that lacks some of them, and with which factors the positive terms share the top alike. The last two need
scores of segments near the top; they are taken from the lists that calibration read anyway, unfiltered and
with weight 1 for every term, so that neither weights nor filters have a say. All is kept until the index
changes: moving the slider costs nothing here.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Generic, TypeAlias, TypeVar

import numpy as np

from core.model import Modality, Space
from core.search.balance import Trial, balanced
from core.search.calibration import DEPTH
from core.search.cuts import Cuts, LoadTimelines
from core.search.presence import Presence, Set, averaged, learn
from core.search.reliability import weights
from core.search.scoring import Scorer, TermPart
from core.search.timelines import JoinedSegment
from core.vectors.port import ScoredRow, VectorReader

LOOKED: Final = 32
"""Segments of a list that are tried: more than balancing compares, as many as presence is learnt from."""
_KEPT: Final = 1_024

Parts: TypeAlias = Mapping[Modality, Sequence[TermPart]]
Lists: TypeAlias = Mapping[tuple[int, Modality], list[ScoredRow]]
"""Lists of at least `DEPTH` rows by term and modality, as far as they were read."""
_Own: TypeAlias = dict[Modality, TermPart]
_Factors: TypeAlias = Mapping[Set, float]
_T = TypeVar("_T")


class _Kept(Generic[_T]):
    """The most recent answers, by name."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: OrderedDict[object, _T] = OrderedDict()

    def get(self, name: object, find: Callable[[], _T]) -> _T:
        with self._guard:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        found = find()
        with self._guard:
            self._known[name] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class Fitted:
    """Parts with their factors, and what a segment is multiplied by that lacks modalities."""

    parts: dict[Modality, tuple[TermPart, ...]]
    presence: Presence


class Fitter:
    """Fits queries, and keeps what it found out until the index changes."""

    def __init__(self, index: VectorReader) -> None:
        self._index = index
        self._presences: _Kept[_Factors] = _Kept()
        self._balances: _Kept[list[float]] = _Kept()

    def fit(self, space: Space, version: int, parts: Parts, lists: Lists, load: LoadTimelines) -> Fitted:
        """Return the parts of a query, fitted; ``load`` gives the timelines of its modalities."""
        by_term: dict[int, _Own] = {}
        for modality, some in parts.items():
            for part in some:
                by_term.setdefault(part.term, {})[modality] = part
        for term, own in by_term.items():
            weight = weights(own)
            by_term[term] = {m: replace(part, factor=weight[m]) for m, part in own.items()}
        positive = {term: own for term, own in by_term.items() if _share(own) > 0}
        bench = _Bench(self._index, space, tuple(parts), positive, lists, load)
        place = (space.key, version, tuple(parts))
        learnt = {
            term: self._presences.get((*place, _name(own)), partial(bench.learn, own))
            for term, own in positive.items()
        }
        modalities = tuple(m for m in parts if any(m in own for own in positive.values()))
        factors = [1.0] * len(positive)
        if len(positive) > 1:
            name = (*place, *(_name(own) for own in positive.values()))
            factors = self._balances.get(name, lambda: balanced(bench.trial(modalities, learnt)))
        by_factor = dict(zip(positive, factors, strict=True))
        fitted = {
            modality: tuple(
                replace(own, factor=own.factor * by_factor.get(own.term, 1.0))
                for own in (by_term[part.term][modality] for part in some)
            )
            for modality, some in parts.items()
        }
        said = [(_share(own), tuple(own), learnt[term]) for term, own in positive.items()]
        return Fitted(fitted, averaged(modalities, said))


class _Bench:
    """The segments near the top of the positive terms of one query, with what each term gives them."""

    def __init__(
        self,
        index: VectorReader,
        space: Space,
        universe: Set,
        terms: Mapping[int, _Own],
        lists: Lists,
        load: LoadTimelines,
    ) -> None:
        self._index = index
        self._space = space
        self._terms = {
            term: {modality: replace(part, share=1.0) for modality, part in own.items()}
            for term, own in terms.items()
        }
        self._lists = lists
        self._cuts = Cuts(index, space, universe, load)
        alike: dict[Modality, tuple[TermPart, ...]] = {}
        for own in self._terms.values():
            for modality, part in own.items():
                alike[modality] = (*alike.get(modality, ()), part)
        self._scorer = Scorer(index, space, alike)

    def learn(self, own: _Own) -> _Factors:
        """Return one term's factors for segments that lack some of its modalities."""
        if len(own) == 1:
            return {}
        modalities = tuple(own)
        found: dict[str, JoinedSegment] = {}
        for part in own.values():
            found |= {joined.key: joined for joined in self._near(part, modalities)}
        term = next(iter(own.values())).term
        _, values = self._values(list(found.values()))
        rows = [[by_part[term, modality] for modality in modalities] for by_part in values]
        return learn(modalities, np.array(rows)) if rows else {}

    def trial(self, modalities: Set, learnt: Mapping[int, _Factors]) -> Trial:
        """Return the segments near the top of any term, with what all terms give them."""
        found: dict[str, JoinedSegment] = {}
        for own in self._terms.values():
            for part in own.values():
                found |= {joined.key: joined for joined in self._near(part)}
        segments, values = self._values(list(found.values()))
        totals = np.zeros((len(self._terms), len(segments)))
        alone = np.full(totals.shape, -np.inf)
        for row, (term, own) in enumerate(self._terms.items()):
            by_itself = Presence(tuple(own), learnt[term])
            for column, (joined, by_part) in enumerate(zip(segments, values, strict=True)):
                given = [by_part[term, modality] for modality in own if (term, modality) in by_part]
                if given:
                    totals[row, column] = sum(given)
                    alone[row, column] = by_itself.of(joined.rows) * sum(given)
        evenly = averaged(modalities, [(1.0, tuple(own), learnt[t]) for t, own in self._terms.items()])
        return Trial(totals, alone, np.array([evenly.of(joined.rows) for joined in segments]))

    def _near(self, part: TermPart, complete: Set = ()) -> list[JoinedSegment]:
        """Return the first segments of a part's list, only those that have all of some modalities."""
        rows = self._lists.get((part.term, part.modality))
        if rows is None:
            (rows,) = self._index.search(self._space, part.modality, part.vector[np.newaxis], limit=DEPTH)
        found: dict[str, JoinedSegment] = {}
        for start in range(0, min(len(rows), DEPTH), LOOKED):
            if len(found) >= LOOKED:
                break
            some = rows[start : min(start + LOOKED, DEPTH)]
            self._cuts.look_up(hit.row.video_id for hit in some)
            for joined in (one for hit in some for one in self._cuts.segments_of(hit.row)):
                if all(modality in joined.rows for modality in complete):
                    found[joined.key] = joined
        return list(found.values())

    def _values(
        self, segments: Sequence[JoinedSegment]
    ) -> tuple[list[JoinedSegment], list[dict[tuple[int, Modality], float]]]:
        """Return the segments that are still there, with the parts of each."""
        there: list[JoinedSegment] = []
        values: list[dict[tuple[int, Modality], float]] = []
        for scored in self._scorer.score(segments):
            if scored is not None:
                there.append(scored.joined)
                values.append({(part.term, part.modality): part.value for part in scored.parts})
        return there, values


def _share(own: _Own) -> float:
    return next(iter(own.values())).share


def _name(own: _Own) -> tuple[object, ...]:
    """Return what a term's factors depend on, beside the index."""
    return tuple(
        (modality, hashlib.sha256(part.vector.tobytes()).digest(), part.background, part.yardstick)
        for modality, part in own.items()
    )

"""From a query to everything that is needed to rank: terms resolved, weighed and calibrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.model import Modality, Query, Space, TermReport, Vector
from core.search.calibration import DEPTH, Calibrator
from core.search.checking import MODALITY_NAMES
from core.search.confidence import Judge
from core.search.fitting import Fitter
from core.search.lists import DEPTHS
from core.search.presence import Presence
from core.search.scoring import Combined, TermPart, combine
from core.search.terms import ResolvedTerm, TermResolver
from core.search.timelines import Timelines
from core.search.yardsticks import Kind, yardstick
from core.vectors.port import ScoredRow, Statistics, VectorReader

_SHARE_DECIMALS: Final = 12
"""Shares are rounded, so that weights 0.3 and 0.6 give the very same ones as 3 and 6."""

_NAMES: Final[Mapping[Kind, str]] = {
    "text": "these words",
    "clip": "this clip",
    "image": "this picture",
    "like": "this moment",
    "together": "this combination",
}


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A query, ready to be ranked at one version of the index."""

    space: Space
    version: int
    rows: Mapping[Modality, int]
    """Clip rows of each searched modality, unfiltered."""
    parts: Mapping[Modality, tuple[TermPart, ...]]
    """Of every searched modality in which a term has a vector; empty without any positive term."""
    combined: Mapping[Modality, Combined]
    """Of the modalities in which a positive term has one: these are searched."""
    presence: Presence
    """What a segment is multiplied by that lacks modalities."""
    lists: Mapping[Modality, list[ScoredRow]]
    """Unfiltered lists of at least `DEPTH` rows that calibration happened to search for ``combined``."""
    reports: tuple[TermReport, ...]

    @property
    def directions(self) -> dict[Modality, Vector]:
        """Return a unit vector per modality with parts, in the order in which rows join."""
        return {
            modality: self.combined[modality].direction if modality in self.combined else some[0].vector
            for modality, some in self.parts.items()
        }

    @property
    def has_penalties(self) -> bool:
        return any(part.share < 0 for some in self.parts.values() for part in some)


class Planner:
    """Makes plans; keeps what it measured until the index changes."""

    def __init__(self, index: VectorReader, resolver: TermResolver, timelines: Timelines) -> None:
        self._index = index
        self._resolver = resolver
        self._timelines = timelines
        self._calibrator = Calibrator(index)
        self._fitter = Fitter(index)

    def plan(self, space: Space, query: Query, modalities: tuple[Modality, ...]) -> Plan:
        """Return the plan of a checked query. Raises: what resolving its terms raises."""
        statistics = {modality: self._index.statistics(space, modality) for modality in modalities}
        terms = self._resolver.resolve_all(space, query)
        shares = _shares(terms, modalities)
        parts: dict[Modality, tuple[TermPart, ...]] = {}
        lists: dict[tuple[int, Modality], list[ScoredRow]] = {}
        whole = query.filters.empty or any(share < 0 for share in shares.values())
        for modality in modalities:
            if statistics[modality].count:
                parts[modality] = self._calibrate(
                    space, statistics[modality], modality, terms, shares, lists, whole
                )
        parts = {modality: some for modality, some in parts.items() if some}
        version = max((one.version for one in statistics.values()), default=0)
        parts, presence = self._fitted(space, version, parts, lists)
        combined = {m: combine(some) for m, some in parts.items() if _positive(some)}
        return Plan(
            space=space,
            version=version,
            rows={modality: one.count for modality, one in statistics.items()},
            parts=parts,
            combined=combined,
            presence=presence,
            # A single positive term of a modality is searched with its very vector.
            lists={
                modality: lists[alone[0].term, modality]
                for modality in combined
                if len(alone := _positive(parts[modality])) == 1 and (alone[0].term, modality) in lists
            },
            reports=_reports(query, terms, shares, modalities, Judge(parts)),
        )

    def _calibrate(
        self,
        space: Space,
        statistics: Statistics,
        modality: Modality,
        terms: Sequence[ResolvedTerm],
        shares: Mapping[int, float],
        lists: dict[tuple[int, Modality], list[ScoredRow]],
        whole: bool,
    ) -> tuple[TermPart, ...]:
        """Return the parts of one modality; lists that were searched for them are put into ``lists``.

        ``whole`` says that unfiltered lists are ranked too.
        """
        taking = [term for term in terms if term.place in shares and modality in term.vectors]
        vectors = [term.vectors[modality] for term in taking]
        # A single positive term is ranked by the very list that calibrates it.
        alone = sum(shares[term.place] > 0 for term in taking) == 1
        depth = max(DEPTH, DEPTHS[0]) if whole and alone else DEPTH
        backgrounds, searched = self._calibrator.measure(space, modality, statistics, vectors, depth)
        lists.update(
            ((term.place, modality), rows)
            for term, rows in zip(taking, searched, strict=True)
            if rows is not None
        )
        return tuple(
            TermPart(
                term=term.place,
                modality=modality,
                share=shares[term.place],
                vector=vector,
                background=background,
                yardstick=yardstick(space, term.kind, modality, len(term.understood)),
            )
            for term, vector, background in zip(taking, vectors, backgrounds, strict=True)
        )

    def _fitted(
        self,
        space: Space,
        version: int,
        parts: dict[Modality, tuple[TermPart, ...]],
        lists: Mapping[tuple[int, Modality], list[ScoredRow]],
    ) -> tuple[dict[Modality, tuple[TermPart, ...]], Presence]:
        directions = {modality: some[0].vector for modality, some in parts.items()}
        fitted = self._fitter.fit(
            space,
            version,
            parts,
            lists,
            lambda videos: self._timelines.load(space, version, directions, videos),
        )
        return fitted.parts, fitted.presence


def _positive(parts: Sequence[TermPart]) -> list[TermPart]:
    return [part for part in parts if part.share > 0]


def _shares(terms: Sequence[ResolvedTerm], modalities: Sequence[Modality]) -> dict[int, float]:
    """Return the share of every term that takes part: positive ones add up to 1.

    A term takes part with a weight other than 0 and a vector in a searched modality. One that was not
    understood leaves its share to the others.
    """
    taking = [t for t in terms if t.term.weight and any(modality in t.vectors for modality in modalities)]
    if not any(term.term.weight > 0 for term in taking):
        return {}
    # Divided by the largest first: sums of extreme weights would overflow.
    largest = max(abs(term.term.weight) for term in taking)
    weights = {term.place: term.term.weight / largest for term in taking}
    total = sum(weight for weight in weights.values() if weight > 0)
    shares = {place: round(weight / total, _SHARE_DECIMALS) for place, weight in weights.items()}
    return {place: share for place, share in shares.items() if share}


def _reports(
    query: Query,
    terms: Sequence[ResolvedTerm],
    shares: Mapping[int, float],
    modalities: Sequence[Modality],
    judge: Judge,
) -> tuple[TermReport, ...]:
    """Return what became of each term. Terms that the engine combined share one outcome evenly."""
    reports = []
    for place, asked in enumerate(query.terms):
        term = next(term for term in terms if term.stands_for(place))
        message = _message(term, modalities)
        if message is None and term.place in shares and not judge.matches(term.place):
            message = f"Nothing in the library stands out for {_NAMES[term.kind]}."
        reports.append(
            TermReport(
                term=asked,
                share=max(0.0, shares.get(term.place, 0.0)) / max(1, len(term.places)),
                understood=term.understood,
                ignored=term.ignored,
                matches_nothing=message is not None,
                message=message,
            )
        )
    return tuple(reports)


def _message(term: ResolvedTerm, modalities: Sequence[Modality]) -> str | None:
    """Return why a term says nothing, None where it says something or was not asked to."""
    if not term.vectors:
        if not term.term.weight and not term.ignored:
            return None  # Not in the cache, so nothing is known of it.
        if term.ignored:
            return f"Not understood, so left out: {', '.join(term.ignored)}."
        return f"Nothing could be understood of {_NAMES[term.kind]}, so it is left out."
    if not any(modality in term.vectors for modality in modalities):
        others = " or ".join(MODALITY_NAMES[modality] for modality in term.vectors)
        return f"Left out: {_NAMES[term.kind]} can only be searched for in {others}."
    return None

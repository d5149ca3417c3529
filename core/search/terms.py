"""From the terms of a query to unit vectors, one per modality that a term can be compared in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.embedding.port import Embedder, QueryVectors, Sample
from core.embedding.query_cache import QueryCache, media_key, normalise_text, text_key, together_key
from core.errors import EngineError, QueryRefused, SpaceMismatch
from core.model import Clip, Image, Like, Modality, Query, Segment, Space, Term, Text, Vector
from core.search.yardsticks import Kind
from core.vectors.port import Row, VectorReader

Called: TypeAlias = Callable[[Kind], None]
"""Hears of every call to the engine that was answered."""

_GONE: Final = "The sample of this search is no longer there. Add it again, or remove it."


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedTerm:
    """One term of a query with what the engine made of it."""

    place: int
    """Index into ``Query.terms``."""
    term: Term
    kind: Kind
    vectors: Mapping[Modality, Vector] = field(default_factory=dict)
    """Unit vectors; empty where nothing was understood."""
    understood: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    """Where the engine made one vector of several terms: the places of them all."""

    def stands_for(self, place: int) -> bool:
        return place == self.place or place in self.places


class TermResolver:
    """Turns terms into vectors: by the engine, through the cache, or from rows that are stored.

    What a text means can change without a new space: the preview engine also knows the words of titles,
    tags and subtitles. Such an engine has an attribute ``text_version: str``, which becomes part of the
    key of its texts; an engine without it is taken to be constant.
    """

    def __init__(self, index: VectorReader, embedder: Embedder, cache: QueryCache, called: Called) -> None:
        self._index = index
        self._embedder = embedder
        self._cache = cache
        self._called = called

    def resolve_all(self, space: Space, query: Query) -> list[ResolvedTerm]:
        """Return the query's terms with their vectors in this space.

        With ``query.together`` all words and examples that are looked for become one term, in the place
        of the first; moments that are compared with, and what is left out, stay terms of their own.

        Raises: as `resolve`; QueryRefused where the engine cannot combine.
        """
        wanted = list(enumerate(query.terms))
        if not query.together:
            return [self.resolve(space, place, term) for place, term in wanted]
        if not self._embedder.combines:
            raise QueryRefused(
                "The engine that is searched cannot combine words and samples itself. "
                "Switch that off, and weigh them instead."
            )
        joined = [(p, term) for p, term in wanted if not isinstance(term, Like) and term.weight > 0]
        if len(joined) < 2:
            return [self.resolve(space, place, term) for place, term in wanted]
        apart = [self.resolve(space, p, term) for p, term in wanted if (p, term) not in joined]
        return sorted([*apart, self._together(space, dict(joined))], key=lambda found: found.place)

    def resolve(self, space: Space, place: int, term: Term) -> ResolvedTerm:
        """Return the term's vectors in this space.

        A term of weight 0 is looked up in the cache only: it takes no part, so it costs no call.
        Raises: QueryRefused where a sample or a segment is gone; SpaceMismatch; what the engine raises.
        """
        if isinstance(term, Like):
            return ResolvedTerm(place, term, "like", self._stored(space, term) if term.weight else {})
        self._check_space(space)
        kind: Kind = "text" if isinstance(term, Text) else _sample_kind(term)
        found = self._words(space, term) if isinstance(term, Text) else self._example(space, term)
        if found is None:
            return ResolvedTerm(place, term, kind)
        return ResolvedTerm(place, term, kind, _units(found, space), found.understood, found.ignored)

    # -- by the engine --

    def _check_space(self, space: Space) -> None:
        if space.key != self._embedder.space.key:
            raise SpaceMismatch(
                "These videos were indexed by another engine. Index them again, or switch back to it."
            )

    def _words(self, space: Space, term: Text) -> QueryVectors | None:
        words = normalise_text(term.text)
        key = self._key(text_key(space, words, self._text_version))
        if not term.weight:
            return self._cache.recall(key)
        return self._made(key, "text", lambda: self._embedder.embed_text(words))

    def _example(self, space: Space, term: Clip | Image) -> QueryVectors | None:
        try:
            sample, digest = self._sample(term)
        except QueryRefused:
            if not term.weight:
                return None
            raise
        key = self._key(media_key(space, sample.kind, digest, sample.segment))
        if not term.weight:
            return self._cache.recall(key)
        if sample.kind == "clip":
            return self._made(key, "clip", lambda: self._embedder.embed_clip(sample.path, sample.segment))
        return self._made(key, "image", lambda: self._embedder.embed_image(sample.path))

    def _together(self, space: Space, terms: Mapping[int, Text | Clip | Image]) -> ResolvedTerm:
        self._check_space(space)
        words = ", ".join(normalise_text(term.text) for term in terms.values() if isinstance(term, Text))
        examples = [self._sample(term) for term in terms.values() if not isinstance(term, Text)]
        samples = [sample for sample, _ in examples]
        parts = [(sample.kind, digest, sample.segment) for sample, digest in examples]
        key = self._key(together_key(space, words, parts, self._text_version))
        found = self._made(key, "together", lambda: self._embedder.embed_together(words, samples))
        place, first = next(iter(terms.items()))
        # Against moments and what is left out it weighs as much as its terms did.
        whole = replace(first, weight=sum(term.weight for term in terms.values()))
        return ResolvedTerm(
            place, whole, "together", _units(found, space), found.understood, found.ignored, tuple(terms)
        )

    def _made(self, key: str, kind: Kind, ask: Callable[[], QueryVectors]) -> QueryVectors:
        """Return the vectors of a key from the cache, or from a call that is counted."""

        def make() -> QueryVectors:
            found = ask()
            self._called(kind)
            return found

        return self._cache.remember(key, make)

    def _key(self, key: str) -> str:
        """Return a cache key that also tells which modalities the engine was to answer for.

        They are a setting, and one that is added later must not find answers without it.
        """
        return f"{key} {','.join(self._embedder.modalities)}"

    @property
    def _text_version(self) -> str:
        version: str = getattr(self._embedder, "text_version", "")
        return version

    def _sample(self, term: Clip | Image) -> tuple[Sample, str]:
        """Return a term's example and the digest of its file. Raises: QueryRefused where it is gone."""
        path = Path(term.path)
        segment = self._stretch(term) if isinstance(term, Clip) else None
        try:
            if segment is None:
                self._check_size(path)
            digest = self._cache.digest(path)
        except (OSError, ValueError) as exc:  # ValueError: a null character in the name.
            raise QueryRefused(_GONE) from exc
        return Sample(path, _sample_kind(term), segment), digest

    def _stretch(self, clip: Clip) -> Segment | None:
        """Return the stretch to take; "to the end" goes as far as a sample may be long."""
        if clip.end_s is not None:
            return Segment(clip.start_s, clip.end_s)
        if clip.start_s == 0:
            return None
        return Segment(clip.start_s, clip.start_s + self._embedder.limits.clip_max_s)

    def _check_size(self, path: Path) -> None:
        most = self._embedder.limits.clip_max_bytes
        if path.stat().st_size > most:
            raise QueryRefused(
                f"This sample is larger than {most // (1024 * 1024)} MB. "
                "Use a smaller one, or cut a stretch out of it."
            )

    # -- from stored rows --

    def _stored(self, space: Space, like: Like) -> dict[Modality, Vector]:
        wanted = Segment(like.start_s, like.end_s)
        rows = [row for row in self._index.rows(space, like.video_id) if row.scope == "clip"]
        chosen = _rows_of(wanted, rows)
        stored = self._index.fetch(space, [row.key for row, _ in chosen])
        sums: dict[Modality, NDArray[np.float64]] = {}
        for row, overlap_ms in chosen:
            if row.key in stored:
                share = stored[row.key].astype(np.float64) * overlap_ms
                sums[row.modality] = sums.get(row.modality, np.zeros(space.dimension)) + share
        vectors = {m: unit for m, total in sums.items() if (unit := _unit(total, space)) is not None}
        if not vectors:
            raise QueryRefused(
                "The moment to compare with is no longer in the index that is searched. Remove it."
            )
        return vectors


def _sample_kind(term: Clip | Image) -> Literal["clip", "image"]:
    return "clip" if isinstance(term, Clip) else "image"


def _units(found: QueryVectors, space: Space) -> dict[Modality, Vector]:
    """Return the vectors at length 1, without those that have no direction."""
    units = {modality: _unit(vector, space) for modality, vector in found.by_modality.items()}
    return {modality: vector for modality, vector in units.items() if vector is not None}


def _rows_of(wanted: Segment, rows: Sequence[Row]) -> list[tuple[Row, int]]:
    """Return the rows that stand for a segment, with their overlap in milliseconds.

    Per modality: the row with these very boundaries, or else all that overlap.
    """
    chosen: list[tuple[Row, int]] = []
    exact = {
        row.modality
        for row in rows
        if (row.segment.start_ms, row.segment.end_ms) == (wanted.start_ms, wanted.end_ms)
    }
    for row in rows:
        same = (row.segment.start_ms, row.segment.end_ms) == (wanted.start_ms, wanted.end_ms)
        overlap = min(row.segment.end_ms, wanted.end_ms) - max(row.segment.start_ms, wanted.start_ms)
        if overlap > 0 and (same or row.modality not in exact):
            chosen.append((row, overlap))
    return chosen


def _unit(vector: NDArray[np.floating[Any]], space: Space) -> Vector | None:
    """Return the vector at length 1, None where it has no direction.

    Raises: SpaceMismatch, EngineError where an engine gave something that is no vector of its space.
    """
    if vector.shape != (space.dimension,):
        raise SpaceMismatch("The engine answered with vectors of another size. Check its model setting.")
    exact = vector.astype(np.float64)
    if not np.all(np.isfinite(exact)):
        raise EngineError("The engine answered with an unusable vector. Try again, or change the query.")
    length = float(np.linalg.norm(exact))
    return (exact / length).astype(np.float32) if length > 1e-9 else None

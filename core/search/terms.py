"""From the terms of a query to unit vectors, one per modality that a term can be compared in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.embedding.port import Embedder, QueryVectors
from core.embedding.query_cache import QueryCache, media_key, normalise_text, text_key
from core.errors import EngineError, QueryRefused, SpaceMismatch
from core.model import Clip, Image, Like, Modality, Segment, Space, Term, Text, Vector
from core.search.yardsticks import Kind
from core.vectors.port import Row, VectorIndex

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


class TermResolver:
    """Turns terms into vectors: by the engine, through the cache, or from rows that are stored.

    What a text means can change without a new space: the preview engine also knows the words of titles,
    tags and subtitles. Such an engine has an attribute ``text_version: str``, which becomes part of the
    key of its texts; an engine without it is taken to be constant.
    """

    def __init__(self, index: VectorIndex, embedder: Embedder, cache: QueryCache) -> None:
        self._index = index
        self._embedder = embedder
        self._cache = cache

    def resolve(self, space: Space, place: int, term: Term) -> ResolvedTerm:
        """Return the term's vectors in this space.

        A term of weight 0 is looked up in the cache only: it takes no part, so it costs no call.
        Raises: QueryRefused where a sample or a segment is gone; SpaceMismatch; what the engine raises.
        """
        match term:
            case Like():
                vectors = self._stored(space, term) if term.weight else {}
                return ResolvedTerm(place, term, "like", vectors)
            case Text():
                kind: Kind = "text"
            case Clip():
                kind = "clip"
            case Image():
                kind = "image"
        found = self._embedded(space, term)
        if found is None:
            return ResolvedTerm(place, term, kind)
        vectors = {
            modality: vector
            for modality, given in found.by_modality.items()
            if (vector := _unit(given, space)) is not None
        }
        return ResolvedTerm(place, term, kind, vectors, found.understood, found.ignored)

    # -- by the engine --

    def _embedded(self, space: Space, term: Text | Clip | Image) -> QueryVectors | None:
        if space.key != self._embedder.space.key:
            raise SpaceMismatch(
                "These videos were indexed by another engine. Index them again, or switch back to it."
            )
        if isinstance(term, Text):
            words = normalise_text(term.text)
            version: str = getattr(self._embedder, "text_version", "")
            key = text_key(space, words, version)
            if not term.weight:
                return self._cache.recall(key)
            return self._cache.remember(key, lambda: self._embedder.embed_text(words))
        path = Path(term.path)
        segment = self._stretch(term) if isinstance(term, Clip) else None
        try:
            if segment is None:
                self._check_size(path)
            digest = self._cache.digest(path)
        except (OSError, ValueError) as exc:  # ValueError: a null character in the name.
            if not term.weight:
                return None
            raise QueryRefused(_GONE) from exc
        key = media_key(space, "clip" if isinstance(term, Clip) else "image", digest, segment)
        if not term.weight:
            return self._cache.recall(key)
        if isinstance(term, Clip):
            return self._cache.remember(key, lambda: self._embedder.embed_clip(path, segment))
        return self._cache.remember(key, lambda: self._embedder.embed_image(path))

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
            raise QueryRefused("The moment to compare with is no longer in the library. Remove it.")
        return vectors


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

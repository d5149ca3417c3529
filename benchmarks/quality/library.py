"""A set in our own index, searched by our own pipeline."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.asking import Answer, Asked
from benchmarks.quality.engine import Measured
from benchmarks.quality.loading import Given
from benchmarks.quality.placing import Placed, place
from benchmarks.quality.progress import Progress
from core.embedding.query_cache import QueryCache
from core.model import Embedding, Filters, Hit, Query, Term
from core.search.searcher import Searcher
from core.vectors.backends import LITE
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VideoFields

_ENTRIES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees: moments, folded, at most some of one video."""

    units: tuple[int, ...]
    """The best segment of each moment."""
    folded: int
    """Moments that were put under others."""
    confidence: float
    good_match: bool


class Library:
    """The index of one set in a temporary folder, which goes with it."""

    def __init__(
        self,
        given: Given,
        *,
        kept: NDArray[np.int64] | None = None,
        tags: Sequence[Sequence[str]] | None = None,
        what: str = "library",
    ) -> None:
        """Fill an index; with ``kept`` from these items only. ``tags`` are per item, alike within a video."""
        self.given = given
        self.placed: Placed = place(given.fields, kept)
        self._folder = tempfile.TemporaryDirectory(prefix="cuepoint-quality-")
        folder = Path(self._folder.name)
        (folder / "clips").mkdir()
        self.engine = Measured(given, self.placed.modalities, folder / "clips")
        database = str(folder / "milvus.db")
        # What is lost with the process anyway need not be on disk after every video; closing writes it.
        filling = MilvusIndex(database, backend=replace(LITE, flush_after_write=False))
        try:
            self._fill(filling, np.arange(len(given.items)) if kept is None else kept, tags, what)
        finally:
            filling.close()
        self._index = MilvusIndex(database)
        self._searcher = Searcher(
            self._index,
            self.engine,  # type: ignore[arg-type]  # the half of an engine that answers questions
            QueryCache(folder / "queries", _ENTRIES),
        )

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index.close()
        self._folder.cleanup()

    def answer(self, asked: Sequence[Asked], limit: int, filters: Filters | None = None) -> list[Answer]:
        """Return our raw hits: not merged, not folded, without a cap per video."""
        found = []
        for one in asked:
            hits = self.hits(one, limit, filters)
            units = tuple(self._unit(hit) for hit in hits)
            found.append(Answer(units, hits[0].score if hits else -np.inf))
        return found

    def hits(self, asked: Asked, limit: int, filters: Filters | None = None) -> list[Hit]:
        return self._searcher.hits(self._query(asked, limit, filters))

    def seen(self, asked: Asked, limit: int) -> Seen:
        results = self._searcher.search(self._query(asked, limit, None))
        return Seen(
            units=tuple(self._unit(moment.hits[0]) for moment in results.moments),
            folded=sum(len(moment.similar) for moment in results.moments),
            confidence=results.confidence,
            good_match=results.good_match,
        )

    def _query(self, asked: Asked, limit: int, filters: Filters | None) -> Query:
        terms: tuple[Term, ...] = tuple(
            self.engine.text(number, weight) if kind == "text" else self.engine.clip(number, weight)
            for kind, number, weight in asked.terms
        )
        # Made-up videos mean nothing, so nothing is held back because of them.
        per_video = limit if self.placed.made_up else None
        return Query(terms, limit=limit, filters=filters or Filters(), per_video=per_video)

    def _unit(self, hit: Hit) -> int:
        return self.placed.unit_at[hit.video_id, hit.segment.start_ms, hit.segment.end_ms]

    def _fill(
        self, index: MilvusIndex, items: NDArray[np.int64], tags: Sequence[Sequence[str]] | None, what: str
    ) -> None:
        videos: dict[str, list[int]] = {}
        for item in items.tolist():
            videos.setdefault(self.placed.places[item].video, []).append(item)
        progress = Progress(f"filling the {what}", len(items))
        for video, members in videos.items():
            places = [self.placed.places[item] for item in members]
            fields = VideoFields(
                video,
                max(one.segment.end_s for one in places),
                category=self.placed.category[video],
                tags=tuple(tags[members[0]]) if tags is not None else (),
            )
            embeddings = [
                Embedding(self.given.items[item], one.segment, one.modality)
                for item, one in zip(members, places, strict=True)
            ]
            index.replace_video(self.engine.space, fields, embeddings)
            progress.step(len(members))

"""What the search tests share: an engine that knows vectors by heart, libraries, and a plain reference."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.embedding.port import QueryLimits, QueryVectors, Sample
from core.embedding.query_cache import QueryCache
from core.model import Embedding, Modality, Segment, Space, Vector
from core.search.searcher import Searcher
from core.search.yardsticks import Kind, yardstick
from core.vectors.memory import MemoryIndex
from core.vectors.port import VideoFields

Vectors = Mapping[Modality, Vector]
Members = dict[Modality, list[tuple[Embedding, float]]]
"""Rows of a segment with their overlap in milliseconds."""


def unit(values: Iterable[float]) -> Vector:
    """Return the values as a float32 vector of length 1."""
    vector = np.asarray(list(values), np.float64)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def axis(place: int, dimension: int = 8, *, rest: float = 0.0) -> Vector:
    """Return a unit vector along one axis, with a little of all the others."""
    vector = np.full(dimension, rest)
    vector[place] = 1.0
    return unit(vector)


@dataclass
class KnownEngine:
    """An engine whose texts and files mean what a table says; it counts how often it was asked."""

    space: Space
    texts: dict[str, Vectors] = field(default_factory=dict)
    clips: dict[str, Vectors] = field(default_factory=dict)
    """By the bytes of the file."""
    modalities: tuple[Modality, ...] = ("visual", "audio")
    limits: QueryLimits = field(default_factory=QueryLimits)
    billable: bool = False
    combines: bool = False
    text_version: str = ""
    calls: list[str] = field(default_factory=list)

    def embed_text(self, text: str) -> QueryVectors:
        self.calls.append(text)
        known = [word for word in text.split() if word in self.texts]
        ignored = tuple(word for word in text.split() if word not in self.texts)
        if not known:
            return QueryVectors({}, (), ignored)
        sums: dict[Modality, Vector] = {}
        for word in known:
            for modality, vector in self.texts[word].items():
                sums[modality] = sums.get(modality, np.zeros_like(vector)) + vector
        return QueryVectors({m: unit(v) for m, v in sums.items()}, tuple(known), ignored)

    def embed_clip(self, path: Path, segment: Segment | None = None) -> QueryVectors:
        self.calls.append(f"{path.name} {segment}")
        return QueryVectors(self.clips[path.read_text()])

    def embed_image(self, path: Path) -> QueryVectors:
        return self.embed_clip(path)

    def embed_together(self, text: str, samples: Sequence[Sample]) -> QueryVectors:
        """Return the sum of what all parts mean: one vector for every modality, as a real model does."""
        self.calls.append(f"{text} + {', '.join(sample.path.name for sample in samples)}")
        parts = [self.texts[word] for word in text.replace(",", "").split()]
        parts += [self.clips[sample.path.read_text()] for sample in samples]
        whole = unit(np.sum([part["visual"] for part in parts], axis=0))
        return QueryVectors(dict.fromkeys(self.modalities, whole))


@dataclass
class Library:
    """An index with its rows written down beside it, and a searcher over both."""

    index: MemoryIndex
    engine: KnownEngine
    searcher: Searcher
    rows: dict[str, list[Embedding]] = field(default_factory=dict)

    def add(self, video_id: str, embeddings: Sequence[Embedding], category: str | None = None) -> None:
        duration_s = max((e.segment.end_s for e in embeddings), default=1.0)
        fields = VideoFields(video_id, duration_s, category=category)
        self.index.replace_video(self.engine.space, fields, embeddings)
        self.rows[video_id] = list(embeddings)

    def delete(self, video_id: str) -> None:
        self.index.delete_video(video_id)
        del self.rows[video_id]


_folders = itertools.count()


def make_library(
    folder: Path, dimension: int = 8, texts: Mapping[str, Vectors] | None = None, name: str = "made"
) -> Library:
    """Return an empty library whose engine knows these words."""
    engine = KnownEngine(Space(name, "one", dimension), dict(texts or {}))
    index = MemoryIndex()
    cache = QueryCache(folder / f"queries{next(_folders)}")
    return Library(index, engine, Searcher(index, engine, cache))


def row(vector: Vector, start_s: float, end_s: float, modality: Modality = "visual") -> Embedding:
    return Embedding(vector, Segment(start_s, end_s), modality)


# -- the reference: every formula written once more, the plain way --


@dataclass(frozen=True)
class Weighed:
    """A term of the reference: its kind, vectors and weight."""

    kind: Kind
    vectors: Vectors
    weight: float


def reference_background(vector: Vector, rows: Sequence[Embedding], floor: float) -> tuple[float, float]:
    """Return mean and scale of a term over all rows of a modality."""
    matrix = np.stack([e.vector for e in rows]).astype(np.float64)
    cosines = matrix @ vector.astype(np.float64)
    mean = float(vector.astype(np.float64) @ matrix.mean(axis=0))
    k = min(10, math.ceil(len(rows) / 10))
    best: list[int] = []
    for place in np.argsort(-cosines, kind="stable"):
        if len(best) < k and all(matrix[place] @ matrix[other] <= 0.995 for other in best):
            best.append(int(place))
    return mean, max(float(np.mean(cosines[best])) - mean, floor)


def reference_scores(
    library: Library, terms: Sequence[Weighed], modalities: Sequence[Modality]
) -> dict[tuple[str, Segment], float]:
    """Return the score of every segment of a library, by brute force."""
    taking = [t for t in terms if t.weight and any(m in t.vectors for m in modalities)]
    total = sum(t.weight for t in taking if t.weight > 0)
    used = [m for m in modalities if any(m in t.vectors for t in taking)]
    everything = {
        m: [e for rows in library.rows.values() for e in rows if e.modality == m and e.scope == "clip"]
        for m in used
    }
    measured = {
        (i, m): reference_background(
            t.vectors[m], everything[m], yardstick(library.engine.space, t.kind, m).floor
        )
        for i, t in enumerate(taking)
        for m in used
        if m in t.vectors and everything[m]
    }
    joined = [
        (video_id, segment, members)
        for video_id, rows in library.rows.items()
        for segment, members in reference_join(rows, [m for m in used if everything[m]])
    ]

    def part(i: int, m: Modality, members: Members) -> float:
        met = members.get(m, [])
        if (i, m) not in measured or not met:
            return 0.0
        mean, scale = measured[i, m]
        overlaps = sum(overlap for _, overlap in met)
        cosine = sum(float(e.vector @ taking[i].vectors[m]) * overlap for e, overlap in met) / overlaps
        above = cosine - mean
        return (above if taking[i].weight > 0 else max(0.0, above)) / scale

    own = {i: [m for m in used if (i, m) in measured] for i, t in enumerate(taking) if t.weight > 0}
    own = {i: some for i, some in own.items() if some}
    reaches = dict.fromkeys(range(len(taking)), 1.0)
    if len({tuple(some) for some in own.values()}) > 1:
        for i, some in own.items():
            values = [[part(i, m, members) for m in some if m in members] for _, _, members in joined]
            best = sorted((v for v in values if sum(v) > 0), key=sum, reverse=True)
            k = min(10, math.ceil(max(len(everything[m]) for m in some) / 10))
            if best and len(some) > 1:
                totals = sum(map(sum, best[:k]))
                crowds = [_crowd(taking[i].vectors[m], everything[m], *measured[i, m]) for m in some]
                by_means = totals / len(best[:k]) / max(crowds) if max(crowds) > 0 else 1.0
                reaches[i] = max(1.0, by_means, totals / sum(map(max, best[:k])))
    return {
        (video_id, segment): sum(
            t.weight / total * sum(part(i, m, members) for m in used) / reaches[i]
            for i, t in enumerate(taking)
        )
        for video_id, segment, members in joined
    }


def _crowd(vector: Vector, rows: Sequence[Embedding], mean: float, scale: float) -> float:
    """Return the mean part of the best k rows, near-duplicates counted as often as they are."""
    k = min(10, math.ceil(len(rows) / 10))
    cosines = sorted((float(e.vector @ vector) for e in rows), reverse=True)
    return (sum(cosines[:k]) / k - mean) / scale


def reference_join(
    rows: Sequence[Embedding], modalities: Sequence[Modality]
) -> list[tuple[Segment, Members]]:
    """Return the segments of one video with the rows that belong to each, every pair looked at."""
    found: list[tuple[Segment, Members]] = []
    for modality in modalities:
        alone: list[tuple[Segment, Members]] = []
        own = [e for e in rows if e.modality == modality]
        bounds = {(s.start_ms, s.end_ms) for s, _ in found} & {
            (e.segment.start_ms, e.segment.end_ms) for e in own
        }
        for e in own:
            met = False
            for segment, members in found:
                same = (segment.start_ms, segment.end_ms) == (e.segment.start_ms, e.segment.end_ms)
                either = {(segment.start_ms, segment.end_ms), (e.segment.start_ms, e.segment.end_ms)} & bounds
                overlap = min(segment.end_ms, e.segment.end_ms) - max(segment.start_ms, e.segment.start_ms)
                shorter = min(segment.end_ms - segment.start_ms, e.segment.end_ms - e.segment.start_ms)
                if same or (not either and overlap > 0 and overlap >= shorter / 2):
                    members.setdefault(modality, []).append((e, overlap))
                    met = True
            if not met:
                alone.append((e.segment, {modality: [(e, 1.0)]}))
        found += alone
    return found

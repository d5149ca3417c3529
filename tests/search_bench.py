"""What the search tests share: an engine that knows vectors by heart, libraries, and a plain reference."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist

import numpy as np

from core.embedding.port import QueryLimits, QueryVectors, Sample
from core.embedding.query_cache import QueryCache
from core.model import Embedding, Modality, Segment, Space, Vector
from core.search import calibration
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
    mean = float(
        vector.astype(np.float64) @ np.stack([e.vector for e in rows]).astype(np.float64).mean(axis=0)
    )
    return mean, max(reference_lift(vector, rows), floor)


def reference_lift(vector: Vector, rows: Sequence[Embedding]) -> float:
    """Return how far the best k rows that differ stand above the mean."""
    matrix = np.stack([e.vector for e in rows]).astype(np.float64)
    cosines = matrix @ vector.astype(np.float64)
    mean = float(vector.astype(np.float64) @ matrix.mean(axis=0))
    k = min(10, math.ceil(len(rows) / 10))
    best: list[int] = []
    for place in np.argsort(-cosines, kind="stable"):
        if len(best) < k and all(matrix[place] @ matrix[other] <= 0.995 for other in best):
            best.append(int(place))
    return float(np.mean(cosines[best])) - mean


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
        cosine = sum(_cosine(e.vector, taking[i].vectors[m]) * overlap for e, overlap in met) / overlaps
        above = cosine - mean
        return (above if taking[i].weight > 0 else max(0.0, above)) / scale

    # -- how far each modality of a term is relied on --
    reliance: dict[tuple[int, Modality], float] = {}
    for i in {i for i, _ in measured}:
        told = {m: reference_evidence(taking[i], m, everything[m], library) for j, m in measured if j == i}
        for m, one in told.items():
            reliance[i, m] = (one**2 + 0.02) / (max(told.values()) ** 2 + 0.02)

    own = {i: [m for m in used if (i, m) in measured] for i, t in enumerate(taking) if t.weight > 0}
    own = {i: some for i, some in own.items() if some}

    def has(members: Members, i: int) -> tuple[Modality, ...]:
        return tuple(m for m in own[i] if m in members)

    # -- what a segment is worth that lacks modalities of a term --
    slopes: dict[tuple[int, tuple[Modality, ...]], float] = {}
    for i, some in own.items():
        values = [
            {m: part(i, m, members) * reliance[i, m] for m in some}
            for _, _, members in joined
            if len(has(members, i)) == len(some)
        ]
        for size in range(1, len(some) + 1):
            for present in itertools.combinations(some, size):
                met = [(sum(v[m] for m in present), sum(v.values())) for v in values]
                slopes[i, present] = reference_slope(met, len(some) - size)

    def presence(members: Members, shares: Mapping[int, float]) -> float:
        """Return the mean factor of the terms that have a part of this segment."""
        having = [i for i in shares if has(members, i)]
        together = sum(shares[i] for i in having)
        return sum(shares[i] * slopes[i, has(members, i)] for i in having) / together if having else 1.0

    # -- what balances the terms --
    totals = {i: [sum(part(i, m, s) * reliance[i, m] for m in own[i]) for _, _, s in joined] for i in own}
    factors = reference_factors(
        {i: [presence(s, {i: 1.0}) * v for (_, _, s), v in zip(joined, totals[i], strict=True)] for i in own},
        {
            i: [
                presence(s, dict.fromkeys(own, 1.0)) * v
                for (_, _, s), v in zip(joined, totals[i], strict=True)
            ]
            for i in own
        },
        {i: [bool(has(s, i)) for _, _, s in joined] for i in own},
    )
    shares = {i: taking[i].weight / total for i in own}
    return {
        (video_id, segment): presence(members, shares)
        * sum(
            t.weight
            / total
            * factors.get(i, 1.0)
            * sum(part(i, m, members) * reliance.get((i, m), 1.0) for m in used)
            for i, t in enumerate(taking)
        )
        for video_id, segment, members in joined
    }


def reference_evidence(
    term: Weighed, modality: Modality, rows: Sequence[Embedding], library: Library
) -> float:
    """Return how far the best rows of a modality stand above what chance gives them."""
    vector, measure = term.vectors[modality], yardstick(library.engine.space, term.kind, modality)
    mean, _ = reference_background(vector, rows, 1.0)
    lift = reference_lift(vector, rows)
    cosines = sorted((_cosine(e.vector, vector) for e in rows), reverse=True)
    spread = calibration.spread_of(cosines[: calibration.DEPTH], len(rows), mean)
    normal, k = NormalDist(), min(10, math.ceil(len(rows) / 10))
    best = [-normal.inv_cdf((place - 0.375) / (len(rows) + 0.25)) for place in range(1, k + 1)]
    return max(0.0, lift / (max(spread, measure.noise) * max(1.0, sum(best) / k)) - 1)


def reference_slope(met: Sequence[tuple[float, float]], missing: int) -> float:
    """Return how much more complete segments are worth than what a segment has of them: (present, total)."""
    present, totals = (
        (sorted(some, reverse=True)[:10] for some in zip(*met, strict=True)) if met else ([], [])
    )
    if not missing or sum(present) <= 0:
        return 1.0
    more = sum(totals) / sum(present) - 1
    return 1 + min(max(0.0, more) * min(1, len(met) / 10), 4 * missing)


def reference_factors(
    alone: Mapping[int, Sequence[float]],
    together: Mapping[int, Sequence[float]],
    there: Mapping[int, Sequence[bool]],
) -> dict[int, float]:
    """Return what gives two terms as much of the top ten at equal weights, 1 where nothing can be told."""
    factors = dict.fromkeys(alone, 1.0)

    def best(scores: Mapping[int, float], count: int) -> set[int]:
        last = sorted(scores.values(), reverse=True)[:count][-1]
        return {place for place, score in scores.items() if score >= last - 1e-7}

    own = {i: {p: score for p, score in enumerate(some) if there[i][p]} for i, some in alone.items()}
    own = {
        i: some
        for i, some in own.items()
        if len(some) > 10 and max(some.values()) > 1e-7 and len(best(some, 10)) < len(some)
    }
    if len(own) < 2:
        return factors
    tops = {i: best(some, 10) for i, some in own.items()}
    union = set().union(*(best(some, 20) for some in own.values()))

    def counts(tried: Mapping[int, float]) -> dict[int, int]:
        top = best({p: sum(tried[i] * together[i][p] for i in own) for p in union}, 10)
        return {i: len(top & tops[i]) for i in own}

    if len(own) > 2:
        return factors | reference_series(list(own), counts)
    i, j = own
    leads = []
    for step in range(-48, 49):
        found = counts({i: 1.0, j: 2 ** (step / 16)})
        leads.append((2 ** (step / 16), found[i] - found[j]))
    low = max((ratio for ratio, lead in leads if lead > 0), default=1 / 8)
    high = min((ratio for ratio, lead in leads if lead < 0), default=8.0)
    return factors | {i: (low * high) ** -0.25, j: (low * high) ** 0.25}


def reference_series(
    terms: Sequence[int], counts: Callable[[Mapping[int, float]], Mapping[int, int]]
) -> dict[int, float]:
    """Return the factors of more than two terms: who has more than the others is lessened, 48 times."""
    logs = dict.fromkeys(terms, 0.0)
    kept: list[dict[int, float]] = []
    for turn in range(48):
        found = counts({i: math.exp(one) for i, one in logs.items()})
        mean = sum(found.values()) / len(terms)
        logs = {i: logs[i] + (mean - found[i]) / 10 / (1 + turn / 4) for i in terms}
        for _ in range(100):
            middle, most = sum(logs.values()) / len(terms), math.log(8) / 2
            logs = {i: min(max(one - middle, -most), most) for i, one in logs.items()}
        kept.append(logs)
    return {i: math.exp(sum(some[i] for some in kept[24:]) / 24) for i in terms}


def _cosine(one: Vector, other: Vector) -> float:
    return float(np.float64(one) @ np.float64(other))


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

"""Filtered search against brute force: our own scores in numpy, over what a filter lets through.

The reference takes from an unfiltered answer how our pipeline centres and scales each term (that no filter
may change), computes the score of every unit with numpy, and keeps the best ten that satisfy the filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.asking import Asked, Way
from benchmarks.quality.library import Library
from benchmarks.quality.measures import TOP
from benchmarks.quality.plain import Cosines
from benchmarks.quality.progress import Progress
from core.model import Filters, Hit, Modality
from core.search.checking import MOST_MOMENTS

SHARES: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
_QUERIES: Final = 15
_CATEGORIES: Final = 6
_VIDEOS: Final = 3
_TIE: Final = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """A filter and the videos that satisfy it."""

    name: str
    filters: Filters
    videos: frozenset[str]


def made_up_tags(videos: Sequence[str]) -> list[tuple[str, ...]]:
    """Return per item tags that select 0.1 % to 100 % of the items, alike within a video.

    ``videos`` is the video of each item.
    """
    counts: dict[str, int] = {}
    for video in videos:
        counts[video] = counts.get(video, 0) + 1
    order = list(counts)
    np.random.default_rng(13).shuffle(order)
    chosen: dict[str, list[str]] = {video: [] for video in order}
    for share in SHARES:
        wanted, have = share * len(videos), 0
        # What still fits, at random; at least one video, the smallest.
        for video in order:
            if have + counts[video] <= wanted:
                chosen[video].append(tag_of(share))
                have += counts[video]
        if not have:
            chosen[min(order, key=lambda one: counts[one])].append(tag_of(share))
    return [tuple(chosen[video]) for video in videos]


def tag_of(share: float) -> str:
    return f"share {share:g}"


def filters_of(library: Library, tags: Sequence[Sequence[str]]) -> list[Filter]:
    """Return the filters to measure: made-up shares, the set's categories, and some videos."""
    placed = library.placed
    tagged: dict[str, set[str]] = {}
    for one, some in zip(placed.places, tags, strict=True):
        for tag in some:
            tagged.setdefault(tag, set()).add(one.video)
    found = [
        Filter(
            f"{100 * share:g} % of all (tag)",
            Filters(tags=(tag_of(share),)),
            frozenset(tagged[tag_of(share)]),
        )
        for share in SHARES
    ]
    categories: dict[str, set[str]] = {}
    for video, category in placed.category.items():
        if category:
            categories.setdefault(category, set()).add(video)
    names = sorted(categories)
    rng = np.random.default_rng(17)
    found += [
        Filter(f"category {name}", Filters(categories=(name,)), frozenset(categories[name]))
        for name in rng.permutation(names)[:_CATEGORIES].tolist()
    ]
    if len(names) > 1:
        some = tuple(names[: max(2, len(names) // 2)])
        videos = frozenset(video for name in some for video in categories[name])
        found.append(Filter(f"{len(some)} categories", Filters(categories=some), videos))
    all_videos = sorted(placed.category)
    found += [
        Filter("one video", Filters(video_ids=(video,)), frozenset([video]))
        for video in rng.permutation(all_videos)[:_VIDEOS].tolist()
    ]
    # Where videos are large, small shares select the same ones.
    return list({each.videos: each for each in reversed(found)}.values())[::-1]


def filtered(
    library: Library, cosines: Cosines, filters: Sequence[Filter], texts: Sequence[int]
) -> dict[str, Any]:
    """Return the recall under each filter, with the least and the mean."""
    rng = np.random.default_rng(19)
    asked = [Asked(text=int(n)) for n in rng.permutation(list(texts))[:_QUERIES]]
    scores = [reference(library, cosines, one) for one in asked]
    of_video = np.array([unit.video for unit in library.placed.units])
    progress = Progress("filters", len(filters) * len(asked))
    lines: list[dict[str, Any]] = []
    for each in filters:
        passes = np.isin(of_video, list(each.videos))
        recalls = []
        for one, score in zip(asked, scores, strict=True):
            recalls.append(agreement(library, one, score, passes, each.filters))
            progress.step()
        lines.append(
            {
                "filter": each.name,
                "selectivity": float(passes.mean()),
                "segments": int(passes.sum()),
                "recall_at_10": float(np.mean(recalls)),
            }
        )
    values: list[float] = [line["recall_at_10"] for line in lines]
    return {"min": min(values), "mean": float(np.mean(values)), "queries": len(asked), "filters": lines}


def reference(library: Library, cosines: Cosines, asked: Asked) -> NDArray[np.float64]:
    """Return our score of every unit, with numpy, from what unfiltered answers say of its terms.

    How steeply a term counts depends on the modalities that a unit has, so it is read for each kind.
    """
    found = [
        (term, modality, values)
        for term, (kind, number, _) in enumerate(asked.terms)
        for modality, values in cosines.of(kind, number).items()
    ]
    kinds = [frozenset(unit.members) for unit in library.placed.units]
    slopes = _slopes(library.hits(asked, 100))
    if not {*kinds} <= {kind for _, _, kind in slopes}:
        slopes = _slopes(library.hits(asked, MOST_MOMENTS))
    total = np.zeros(len(kinds))
    for kind in set(kinds):
        of_kind = np.array([one == kind for one in kinds])
        for term, modality, values in found:
            if (term, modality, kind) in slopes:
                _, slope, background = slopes[term, modality, kind]
                total[of_kind] += np.nan_to_num(slope * (values[of_kind] - background))
    return total


def _slopes(
    hits: Sequence[Hit],
) -> dict[tuple[int, Modality, frozenset[Modality]], tuple[float, float, float]]:
    """Return by term, modality and kind of unit: the distance that told it, the slope, the background."""
    slopes: dict[tuple[int, Modality, frozenset[Modality]], tuple[float, float, float]] = {}
    for hit in hits:
        kind = frozenset(part.modality for part in hit.parts)
        for part in hit.parts:
            above = part.cosine - part.background
            known = slopes.get((part.term, part.modality, kind))
            if abs(above) > 1e-9 and (known is None or abs(above) > known[0]):
                slopes[part.term, part.modality, kind] = (abs(above), part.value / above, part.background)
    return slopes


def agreement(
    way: Way, asked: Asked, scores: NDArray[np.float64], passes: NDArray[np.bool_], filters: Filters
) -> float:
    """Return the share of the best ten by brute force that a way finds; equal scores count as found."""
    (answer,) = way.answer([asked], TOP, filters)
    allowed = np.sort(scores[passes])[::-1][:TOP]
    if not len(allowed):
        return float(not answer.units)
    right = [unit for unit in answer.units if passes[unit] and scores[unit] >= allowed[-1] - _TIE]
    return min(len(set(right)), len(allowed)) / len(allowed)

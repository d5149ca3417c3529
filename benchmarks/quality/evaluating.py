"""The whole evaluation: our pipeline and the plain ways, measured alike."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from benchmarks.quality.asking import Answer, Asked, Way
from benchmarks.quality.filtering import filtered, filters_of, made_up_tags
from benchmarks.quality.hybrid import Hybrid
from benchmarks.quality.library import Library, Seen
from benchmarks.quality.loading import Given
from benchmarks.quality.lost import auc_made_up
from benchmarks.quality.measures import DEPTH, TOP, auc, mean, repeats, retrieval
from benchmarks.quality.placing import Placed, place
from benchmarks.quality.plain import Cosines, RankFusion, WeightedSum
from benchmarks.quality.progress import Progress
from benchmarks.quality.signals import plain_signals, separation
from benchmarks.quality.slider import random_pairs, sliding

LIKENESSES: Final = (0.95, 0.98, 0.99)

Figures: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """How much to measure; 0 means all."""

    queries: int = 1_000
    """Texts, clips and given pairs at most, each; chosen at random with a fixed seed."""
    pairs: int = 300
    """Random pairs for the slider."""


@dataclass(frozen=True, slots=True)
class Questions:
    """One kind of query with what answers each (None where it is not said)."""

    name: str
    asked: Sequence[Asked]
    relevant: Sequence[frozenset[int]] | None
    """Units."""

    @property
    def answerable(self) -> list[bool]:
        return [bool(some) for some in self.relevant or ()]


def evaluate(given: Given, options: Options) -> Figures:
    """Return all figures of a set."""
    started = time.perf_counter()
    tags = made_up_tags([one.video for one in place(given.fields).places])
    with Library(given, tags=tags) as library:
        filled_s = time.perf_counter() - started
        placed, cosines = library.placed, Cosines(given, library.placed)
        kinds = _questions(given, placed, options)
        pairs = random_pairs(len(given.queries), len(given.examples), options.pairs or 300)
        figures = _set_figures(given, placed)
        figures |= _way_figures(library, "ours", kinds, pairs, cosines)
        _add_pipeline_figures(figures, library, kinds, cosines)
        texts = [one.text for one in kinds[0].asked if one.text is not None]
        under_filters = filtered(library, cosines, filters_of(library, tags), texts)
        figures["filtered_recall_at_10"] = under_filters["min"]
        figures["filtered"] = under_filters
        figures["baselines"] = {
            "weighted_sum": _way_figures(WeightedSum(cosines), "weighted sum", kinds, pairs, cosines),
            "rrf": _way_figures(RankFusion(cosines), "rank fusion", kinds, pairs, cosines),
            "milvus_hybrid": _hybrid_figures(given, library, kinds, pairs, cosines),
        }
    figures["auc_made_up"] = auc_made_up(given, options.queries)
    figures["filling_s"] = filled_s
    figures["took_s"] = time.perf_counter() - started
    return figures


def _set_figures(given: Given, placed: Placed) -> Figures:
    return {
        "set": {
            "items": len(given.items),
            "dimension": int(given.items.shape[1]),
            "segments": len(placed.units),
            "videos": None if placed.made_up else len(placed.category),
            "modalities": list(placed.modalities),
            "queries": len(given.queries),
            "unanswerable_queries": sum(not some for some in given.relevant),
            "clips": None if given.clips is None else len(given.clips),
            "pairs": len(given.pairs),
            "slider_clips": "clips.npy" if given.clips is not None else "items.npy",
            "notes": [*given.notes, *placed.notes],
        }
    }


def _questions(given: Given, placed: Placed, options: Options) -> list[Questions]:
    """Return the kinds of query that a set has, texts first."""

    def units(relevant: Sequence[Collection[int]]) -> list[frozenset[int]]:
        return [placed.relevant_units(frozenset(some)) for some in relevant]

    texts = _sample(len(given.queries), options.queries, 23)
    found = [Questions("texts", [Asked(text=n) for n in texts], units([given.relevant[n] for n in texts]))]
    if given.clips is not None and given.relevant_clips is not None:
        clips = _sample(len(given.clips), options.queries, 29)
        relevant = units([given.relevant_clips[n] for n in clips])
        found.append(Questions("clips", [Asked(clip=n) for n in clips], relevant))
    if given.pairs:
        some = [given.pairs[n] for n in _sample(len(given.pairs), options.queries, 31)]
        said = [one for one in some if one.relevant is not None]
        asked = [Asked(one.text, one.clip) for one in (said or some)]
        relevant = units([one.relevant or () for one in said])
        found.append(Questions("pairs", asked, relevant if said else None))
    return found


def _sample(count: int, most: int, seed: int) -> list[int]:
    if not most or count <= most:
        return list(range(count))
    return sorted(np.random.default_rng(seed).permutation(count)[:most].tolist())


def _way_figures(
    way: Way, name: str, kinds: Sequence[Questions], pairs: Sequence[tuple[int, int]], cosines: Cosines
) -> Figures:
    """Return what can be measured of any way; the kinds beside texts under their own names."""
    figures: Figures = {}
    for kind in kinds:
        progress = Progress(f"{kind.name} of {name}", len(kind.asked))
        answers: list[Answer] = []
        for start in range(0, len(kind.asked), 32):
            answers += way.answer(kind.asked[start : start + 32], DEPTH)
            progress.step(32)
        own: Figures = {}
        if kind.relevant is not None:
            lists = [answer.units for answer in answers]
            own = dict(retrieval(lists, kind.relevant))
            own |= _repeats([answer.units[:TOP] for answer in answers], cosines)
            own |= _sound(lists, kind.relevant, cosines.placed)
            yes = [a.top_score for a, can in zip(answers, kind.answerable, strict=True) if can]
            no = [a.top_score for a, can in zip(answers, kind.answerable, strict=True) if not can]
            own["auc_unanswerable"] = auc(yes, no)
        if kind.name == "texts":
            figures |= own
        else:
            figures[kind.name] = own
    return figures | sliding(way, pairs, name)


def _repeats(lists: Sequence[Sequence[int]], cosines: Cosines) -> Figures:
    """Return the mean number of results a list that look like a better one of it."""
    counts: dict[float, list[float]] = {above: [] for above in LIKENESSES}
    for units in lists:
        likeness = cosines.likeness(units) if units else np.zeros((0, 0))
        for above in LIKENESSES:
            counts[above].append(float(repeats(likeness, above)))
    return {
        "repeats_in_top_10": mean(counts[0.98]),
        "repeats_by_likeness": {str(above): mean(values) for above, values in counts.items()},
    }


def _sound(lists: Sequence[Sequence[int]], relevant: Sequence[Collection[int]], placed: Placed) -> Figures:
    """Return the share of segments that have more than the first modality; {} where all are alike."""
    several = [set(unit.members) != {placed.modalities[0]} for unit in placed.units]
    if all(several) or not any(several):
        return {}

    def share(some: Sequence[Collection[int]]) -> float | None:
        return mean([float(np.mean([several[unit] for unit in one])) for one in some if one])

    answered = [found[:TOP] for found, some in zip(lists, relevant, strict=True) if some]
    return {
        "with_sound": {
            "in_top_10": share(answered),
            "in_relevant": share(relevant),
            "in_library": float(np.mean(several)),
        }
    }


def _add_pipeline_figures(
    figures: Figures, library: Library, kinds: Sequence[Questions], cosines: Cosines
) -> None:
    """Add what only our pipeline has: the list that a person sees, and the confidence."""
    for kind in kinds:
        if kind.relevant is None:
            continue
        progress = Progress(f"what is seen of {kind.name}", len(kind.asked))
        seen: list[Seen] = []
        for one in kind.asked:
            seen.append(library.seen(one, TOP))
            progress.step()
        own: Figures = figures if kind.name == "texts" else figures[kind.name]
        own["repeats_in_raw_hits"] = own["repeats_by_likeness"]
        own |= _repeats([one.units for one in seen], cosines)
        own["folded_in_top_10"] = mean([float(one.folded) for one in seen])
        plain = [plain_signals(cosines, one) for one in kind.asked]
        separated = separation(
            [one.confidence for one in seen], plain, kind.answerable, [one.good_match for one in seen]
        )
        own["auc_unanswerable"] = separated["auc"]
        own["confidence"] = separated
        if separated["auc"] is None:
            missing = "unanswerable" if not separated["unanswerable"] else "answerable"
            own["auc_unanswerable_reason"] = f"The set has no {missing} {kind.name}."


def _hybrid_figures(
    given: Given,
    library: Library,
    kinds: Sequence[Questions],
    pairs: Sequence[tuple[int, int]],
    cosines: Cosines,
) -> Figures:
    """Return the figures of Milvus' hybrid_search; where it cannot be used, what it said."""
    try:
        with Hybrid(given, library.placed) as hybrid:
            return _way_figures(hybrid, "hybrid_search", kinds, pairs, cosines)
    except Exception as exc:  # noqa: BLE001 - whatever a version of Milvus says belongs into the report
        return {"error": f"{type(exc).__name__}: {exc}"}

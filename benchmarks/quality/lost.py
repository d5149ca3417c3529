"""Unanswerable queries made up: a smaller library, without what answers every second query."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from benchmarks.quality.asking import Asked
from benchmarks.quality.library import Library
from benchmarks.quality.loading import Given
from benchmarks.quality.plain import Cosines
from benchmarks.quality.progress import Progress
from benchmarks.quality.signals import plain_signals, separation

_MOST: Final = 400
_LEAST_ITEMS: Final = 20


def auc_made_up(given: Given, most: int) -> dict[str, Any]:
    """Return, for the kinds of query of which a set has no unanswerable ones, how well made-up ones are told.

    Every second query loses all that answers it; the library is filled anew without that, and queries that
    still have an answer in it are the answerable ones.
    """
    kinds: dict[str, list[tuple[Asked, frozenset[int]]]] = {}
    if all(given.relevant):
        kinds["texts"] = [(Asked(text=n), some) for n, some in enumerate(given.relevant)]
    if given.relevant_clips is not None and all(given.relevant_clips):
        kinds["clips"] = [(Asked(clip=n), some) for n, some in enumerate(given.relevant_clips)]
    pairs = [(Asked(one.text, one.clip), one.relevant) for one in given.pairs if one.relevant is not None]
    if pairs and all(relevant for _, relevant in pairs):
        kinds["pairs"] = [(asked, relevant) for asked, relevant in pairs]
    return {name: _one(given, some, name, most or len(some)) for name, some in kinds.items()}


def _one(given: Given, questions: list[tuple[Asked, frozenset[int]]], name: str, most: int) -> dict[str, Any]:
    order = np.random.default_rng(37).permutation(len(questions))[: min(most, _MOST)]
    chosen = [questions[n] for n in order]
    gone = frozenset(item for _, relevant in chosen[::2] for item in relevant)
    kept = np.array([item for item in range(len(given.items)) if item not in gone], np.int64)
    if len(kept) < _LEAST_ITEMS:
        return {"auc": None, "reason": "Without what answers every second query next to nothing is left."}
    with Library(given, kept=kept, what=f"library without answers to {name}") as library:
        cosines = Cosines(given, library.placed)
        progress = Progress(f"made-up unanswerable {name}", len(chosen))
        seen = []
        for asked, _ in chosen:
            seen.append(library.seen(asked, 10))
            progress.step()
        return separation(
            [one.confidence for one in seen],
            [plain_signals(cosines, asked) for asked, _ in chosen],
            [bool(relevant - gone) for _, relevant in chosen],
            [one.good_match for one in seen],
        ) | {"items": len(kept)}

"""A small library for search tests: what every segment shows and sounds like is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.model import Embedding, Query, Term, Text, Vector
from tests.search_bench import Library, axis, make_library, row, unit

RED, NIGHT, LOUD, BIRD, ABSENT = 0, 1, 2, 3, 7
WORDS = {
    "red": {"visual": axis(RED)},
    "night": {"visual": axis(NIGHT)},
    "loud": {"audio": axis(LOUD)},
    "bird": {"visual": axis(BIRD), "audio": axis(BIRD)},
    "zebra": {"visual": axis(ABSENT)},
}


def video(place: int) -> str:
    return f"{place:064x}"


def noisy(place: int, seed: int, strength: float = 1.0) -> Vector:
    """Return a vector that shows one thing, among noise in the others but never `ABSENT`."""
    rng = np.random.default_rng(seed)
    values = 0.02 * rng.normal(size=8)
    values[place] += strength
    values[5] += 1.0  # What all rows of a model have in common.
    values[ABSENT] = 0.0
    return unit(values)


def scene_library(folder: Path) -> Library:
    """Return twenty videos of five segments: red in video 3, loud in 4, a bird seen and heard in 5."""
    made = make_library(folder, 8, WORDS)
    shown = {3: RED, 5: BIRD, 6: NIGHT}
    for place in range(20):
        rows: list[Embedding] = []
        for n in range(5):
            rows.append(row(noisy(shown.get(place, 6), 100 * place + n), 4 * n, 4 * n + 4))
            heard = {4: LOUD, 5: BIRD}.get(place, 6)
            rows.append(row(noisy(heard, 5_000 + 100 * place + n), 4 * n, 4 * n + 4, "audio"))
        made.add(video(place), rows, category="even" if place % 2 == 0 else "odd")
    return made


def ask(*terms: Term | str, **more: Any) -> Query:
    return Query(tuple(Text(term) if isinstance(term, str) else term for term in terms), **more)

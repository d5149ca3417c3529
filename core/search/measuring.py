"""All rows of one modality measured by a query at once: the numbers that a search would give each of them.

A search ranks a few hundred rows exactly and never looks at the others; who asks how much of the footage
shows something needs every row. Here vectors are at hand, in one array, so no store is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.insights import Matches
from core.search.calibration import DECIMALS, Background
from core.search.confidence import FEW, HIGHEST, MARGIN, MARGIN_PER_STANDING, POSSIBLE, chance_best
from core.search.scoring import TermPart
from core.search.yardsticks import Yardstick

_BLOCK: Final = 8192
"""Rows that are brought to double precision together: 32 MB of 512 dimensions."""


def measure(
    parts: Sequence[TermPart], vectors: NDArray[np.float32], ignored: tuple[str, ...] = ()
) -> Matches:
    """Return how each row, of unit length, answers the terms of its modality; without terms nothing does."""
    scores, standings = np.zeros(len(vectors)), np.zeros(len(vectors))
    if parts:
        terms = np.stack([part.vector for part in parts]).astype(np.float64).T
        for rows in _blocks(len(vectors)):
            cosines = np.round(vectors[rows].astype(np.float64) @ terms, DECIMALS)
            for number, part in enumerate(parts):
                above = cosines[:, number] - part.background.mean
                counted = above if part.share > 0 else np.maximum(0.0, above)
                scores[rows] += part.share * counted / part.scale
                standings[rows] += part.share * standings_of(
                    cosines[:, number], part.background, part.yardstick
                )
    return Matches(scores, standings, standings >= POSSIBLE, ignored)


def standings_of(
    cosines: NDArray[np.float64], background: Background, yardstick: Yardstick
) -> NDArray[np.float64]:
    """Return `core.search.confidence.standing` of many rows."""
    found = [np.zeros(len(cosines))]
    if background.count:
        spread = max(background.spread, yardstick.noise)
        margin = (cosines - background.mean) / spread - chance_best(background.count)
        relative = POSSIBLE + (margin - MARGIN) / MARGIN_PER_STANDING
        found.append(np.minimum(relative, POSSIBLE) if yardstick.activation else relative)
    if yardstick.certain is not None and yardstick.unrelated is not None:
        found.append((cosines - yardstick.unrelated) / (yardstick.certain - yardstick.unrelated))
    elif 0 < background.count < FEW:
        found.append(np.full(len(cosines), POSSIBLE))
    best: NDArray[np.float64] = np.minimum(HIGHEST, np.max(found, axis=0))
    return best


def _blocks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, _BLOCK):
        yield slice(start, min(rows, start + _BLOCK))

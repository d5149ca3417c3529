"""How sure a hit is: strong, possible or weak, and whether anything matches well at all.

The standing of a term in a modality answers "does this row show it?" on a scale where 0 is the
background, `POSSIBLE` the least that is worth showing, and `STRONG` a match that can be relied on. Two
things can make it high:

- The row stands out from this collection. Its distance from the mean, in standard deviations of the rows
  that do not match, is compared with what the best of so many unrelated rows would reach by chance.
- The cosine is one that this engine gives only to real matches. This decides where the collection cannot:
  with a few rows, or where half of the footage shows what was asked for.

A hit's standing is the mean over the positive terms by weight, each at its best modality (a sound need
not be seen), less what it has of the negative ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Final

from core.model import Band, Modality, Part
from core.search.calibration import Background
from core.search.scoring import TermPart
from core.search.yardsticks import Yardstick

POSSIBLE: Final = 0.5
STRONG: Final = 1.0
HIGHEST: Final = 1.2
"""Where a standing ends, so that one term of a blended query cannot vouch for the others."""

MARGIN: Final = 0.5
"""Standard deviations above the best of chance that are `POSSIBLE`. At 0, one unanswerable query in two
would pass, by the meaning of an expected maximum."""
MARGIN_PER_STANDING: Final = 2.0
"""So that one further deviation, met by chance in about one query of ten, is `STRONG`."""
FEW: Final = 12
"""With fewer rows, and an engine of which nothing is known, a term that was understood is let through: a
spread of so few says nothing, and all rows can be looked at."""


def chance_best(rows: int) -> float:
    """Return the expected best of so many draws of a standard normal distribution (Blom)."""
    return NormalDist().inv_cdf((rows - 0.375) / (rows + 0.25)) if rows > 1 else 0.0


def standing(cosine: float, background: Background, yardstick: Yardstick) -> float:
    """Return how surely a row with this cosine shows what the term asks for, 0 to `HIGHEST`."""
    found = [0.0]
    if background.count:
        spread = max(background.spread, yardstick.noise)
        margin = (cosine - background.mean) / spread - chance_best(background.count)
        relative = POSSIBLE + (margin - MARGIN) / MARGIN_PER_STANDING
        found.append(min(relative, POSSIBLE) if yardstick.activation else relative)
    if yardstick.certain is not None and yardstick.unrelated is not None:
        found.append((cosine - yardstick.unrelated) / (yardstick.certain - yardstick.unrelated))
    elif 0 < background.count < FEW:
        found.append(POSSIBLE)
    return min(HIGHEST, max(found))


class Judge:
    """Gives hits of one query their bands."""

    def __init__(self, parts: Mapping[Modality, Sequence[TermPart]]) -> None:
        self._terms = {(part.term, modality): part for modality, some in parts.items() for part in some}

    def standing(self, parts: Sequence[Part]) -> float:
        """Return how surely a hit with these parts is what the query asks for."""
        best: dict[int, float] = {}
        shares: dict[int, float] = {}
        for part in parts:
            term = self._terms[part.term, part.modality]
            value = standing(part.cosine, term.background, term.yardstick)
            best[part.term] = max(best.get(part.term, 0.0), value)
            shares[part.term] = term.share
        return sum(shares[term] * value for term, value in best.items())

    def band(self, parts: Sequence[Part]) -> Band:
        value = self.standing(parts)
        if value >= STRONG:
            return "strong"
        return "possible" if value >= POSSIBLE else "weak"

    def matches(self, term: int) -> bool:
        """Return whether anything in the whole collection stands out for a term."""
        return any(
            standing(part.background.best, part.background, part.yardstick) >= POSSIBLE
            for (place, _), part in self._terms.items()
            if place == term
        )

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

A standing ends at `HIGHEST`, so it cannot say which of two good queries found the better match. The
confidence can: it is for comparing queries of one kind on one library, and answers "has this library what
was asked for?". Three signs speak for it, and none of them wins everywhere. The level of the best cosine is
the surest where many rows match, and says little where some texts lie nearer to all rows than others. Its
gap to the next rows is free of that, and vanishes where many rows match alike. Its height above the mean,
in standard deviations, is free of both, and suffers where texts differ in what they say of a row. They are
added up; `Evidence` says how much each one weighs.
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
APART: Final = 0.7
"""Of the confidence of a blend: what each term finds by itself; the rest is what the best hit has of all.
Alone, the first is blind where both are in the library but never together, and the second is the weaker
where neither is, which is the usual case: the best hit of a blend is a compromise."""
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


def evidence(cosine: float, background: Background, yardstick: Yardstick, *, centred: bool = False) -> float:
    """Return how much a best row with this cosine speaks for its term being answerable.

    ``centred`` takes the level from the mean of the rows: where modalities are compared with each other,
    the levels of their cosines differ by more than matches do.
    """
    above = cosine - background.mean
    level = above if centred else cosine
    deviations = above / max(background.low_spread, yardstick.noise)
    weights = yardstick.evidence
    return weights.level * level + weights.gap * (cosine - background.others) + weights.height * deviations


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

    def confidence(self, parts: Sequence[Part]) -> float:
        """Return how much the best hit, with these parts, speaks for the query being answerable.

        Unbounded; the mean over the positive terms by weight, each at its best modality. A term of which
        the hit has no row stands at its mean there. Of a blend, what each term finds by itself counts for
        `APART` of it. Backgrounds are the whole library's: under a filter it is told of the best hit that
        remains, and that of a single term can only be less than without.
        """
        cosines = {(part.term, part.modality): part.cosine for part in parts}
        positive = {place: part for place, part in self._terms.items() if part.share > 0}
        centred = len({modality for _, modality in positive}) > 1
        found: dict[int, float] = {}
        alone: dict[int, float] = {}
        shares: dict[int, float] = {}
        for (term, modality), part in positive.items():
            cosine = cosines.get((term, modality), part.background.mean)
            here = evidence(cosine, part.background, part.yardstick, centred=centred)
            best = evidence(part.background.best, part.background, part.yardstick, centred=centred)
            found[term] = max(here, found.get(term, here))
            alone[term] = max(best, alone.get(term, best))
            shares[term] = part.share
        apart = APART if len(shares) > 1 else 0.0
        return sum(share * ((1 - apart) * found[t] + apart * alone[t]) for t, share in shares.items())

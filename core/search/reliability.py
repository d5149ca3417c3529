"""How much each modality of a term is to be relied on.

A term that is compared in several modalities need not match in all of them: most of what can be seen cannot
be heard. Where nothing matches, scaling blows the noise up to what matches are worth elsewhere, and segments
that have sound would fill the top by chance. So within a term each modality weighs

    evidence = max(0, lift / chance - 1)      weight = (evidence ^ 2 + EVEN) / (largest evidence ^ 2 + EVEN)

where chance is how far the best k of so many unrelated rows would stand above the mean: the spread of rows
that do not match, never below the engine's noise, times the mean of the best k draws of a normal
distribution. Squared, because where both modalities tell something, the one that tells more finds more of
the matches (of generated sets 2 % more were found). The weight is 1 for the best modality and above 0 for
all; where nothing matches in any of them, all weigh the same. It is told by the whole collection, so neither
filters nor weights move it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from statistics import NormalDist
from typing import Final

from core.model import Modality
from core.search.calibration import Background, best_count
from core.search.scoring import TermPart
from core.search.yardsticks import Yardstick

EVEN: Final = 0.02
"""What every modality is granted, so that weights change smoothly where none has any."""


@lru_cache(maxsize=1_024)
def chance_lift(rows: int) -> float:
    """Return the expected mean of the best k of so many draws of a standard normal distribution (Blom).

    Never below 1: of a row or two nothing can be told.
    """
    k = best_count(rows)
    draws = [NormalDist().inv_cdf(1 - (place + 0.625) / (rows + 0.25)) for place in range(k)]
    return max(1.0, math.fsum(draws) / k) if k else 1.0


def evidence(background: Background, yardstick: Yardstick) -> float:
    """Return how far the best rows stand above what chance gives them, 0 where they do not."""
    chance = max(background.spread, yardstick.noise) * chance_lift(background.count)
    return max(0.0, background.lift / chance - 1)


def weights(parts: Mapping[Modality, TermPart]) -> dict[Modality, float]:
    """Return the weight of each modality of one term, the largest 1."""
    found = {modality: evidence(part.background, part.yardstick) ** 2 for modality, part in parts.items()}
    largest = max(found.values())
    return {modality: (one + EVEN) / (largest + EVEN) for modality, one in found.items()}

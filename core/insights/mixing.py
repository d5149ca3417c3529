"""How mixed a group is: over how many videos or categories it is spread, and how evenly."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

TOP: Final = 5


@dataclass(frozen=True, slots=True)
class Mixture:
    """How rows are spread over names."""

    mixed: float
    """Entropy of the shares by the most that the library's names allow: 0 all of one, 1 all evenly."""
    top: tuple[tuple[str, float], ...]
    """The five names with most rows, and their share of all rows, the largest first; "" is no category."""
    names: int
    """How many different names there are."""


def mixture_of(names: Iterable[str] | Mapping[str, int], possible: int) -> Mixture:
    """Return how rows, named one by one or counted, are spread over the names that the library has."""
    counts = Counter(names)
    total = counts.total()
    shares = sorted(
        ((name, count / total) for name, count in counts.items()), key=lambda each: (-each[1], each[0])
    )
    entropy = -sum(share * math.log(share) for _, share in shares)
    # No more names than rows can occur.
    most = math.log(min(possible, total)) if min(possible, total) > 1 else 0.0
    return Mixture(min(1.0, max(0.0, entropy / most)) if most else 0.0, tuple(shares[:TOP]), len(shares))

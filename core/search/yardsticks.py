"""What an engine's cosines mean before a collection is known: floors, noise, and sure matches."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from core.model import Modality, Space

Kind: TypeAlias = Literal["text", "clip", "image", "like", "together"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much each sign of a good match weighs in the confidence."""

    level: float
    """The cosine of the best row itself."""
    gap: float
    """Its distance to the mean of those that come next."""
    height: float
    """Its distance to the mean of all, in standard deviations of rows far from any match."""


_WORDS: Final = Evidence(level=4.5, gap=25.0, height=0.4)
"""Of words the level says little: each text lies nearer to all rows, or farther away, by as much as a match
stands out (0.02 to 0.03)."""
_EXAMPLE: Final = Evidence(level=15.0, gap=10.0, height=0.0)
"""Of examples the level says most. Both were chosen by hand after fits to generated sets of many kinds, of
300 to 12,000 rows, 1 to 30 of them matching; in a blend, words and example then count about alike. No fixed
weights are the best on every set: where one sign alone tells all, the others cost up to 0.03 of the AUC."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What an engine's cosines of one kind of term mean before a collection is known."""

    floor: float
    """Smallest scale. Where even the best rows stand less above the mean, they do not match: a smaller
    scale would blow their differences up to those of real matches."""
    noise: float
    """Smallest spread of rows that do not match."""
    unrelated: float | None = None
    """Cosine of a term with a row that has nothing to do with it; None where it is not known."""
    certain: float | None = None
    """Cosine from which a row surely shows what was asked for."""
    activation: bool = False
    """Whether the cosine of a text says by itself how much of its words a row shows. Then ``certain`` is for
    one word: a text of n words is their sum at unit length, so a row that shows all of them reaches the
    square root of n times as much, and one that shows only one of them less. Standing out from the
    collection makes such a row possible, never strong."""
    evidence: Evidence = _EXAMPLE


_TEXT: Final = Yardstick(floor=0.02, noise=0.02)
"""Text against rows spreads by 0.03 to 0.05 in models like CLIP and Marengo: half of that is noise.
Where unrelated pairs lie differs from model to model, so nothing is said of it."""

_MEDIA: Final = Yardstick(floor=0.1, noise=0.03, unrelated=0.5, certain=0.95)
"""Examples against rows: measured around 0.52 for unrelated pictures (CLIP), and 0.92 to 0.98 for clips
of one and the same shot (Marengo), so that differences below 0.1 mean nothing. Where most rows are the
same (silence), the best stand hardly above the mean, and the floor keeps the others from falling deep."""

_SEEN: Final = Yardstick(floor=0.02, noise=0.01, unrelated=0.0, certain=0.12)
_HEARD: Final = Yardstick(floor=0.02, noise=0.01, unrelated=0.0, certain=0.15)
_ALIKE: Final = Yardstick(floor=0.1, noise=0.03, unrelated=0.3, certain=0.62)
_SEEN_SAMPLE: Final = Yardstick(floor=0.12, noise=0.05, unrelated=0.1, certain=0.55)

_BLEND: Final = Yardstick(floor=0.05, noise=0.03)
"""What a model makes of words and examples together lies somewhere between the two kinds."""

_MARENGO_TEXT: Final = Yardstick(0.05, 0.03, unrelated=0.12, certain=0.34)
"""Published vectors of Marengo 2.7, the only ones that are: words against clips that show it 0.32 to 0.39,
against others 0.08 to 0.15."""
_MARENGO_PICTURE: Final = Yardstick(0.06, 0.03, unrelated=0.42, certain=0.66)
"""A picture against clips of such a scene (not of that shot) 0.60 to 0.63, against others 0.38 to 0.44."""
_MARENGO_CLIP: Final = Yardstick(0.15, 0.03, unrelated=0.34, certain=0.85)
"""Clips of one shot 0.92 to 0.98, of different videos 0.30 to 0.34."""
_MARENGO_ACROSS: Final = Yardstick(0.05, 0.03)
"""Sounds against pictures lie around -0.26, and words against words that have nothing in common reach 0.32:
where only such pairs are known, a row has to stand out from its collection."""

YARDSTICKS: Final[Mapping[tuple[str, Kind, Modality], Yardstick]] = {
    # A word's cosine is its activation (0 to 1) times 0.15 in pictures and 0.18 in sounds, by the build of
    # the vectors: an activation below 0.1 is noise, one of 0.6 is certain.
    ("preview", "text", "visual"): Yardstick(0.06, 0.02, unrelated=0.0, certain=0.09, activation=True),
    ("preview", "text", "audio"): Yardstick(0.07, 0.02, unrelated=0.0, certain=0.11, activation=True),
    # A sample fills only the fingerprint, so it reaches 0.65 with itself. Measured on 21 videos of 5 to
    # 130 s: segments of other videos around 0.06 (95 % below 0.24), of the same shot 0.55 and more.
    ("preview", "clip", "visual"): _SEEN_SAMPLE,
    ("preview", "image", "visual"): _SEEN_SAMPLE,
    # Sounds of other videos around 0.26 (best 0.61), of the same 0.5 to 0.67.
    ("preview", "clip", "audio"): Yardstick(0.15, 0.1, unrelated=0.45, certain=0.66),
    # Whole vectors: other videos around 0.10 (99 % below 0.41), the same shot 0.87 and more.
    ("preview", "like", "visual"): Yardstick(0.2, 0.05, unrelated=0.15, certain=0.85),
    # Silence is equal to silence, which says nothing by itself: only standing out counts.
    ("preview", "like", "audio"): Yardstick(0.25, 0.1),
    ("twelvelabs", "text", "visual"): _MARENGO_TEXT,
    ("twelvelabs", "text", "fused"): _MARENGO_TEXT,
    ("twelvelabs", "text", "audio"): _MARENGO_ACROSS,
    ("twelvelabs", "text", "transcription"): _MARENGO_ACROSS,
    ("twelvelabs", "image", "visual"): _MARENGO_PICTURE,
    ("twelvelabs", "image", "fused"): _MARENGO_PICTURE,
    ("twelvelabs", "image", "audio"): _MARENGO_ACROSS,
    ("twelvelabs", "image", "transcription"): _MARENGO_ACROSS,
    ("twelvelabs", "clip", "visual"): _MARENGO_CLIP,
    ("twelvelabs", "clip", "fused"): _MARENGO_CLIP,
    # One vector of a clip stands for what is seen and heard at once.
    ("twelvelabs", "clip", "audio"): _MARENGO_ACROSS,
    ("twelvelabs", "clip", "transcription"): _MARENGO_ACROSS,
    ("twelvelabs", "like", "visual"): _MARENGO_CLIP,
    ("twelvelabs", "like", "fused"): _MARENGO_CLIP,
    # Silence is equal to silence here as well.
    ("twelvelabs", "like", "audio"): Yardstick(0.1, 0.05),
    ("twelvelabs", "like", "transcription"): Yardstick(0.1, 0.05),
}
"""By engine, kind and modality, where an engine's own figures are known."""


_USUAL: Final[Mapping[Kind, Yardstick]] = {"text": _TEXT, "together": _BLEND}


def yardstick(space: Space, kind: Kind, modality: Modality, words: int = 1) -> Yardstick:
    """Return the figures for this engine, kind of term and modality, or the usual ones.

    ``words`` is how many words of a text were understood.
    """
    found = YARDSTICKS.get((space.engine, kind, modality), _USUAL.get(kind, _MEDIA))
    if found.activation and found.certain is not None and words > 1:
        found = replace(found, certain=found.certain * math.sqrt(words))
    return replace(found, evidence=_WORDS) if kind == "text" else found

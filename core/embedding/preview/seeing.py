"""From what was seen in a segment to activations of the visual concepts, each 0 to 1.

Each rule describes the usual picture of a word. Words that overlap (black, dark, night) peak at
different pictures, so that each ranks its own picture first.
"""

from __future__ import annotations

import math

from core.embedding.preview.colours import COLOURS, SAND, SKY
from core.embedding.preview.concepts import PLACES
from core.embedding.preview.curves import Floats, band, falling, rising
from core.embedding.preview.looks import MEASURES, Look

_REGIONS = {
    "left": ((slice(0, 4), slice(0, 2)), (slice(0, 4), slice(2, 4))),
    "right": ((slice(0, 4), slice(2, 4)), (slice(0, 4), slice(0, 2))),
    "top": ((slice(0, 2), slice(0, 4)), (slice(2, 4), slice(0, 4))),
    "bottom": ((slice(2, 4), slice(0, 4)), (slice(0, 2), slice(0, 4))),
}


def root(share: float) -> float:
    """Return how strongly a share of the picture counts: a tenth is a third, a trace nothing."""
    return math.sqrt(max(0.0, share - 0.004) / 0.996)


def colour_concepts(look: Look) -> dict[str, float]:
    """Return activations of colours, of colours in a place, and of places where something stands out."""
    found = {}
    # A meadow is less purely green than a sheet of green paper.
    pure = 1.0 - 0.15 * rising(float(look.measures[MEASURES.index("edges")]), 0.01, 0.15)
    for index, colour in enumerate(COLOURS):
        cells = look.cells[:, :, index]
        found[colour] = root(float(cells.mean())) * pure
        for place in PLACES:
            inside, outside = _shares(cells, place)
            found[f"{colour}@{place}"] = root(inside) * _only(inside, outside)
    return found


def place_concepts(look: Look, restless: float) -> dict[str, float]:
    """Return activations of places alone: where a thing stands out, or which half is the lively one.

    Between quick cuts, or in front of a moving camera (``restless``), nothing has a place for long.
    """
    steady = 1.0 - 0.5 * restless
    small = falling(float(look.salient.mean()), 0.14, 0.28)
    found = {}
    for place in PLACES:
        inside, outside = _shares(look.salient, place)
        thing = small * root(min(1.0, 6.0 * inside)) * _only(inside, 1.25 * outside)
        if place != "center":
            thing *= 1.0 - _band(look.salient, axis=0 if place in ("top", "bottom") else 1)
        inside, outside = _shares(look.vivid, place)
        found[place] = steady * max(thing, 0.5 * root(inside) * _only(inside, 1.25 * outside))
    return found


def _band(cells: Floats, axis: int) -> float:
    """Return 1 where what stands out goes from one side to the other: a sky is no thing."""
    along = cells.mean(axis=axis)
    return float(along.min() / along.mean()) if along.mean() > 0 else 0.0


def light_concepts(look: Look, flashing: float) -> dict[str, float]:
    """Return activations of the words about light and variety; a flashing picture has no one light."""
    m = dict(zip(MEASURES, (float(value) for value in look.measures), strict=True))
    # A vivid blue is dark in numbers and not to the eye.
    vivid = m["light"] + 0.6 * m["chroma"]
    blueness = -float(look.layout[25])
    starry = max(rising(m["specks"], 0.0004, 0.003), band(m["lamps"], 0.0004, 0.002, 0.014, 0.026))
    nightly = max(rising(blueness, 0.010, 0.03), starry)
    plain_black = rising(float(look.cells[:, :, COLOURS.index("black")].mean()), 0.93, 1.0)
    plain_white = rising(float(look.cells[:, :, COLOURS.index("white")].mean()), 0.95, 1.0)
    steady = 1.0 - 0.6 * flashing
    return {
        "dark": falling(vivid, 0.28, 0.46)
        * (1.0 - 0.2 * max(nightly, rising(m["lamps"], 0.004, 0.02)))
        * (1.0 - 0.12 * plain_black)
        * steady,
        "dim": band(vivid, 0.2, 0.33, 0.46, 0.56)
        * (1.0 - 0.3 * max(nightly, rising(m["chroma"], 0.05, 0.1)))
        * steady,
        "bright": rising(m["light"], 0.6, 0.93)
        * (1.0 - 0.25 * rising(m["chroma"], 0.05, 0.15))
        * (1.0 - 0.1 * plain_white)
        * steady,
        "night": falling(vivid, 0.24, 0.42) * (0.5 + 0.5 * nightly) * falling(m["glow"], 0.03, 0.12) * steady,
        "contrast": rising(m["spread"], 0.14, 0.36) * (1.0 - 0.25 * rising(m["chroma"], 0.05, 0.12)),
        "colorful": rising(m["hues"], 1.5, 4.5) * rising(m["chroma"], 0.04, 0.12),
    }


def texture_concepts(look: Look) -> dict[str, float]:
    """Return activations of the words about texture."""
    m = dict(zip(MEASURES, (float(value) for value in look.measures), strict=True))
    lines = rising(m["one_way"], 0.7, 0.92) * rising(m["edges"], 0.05, 0.12)
    clear = max(rising(m["strong_edges"], 0.02, 0.1), rising(m["hues"], 1.2, 2.0))
    striped = lines * (0.3 + 0.7 * m["repeats"]) * (0.5 + 0.5 * clear)
    return {
        "smooth": falling(m["edges"], 0.01, 0.15)
        * (1.0 - 0.3 * rising(float(look.salient.mean()), 0.02, 0.12)),
        "detailed": rising(m["edges"], 0.08, 0.45) * (1.0 - 0.7 * striped),
        "striped": striped,
    }


def share_of(look: Look, colours: tuple[str, ...], rows: slice) -> float:
    """Return the share of some colours ("sand" and "sky" included) in some rows of cells."""
    planes = [{"sand": SAND, "sky": SKY}.get(c, -1) for c in colours]
    picked = [COLOURS.index(c) if plane < 0 else plane for c, plane in zip(colours, planes, strict=True)]
    return float(sum(look.cells[rows, :, plane].mean() for plane in picked))


def _shares(cells: Floats, place: str) -> tuple[float, float]:
    """Return the share inside a place and outside of it."""
    if place == "center":
        inside = float(cells[1:3, 1:3].mean())
        return inside, (float(cells.sum()) - 4.0 * inside) / 12.0
    here, there = _REGIONS[place]
    return float(cells[here].mean()), float(cells[there].mean())


def _only(inside: float, outside: float) -> float:
    """Return 1 where all of it is inside, 0.2 where it is everywhere."""
    return 1.0 - 0.8 * min(1.0, outside / inside) if inside > 0 else 0.0

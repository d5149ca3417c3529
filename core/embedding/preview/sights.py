"""Everyday words that classic features can honestly tell: what a fire, a sky or a meadow looks like."""

from __future__ import annotations

from core.embedding.preview.curves import falling, rising
from core.embedding.preview.looks import MEASURES, Look
from core.embedding.preview.movement import Movement
from core.embedding.preview.seeing import root, share_of

_TOP = slice(0, 2)
_BOTTOM = slice(2, 4)
_ALL = slice(0, 4)
_WARM = ("red", "orange", "yellow")


def sight_concepts(look: Look, movement: Movement) -> dict[str, float]:
    """Return activations of the everyday words."""
    m = dict(zip(MEASURES, (float(value) for value in look.measures), strict=True))
    return {
        "fire": _fire(look, movement, m),
        "sunset": _sunset(look, movement, m),
        "sky": _sky(look, m),
        "sea": _sea(look, movement),
        "grass": _grass(look),
        "forest": _forest(look, m),
        "snow": _snow(look, movement, m),
        "desert": _desert(look),
    }


def _fire(look: Look, movement: Movement, m: dict[str, float]) -> float:
    """Bright red to yellow on something dark, never at rest."""
    # The dark edge of an orange flame counts as brown.
    warm = share_of(look, (*_WARM, "brown"), _ALL)
    mixed = rising(share_of(look, ("orange", "yellow", "brown"), _ALL) / max(warm, 0.01), 0.1, 0.35)
    flickers = max(rising(movement.unsteady, 0.02, 0.12), rising(movement.flashes_per_s, 0.3, 1.0))
    on_dark = falling(m["darkest"], 0.28, 0.5)
    return rising(m["glow"], 0.03, 0.16) * on_dark * (0.4 + 0.6 * mixed) * (0.35 + 0.65 * flickers)


def _sunset(look: Look, movement: Movement, m: dict[str, float]) -> float:
    """A smooth warm sky of several colours, lighter than the ground, at rest."""
    top = share_of(look, (*_WARM, "pink"), slice(0, 3))
    every = share_of(look, (*_WARM, "pink", "purple"), slice(0, 3))
    several = rising(m["hues"], 1.0, 2.6)
    smooth = falling(m["strong_edges"], 0.06, 0.25)
    ground = rising(float(look.lit[:3].max() - look.lit[3]), -0.02, 0.15)
    rest = falling(movement.unsteady, 0.03, 0.2) * falling(share_of(look, ("green",), _ALL), 0.08, 0.25)
    colours = root(every) * rising(top, 0.1, 0.35) * (0.25 + 0.75 * several)
    return colours * smooth * (0.6 + 0.4 * ground) * rest


def _sky(look: Look, m: dict[str, float]) -> float:
    """Light blue above, with or without clouds; the more of the picture the better, but no plain page."""
    blue = share_of(look, ("sky",), _TOP)
    clouds = share_of(look, ("white", "gray"), _TOP) * rising(blue, 0.1, 0.3)
    above = min(1.0, blue + 0.8 * clouds)
    everywhere = rising(share_of(look, ("sky",), _BOTTOM), 0.5, 0.95)
    gradient = rising(abs(float(look.lit[0] - look.lit[3])), 0.02, 0.08)
    page = everywhere * (1.0 - max(gradient, rising(clouds, 0.02, 0.1)))
    calm = falling(float(look.edges[0, :, 4].mean()), 0.15, 0.5)
    below = share_of(look, ("sky",), _BOTTOM)
    below += share_of(look, ("white", "gray"), _BOTTOM) * rising(below, 0.1, 0.3)
    much = 0.5 + 0.5 * min(1.0, (above + below) / 2)
    pale = rising(m["light"], 0.66, 0.76) * falling(m["chroma"], 0.11, 0.16)
    return root(above) * much * (1.0 - page * (0.5 - 0.35 * pale)) * (0.6 + 0.4 * calm)


def _sea(look: Look, movement: Movement) -> float:
    """Blue or turquoise below, with waves, under something lighter."""
    water = share_of(look, ("blue", "cyan"), _BOTTOM)
    lines = rising(float((look.edges[1, :, 4] * (0.3 + look.edges[1, :, 2])).mean()), 0.02, 0.12)
    moves = rising(movement.changed, 0.05, 0.3)
    horizon = rising(float(look.lit[0] - look.lit[3]), 0.03, 0.15)
    signs = max(lines, 0.7 * moves) * 0.6 + horizon * 0.6
    return root(min(1.0, water)) * (0.35 + 0.65 * min(1.0, signs))


def _grass(look: Look) -> float:
    """Green below and preferably not above, with blades."""
    below, above = share_of(look, ("green",), _BOTTOM), share_of(look, ("green",), _TOP)
    only = 1.0 - rising(above / max(below, 0.01), 0.4, 1.0)
    blades = rising(float(look.edges[1, :, 4].mean()), 0.02, 0.12)
    return root(below) * (0.4 + 0.6 * min(1.0, max(0.7 * only + 0.4 * blades, 0.85 * blades)))


def _forest(look: Look, m: dict[str, float]) -> float:
    """Green also above, much structure, some brown or black between."""
    above = rising(share_of(look, ("green",), _TOP), 0.08, 0.3)
    trunks = rising(share_of(look, ("brown", "black"), _ALL), 0.015, 0.08)
    dense = rising(m["edges"], 0.05, 0.3)
    shade = falling(m["light"], 0.45, 0.7)
    signs = min(1.0, 0.5 * trunks + 0.35 * dense + 0.3 * shade)
    return root(share_of(look, ("green",), _ALL)) * above * (0.25 + 0.75 * signs)


def _snow(look: Look, movement: Movement, m: dict[str, float]) -> float:
    """A white ground that is not a blank page, or light specks that fall."""
    ground = root(share_of(look, ("white",), _BOTTOM))
    blank = falling(m["spread"], 0.01, 0.05) * falling(m["edges"], 0.0, 0.02)
    flakes = rising(m["specks"], 0.0015, 0.008) * rising(movement.changed, 0.1, 0.4)
    white = share_of(look, ("white", "gray", "blue"), _ALL)
    lying = ground * (1.0 - 0.6 * blank) * rising(white, 0.4, 0.8)
    return max(lying * (0.75 + 0.25 * flakes), 0.8 * flakes)


def _desert(look: Look) -> float:
    """Sand below, and preferably a sky above."""
    below = share_of(look, ("sand",), _BOTTOM) + 0.4 * share_of(look, ("orange", "yellow", "brown"), _BOTTOM)
    pure = share_of(look, ("sand",), _BOTTOM)
    sky = share_of(look, ("sky", "white"), _TOP)
    return root(min(below, 1.0)) * rising(pure, 0.03, 0.3) * (0.7 + 0.3 * rising(sky, 0.1, 0.5))

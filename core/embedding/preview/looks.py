"""What one picture looks like: colours by region, light, texture, and a fingerprint of its layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.embedding.preview.colours import PLANES, SKY, memberships, region_shares, to_oklab
from core.embedding.preview.curves import Floats, rising_each
from core.embedding.preview.pictures import HEIGHT, WIDTH, Picture

CELLS: Final = 4
"""Rows and columns of the grid of regions."""
MEASURES: Final = (
    "light", "spread", "darkest", "lightest", "chroma", "edges", "strong_edges", "one_way", "hues",
    "lamps", "glow", "glow_top", "specks", "repeats",
)  # fmt: skip
_EDGE: Final = 7.0
_STRONG_EDGE: Final = 20.0
"""Change of brightness from cell to cell of the fine grid, of 255."""
_DCT_ROWS: Final = 6
_DCT_COLUMNS: Final = 8
_DIRECTIONS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Numbers that can be averaged over pictures.

    ``cells`` (CELLS, CELLS, PLANES): share of each plane; ``lit`` (CELLS,): lightness of each row of
    cells; ``salient`` (CELLS, CELLS): how much there differs from the picture's usual colour; ``vivid``
    (CELLS, CELLS): how much of that is lighter or more colourful than the picture on the whole;
    ``measures``: named by `MEASURES`; ``layout``, ``edges``, ``palette``: the fingerprint, unscaled.
    """

    cells: Floats
    lit: Floats
    salient: Floats
    vivid: Floats
    measures: Floats
    layout: Floats
    edges: Floats
    palette: Floats

    def flat(self) -> Floats:
        """Return everything as one row; `unflatten` undoes it."""
        return np.concatenate([part.ravel() for part in self._parts()])

    def _parts(self) -> tuple[Floats, ...]:
        return (
            self.cells, self.lit, self.salient, self.vivid, self.measures, self.layout, self.edges,
            self.palette,
        )  # fmt: skip


_SHAPES: Final = (
    (CELLS, CELLS, PLANES), (CELLS,), (CELLS, CELLS), (CELLS, CELLS), (len(MEASURES),), (35,),
    (2, 3, _DIRECTIONS + 1), (3, PLANES - 1),
)  # fmt: skip


def unflatten(row: Floats) -> Look:
    """Return the look that `Look.flat` (or a weighted mean of several) holds."""
    parts = []
    at = 0
    for shape in _SHAPES:
        size = int(np.prod(shape))
        parts.append(row[at : at + size].reshape(shape))
        at += size
    return Look(*parts)


def look_of(picture: Picture) -> Look:
    """Describe one picture."""
    lab = to_oklab(picture.rgb)
    planes = memberships(lab)
    cells = region_shares(planes[None], CELLS, CELLS)[0]
    lightness = lab[..., 0]
    salient, vivid = _salient(lab)
    across, down, strength = _gradients(picture.fine)
    return Look(
        cells=cells,
        lit=lightness.reshape(CELLS, -1).mean(axis=1),
        salient=salient,
        vivid=vivid,
        measures=_measures(lab, planes, picture.fine, across, down, strength),
        layout=_layout(lab),
        edges=_edge_directions(across, down, strength),
        palette=_palette(planes, lightness),
    )


def _measures(
    lab: Floats, planes: Floats, fine: Floats, across: Floats, down: Floats, strength: Floats
) -> Floats:
    lightness = lab[..., 0]
    ordered = np.sort(lightness, axis=None)
    coloured = planes[..., :9].mean(axis=(0, 1))
    warm = planes[..., 0] + planes[..., 1] + planes[..., 2]
    glow = warm * rising_each(lightness, 0.4, 0.58)
    around = lightness.mean()
    return np.array(
        [
            around,
            lightness.std(),
            ordered[len(ordered) // 20],
            ordered[-len(ordered) // 20],
            np.hypot(lab[..., 1], lab[..., 2]).mean(),
            (strength > _EDGE).mean(),
            (strength > _STRONG_EDGE).mean(),
            _one_way(across, down, strength, lab),
            (coloured > 0.06).sum(),
            (lightness > around + 0.3).mean(),
            glow.mean(),
            glow[: HEIGHT // 2].mean(),
            _specks(fine),
            _repeats(fine),
        ]
    )


def _gradients(fine: Floats) -> tuple[Floats, Floats, Floats]:
    """Return change to the right, change downwards and its length, of the inner fine cells."""
    across = (fine[1:-1, 2:] - fine[1:-1, :-2]) / 2.0
    down = (fine[2:, 1:-1] - fine[:-2, 1:-1]) / 2.0
    return across, down, np.hypot(across, down)


def _one_way(across: Floats, down: Floats, strength: Floats, lab: Floats) -> float:
    """Return how far all edges run the same way, 0 to 1 (of brightness and of colour together)."""
    strong = strength > _EDGE
    xx, yy = (across[strong] ** 2).sum(), (down[strong] ** 2).sum()
    xy = (across[strong] * down[strong]).sum()
    for index in (1, 2):
        # Colour edges count where brightness is the same: red and green stripes are stripes.
        a, d, length = _gradients(600.0 * lab[..., index])
        strong = length > 2 * _EDGE
        xx, yy = xx + (a[strong] ** 2).sum(), yy + (d[strong] ** 2).sum()
        xy += (a[strong] * d[strong]).sum()
    total = xx + yy
    return float(np.hypot(xx - yy, 2.0 * xy) / total) if total > 0 else 0.0


def _specks(fine: Floats) -> float:
    """Return the share of small spots that are lighter than all that is around them."""
    inner = fine[2:-2, 2:-2]
    ring = np.max(
        [fine[2 + y : fine.shape[0] - 2 + y, 2 + x : fine.shape[1] - 2 + x] for y, x in _RING], axis=0
    )
    return float((inner > ring + 20.0).mean())


_RING: Final = tuple((y, x) for y in (-2, 0, 2) for x in (-2, 0, 2) if (y, x) != (0, 0))


def _repeats(fine: Floats) -> float:
    """Return how well a shifted copy of the picture's profile matches it: stripes repeat."""
    best = 0.0
    for profile in (fine.mean(axis=0), fine.mean(axis=1)):
        centred = profile - profile.mean()
        energy = float((centred**2).sum())
        if energy < 40.0 * len(centred):
            continue
        size = len(centred)
        lags = np.arange(3, size // 2)
        like = np.correlate(centred, centred, "full")[size - 1 + lags] / energy * size / (size - lags)
        best = max(best, float(np.minimum(like, like - np.minimum.accumulate(like)).max()))
    return min(1.0, best)


def _salient(lab: Floats) -> tuple[Floats, Floats]:
    """Return (salient, vivid) of each cell."""
    middle = np.median(lab.reshape(-1, 3), axis=0)
    # Squared, so that a soft gradient does not count as a thing.
    stands_out = rising_each(np.sqrt(((lab - middle) ** 2).sum(axis=2)), 0.08, 0.2) ** 2
    liveliness = lab[..., 0] + 2.0 * np.hypot(lab[..., 1], lab[..., 2])
    livelier = rising_each(liveliness - liveliness.mean(), 0.04, 0.2)

    def cells(values: Floats) -> Floats:
        result: Floats = values.reshape(CELLS, HEIGHT // CELLS, CELLS, WIDTH // CELLS).mean(axis=(1, 3))
        return result

    return cells(stands_out), cells(stands_out * livelier)


def _layout(lab: Floats) -> Floats:
    """Return the low frequencies of lightness and the two colour axes (15 + 10 + 10)."""
    small = lab.reshape(_DCT_ROWS, HEIGHT // _DCT_ROWS, _DCT_COLUMNS, WIDTH // _DCT_COLUMNS, 3)
    small = small.mean(axis=(1, 3))
    waves = np.einsum("ur,rcp->ucp", _cosines(_DCT_ROWS), small)
    waves = np.einsum("vc,ucp->uvp", _cosines(_DCT_COLUMNS), waves)
    return np.array(
        [waves[u, v, plane] for plane, order in ((0, 5), (1, 4), (2, 4)) for u, v in low_waves(order)]
    )


def low_waves(order: int) -> list[tuple[int, int]]:
    """Return (vertical, horizontal) wave numbers whose sum is below ``order``."""
    return [(u, total - u) for total in range(order) for u in range(total + 1)]


def _cosines(size: int) -> Floats:
    at = (np.arange(size) + 0.5) / size
    waves: Floats = np.cos(np.pi * np.arange(size)[:, None] * at[None, :]) / size
    return waves


def _edge_directions(across: Floats, down: Floats, strength: Floats) -> Floats:
    """Return, for 2 x 3 regions, the share of each direction among edges and how many edges there are."""
    strong = strength > _EDGE
    per_length = strong / np.maximum(strength, 1e-9)
    # Each direction takes what points its way, by the cosine of twice the angle between.
    upright = (across * across - down * down) * per_length
    slanted = 2.0 * across * down * per_length
    half, third = strength.shape[0] // 2, strength.shape[1] // 3
    planes = (np.maximum(upright, 0.0), np.maximum(slanted, 0.0), np.maximum(-upright, 0.0),
              np.maximum(-slanted, 0.0), strength * strong, strong)  # fmt: skip
    sums = np.array([plane.reshape(2, half, 3, third).sum(axis=(1, 3)) for plane in planes], dtype=np.float64)
    size = half * third
    result = np.empty((2, 3, _DIRECTIONS + 1))
    # A few faint edges do not make a direction: the constant is a sixth of a percent of strong ones.
    result[..., :_DIRECTIONS] = (sums[:_DIRECTIONS] / (sums[_DIRECTIONS] + 0.16 * size)).transpose(1, 2, 0)
    result[..., _DIRECTIONS] = sums[_DIRECTIONS + 1] / size
    return result


def _palette(planes: Floats, lightness: Floats) -> Floats:
    """Return shares of every colour at three levels of light."""
    # Wide fades: a copy that is a little brighter has nearly the same palette.
    dark = 1.0 - rising_each(lightness, 0.2, 0.6)
    light = rising_each(lightness, 0.6, 1.0)
    levels = np.stack([dark, 1.0 - dark - light, light])
    shares: Floats = np.einsum("lyx,yxp->lp", levels, planes[..., :SKY]) / lightness.size
    return shares

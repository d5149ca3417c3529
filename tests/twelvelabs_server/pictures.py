"""What a picture looks like: shares of named colours, light, and a small layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.twelvelabs_server.words import COLOURS, GRID

Array = NDArray[np.float64]

# Where the hues of the colours end, in degrees; what is after the last is red again.
_HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (200, "cyan"), (255, "blue"),
         (290, "purple"), (340, "pink"), (361, "red"))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Looks:
    """A row a picture: shares of colours (each row sums to 1), light from 0 to 1, layout, change."""

    colours: Array
    light: Array
    layout: Array
    change: Array
    """Mean difference to the picture before, from 0 to 1; 0 for the first."""
    moved: Array
    """The same for each cell of the layout."""


def looks_of(pictures: Sequence[NDArray[np.uint8]]) -> Looks:
    """Return the looks of pictures that are 32 by 24 pixels."""
    if not pictures:
        return Looks(
            np.zeros((0, len(COLOURS))),
            np.zeros(0),
            np.zeros((0, GRID * GRID * 3)),
            np.zeros(0),
            np.zeros((0, GRID * GRID)),
        )
    stack = np.stack(pictures).astype(np.float64) / 255
    count, height, width, _ = stack.shape
    cells = stack.reshape(count, GRID, height // GRID, GRID, width // GRID, 3).mean(axis=(2, 4))
    moved = np.zeros((count, GRID * GRID))
    steps = np.abs(np.diff(stack, axis=0)).reshape(count - 1, GRID, height // GRID, GRID, width // GRID, 3)
    moved[1:] = steps.mean(axis=(2, 4, 5)).reshape(count - 1, GRID * GRID)
    return Looks(
        colours=np.stack([_shares(picture.reshape(-1, 3)) for picture in stack]),
        light=stack.mean(axis=(1, 2, 3)),
        layout=cells.reshape(count, -1),
        change=moved.mean(axis=1),
        moved=moved,
    )


def _shares(pixels: Array) -> Array:
    high, low = pixels.max(axis=1), pixels.min(axis=1)
    spread = high - low
    red, green, blue = pixels.T
    safe = np.where(spread > 0, spread, 1.0)
    hue = np.select(
        [high == red, high == green],
        [((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    names = np.searchsorted([end for end, _ in _HUES], hue * 60, side="right")
    places = np.array([COLOURS.index(name) for _, name in _HUES])[names]
    brown = (places == COLOURS.index("orange")) & (high < 0.6)
    places = np.where(brown, COLOURS.index("brown"), places)
    plain = (spread < 0.12) | (spread < 0.25 * high)
    greys = np.select(
        [high < 0.2, high > 0.8], [COLOURS.index("black"), COLOURS.index("white")], COLOURS.index("grey")
    )
    places = np.where(plain, greys, places)
    places = np.where(high < 0.12, COLOURS.index("black"), places)
    return np.bincount(places, minlength=len(COLOURS)) / len(pixels)

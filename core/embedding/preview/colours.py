"""Named colours: what share of a picture is red, and where.

Pixels are judged in Oklab, where hue, lightness and chroma change the way people see them change:
a grey road with a tint of blue stays grey, a dark orange is brown, a light red is pink. Memberships
are soft, and those of one pixel add up to 1, or a little less where its colour is not typical of a name.

Source: Oklab matrices from https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.embedding.preview.curves import Floats, falling_each, rising_each

COLOURS: Final = (
    "red", "orange", "yellow", "green", "cyan", "blue",
    "purple", "pink", "brown", "white", "gray", "black",
)  # fmt: skip
SAND: Final = len(COLOURS)
"""Plane of pale orange and yellow: sand, beige, skin. No colour name of the list means it."""
SKY: Final = SAND + 1
"""Plane of what is blue and light, whatever its share of cyan; overlaps the colours."""
PLANES: Final = SKY + 1

_LMS: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

# Oklab hues in degrees where one name has faded out and the next is full.
_HUES: Final = (
    ("red", "orange", 37.0, 47.0),
    ("orange", "yellow", 80.0, 92.0),
    ("yellow", "green", 116.0, 126.0),
    ("green", "cyan", 166.0, 180.0),
    ("cyan", "blue", 205.0, 222.0),
    ("blue", "purple", 278.0, 294.0),
    ("purple", "pink", 333.0, 346.0),
    ("pink", "red", 366.0, 378.0),
)


def to_oklab(rgb: Floats) -> Floats:
    """Return Oklab (lightness 0 to 1, a, b) of gamma-encoded sRGB from 0 to 1, shape (..., 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lms = np.cbrt(_mix(linear, _LMS))
    return _mix(lms, _LAB)


def memberships(lab: Floats) -> Floats:
    """Return how much each pixel belongs to each plane, shape (..., PLANES), for Oklab (..., 3)."""
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma = np.hypot(a, b)
    hue = _hues(np.degrees(np.arctan2(b, a)) % 360.0)
    _split_by_light(hue, lightness, chroma)
    coloured = _coloured(lightness, chroma) * rising_each(lightness, 0.13, 0.25)
    dark = falling_each(lightness, 0.13, 0.25)
    planes = np.empty((*lightness.shape, PLANES))
    for index, name in enumerate(COLOURS[:9]):
        planes[..., index] = hue[name] * coloured
    # The lightest cream is white; sand has some depth.
    cream = hue["sand"] * coloured * rising_each(lightness, 0.915, 0.96)
    planes[..., SAND] = hue["sand"] * coloured - cream
    plain = 1.0 - coloured
    # What is too dark to have a colour is black; a true grey counts as black a little longer.
    black = np.maximum(dark, falling_each(lightness, 0.17, 0.33))
    white = rising_each(lightness, 0.85, 0.98)
    planes[..., COLOURS.index("black")] = plain * black
    planes[..., COLOURS.index("white")] = plain * white + cream * white
    typical = 0.75 + 0.25 * rising_each(lightness, 0.36, 0.5)
    planes[..., COLOURS.index("gray")] = plain * (1.0 - black) * (1.0 - white) * typical
    blue, cyan = planes[..., COLOURS.index("blue")], planes[..., COLOURS.index("cyan")]
    planes[..., SKY] = (blue + 0.4 * cyan) * rising_each(lightness, 0.48, 0.62)
    # A pale sky is blue, but not what somebody means first who asks for blue.
    pale = rising_each(lightness, 0.62, 0.78) * falling_each(chroma, 0.09, 0.15)
    planes[..., COLOURS.index("blue")] = blue * (1.0 - 0.4 * pale)
    return planes


def region_shares(planes: Floats, rows: int = 4, columns: int = 4) -> Floats:
    """Return the mean of each plane in each cell, shape (n, rows, columns, PLANES)."""
    count, height, width, depth = planes.shape
    cells = planes.reshape(count, rows, height // rows, columns, width // columns, depth)
    result: Floats = cells.mean(axis=(2, 4))
    return result


def _coloured(lightness: Floats, chroma: Floats) -> Floats:
    """Return how far a pixel has a colour at all; in the middle greys it takes the most chroma."""
    middle = np.minimum(rising_each(lightness, 0.2, 0.4), falling_each(lightness, 0.72, 0.86))
    result: Floats = np.clip((chroma - 0.022) / (0.026 + 0.034 * middle), 0.0, 1.0)
    return result


def _mix(values: Floats, matrix: Floats) -> Floats:
    # Written out: a matrix product may sum in another order on another machine.
    x, y, z = values[..., 0], values[..., 1], values[..., 2]
    return np.stack([x * row[0] + y * row[1] + z * row[2] for row in matrix], axis=-1)


def _hues(degrees: Floats) -> dict[str, Floats]:
    """Return the share of each hue name for each pixel; the names add up to 1."""
    # Hues from 18 on to 378 hold every colour without a break, red first.
    turned = np.where(degrees < 18.0, degrees + 360.0, degrees)
    shares: dict[str, Floats] = {}
    fade_in = 1.0 - 0.0 * turned
    for name, _, low, high in _HUES:
        passed = rising_each(turned, low, high)
        shares[name] = fade_in - passed
        fade_in = passed
    shares["red"] = shares["red"] + fade_in
    return shares


def _split_by_light(hue: dict[str, Floats], lightness: Floats, chroma: Floats) -> None:
    """Move what is too light or too dark for its hue's name to the name that people use."""
    rosy = hue["red"] * rising_each(lightness - chroma, 0.55, 0.68)
    # A dull dark red is what paint shops call brown; a saturated one is dark red.
    saturation = chroma / np.maximum(lightness, 0.05)
    dull = (hue["red"] - rosy) * falling_each(saturation, 0.31, 0.38) * falling_each(lightness, 0.55, 0.62)
    hue["red"] = hue["red"] - rosy - dull
    hue["pink"] = hue["pink"] + rosy
    light = rising_each(lightness, 0.60, 0.68)
    pale = hue["orange"] * light * falling_each(chroma, 0.09, 0.14)
    shade = (hue["orange"] - pale) * falling_each(lightness, 0.58, 0.68)
    hue["orange"] = hue["orange"] - pale - shade
    cream = hue["yellow"] * light * falling_each(chroma, 0.07, 0.10)
    olive = (hue["yellow"] - cream) * falling_each(lightness, 0.55, 0.72)
    hue["yellow"] = hue["yellow"] - cream - olive
    hue["green"] = hue["green"] + 0.5 * olive
    hue["brown"] = dull + shade + 0.5 * olive
    hue["sand"] = pale + cream

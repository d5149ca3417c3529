"""What stands and floats in the harbour: stars, houses, a lighthouse, boats, the moon."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from PIL import ImageDraw

from core.demo.canvas import Field, Sprite, sprite

HULL: Final = (8, 12, 26, 255)


def stars(field: Field, count: int, seed: int, down_to: int) -> None:
    """Sprinkle stars over the rows above ``down_to``."""
    rng = np.random.default_rng(seed)
    rows = (rng.random(count) ** 1.4 * down_to).astype(int)
    columns = rng.integers(0, field.shape[1], count)
    field[rows, columns] += (rng.random((count, 1)) ** 2 * 190 + 20) * np.array([0.9, 0.95, 1.1])


def town(width: int) -> Sprite:
    """Return dark houses with lit windows, standing on the bottom edge."""
    rng = np.random.default_rng(41)

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        x = 0.0
        while x < width:
            wide, high = rng.uniform(20, 46), rng.uniform(22, 74)
            top = 90 - high
            shade = int(rng.integers(6, 15))
            pen.rectangle(
                [x * scale, top * scale, (x + wide) * scale, 90 * scale], (shade, shade + 3, shade + 20, 255)
            )
            if rng.random() < 0.6:
                roof = [(x - 1, top), (x + wide / 2, top - wide * 0.32), (x + wide + 1, top)]
                pen.polygon([(a * scale, b * scale) for a, b in roof], (shade, shade + 2, shade + 16, 255))
            for wx in np.arange(x + 4, x + wide - 5, 8):
                for wy in np.arange(top + 5, 84, 11):
                    if rng.random() < 0.42:
                        lamp = (255, int(rng.integers(170, 225)), int(rng.integers(70, 140)), 255)
                        pen.rectangle([wx * scale, wy * scale, (wx + 3.4) * scale, (wy + 5) * scale], lamp)
            x += wide + rng.uniform(-2, 5)

    return sprite(width, 90, draw)


def lighthouse(height: int) -> Sprite:
    """Return a striped tower; its lamp is at (width / 2, height * 0.12)."""
    width = round(height * 0.42)

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        s, middle = height * scale, width * scale / 2
        edges = np.linspace(0.2, 1.0, 8)
        for index, (top, bottom) in enumerate(pairwise(edges)):
            a, b = 0.075 + 0.045 * top, 0.075 + 0.045 * bottom
            fill = (112, 34, 44, 255) if index % 2 == 0 else (132, 140, 162, 255)
            pen.polygon(
                [
                    (middle - a * s, top * s),
                    (middle + a * s, top * s),
                    (middle + b * s, bottom * s),
                    (middle - b * s, bottom * s),
                ],
                fill,
            )
            # The side away from the moon.
            pen.polygon(
                [
                    (middle - a * s, top * s),
                    (middle - a * s * 0.2, top * s),
                    (middle - b * s * 0.2, bottom * s),
                    (middle - b * s, bottom * s),
                ],
                (20, 18, 44, 255) if index % 2 == 0 else (62, 68, 96, 255),
            )
        pen.rectangle([middle - 0.11 * s, 0.18 * s, middle + 0.11 * s, 0.205 * s], HULL)
        pen.rectangle([middle - 0.062 * s, 0.07 * s, middle + 0.062 * s, 0.18 * s], (255, 226, 150, 255))
        for bar in (-0.062, -0.02, 0.02, 0.055):
            pen.rectangle([middle + bar * s, 0.07 * s, middle + (bar + 0.008) * s, 0.18 * s], HULL)
        pen.polygon([(middle - 0.08 * s, 0.072 * s), (middle, 0.0), (middle + 0.08 * s, 0.072 * s)], HULL)

    return sprite(width, height, draw)


def sailing_boat(height: int, lamp: tuple[int, int, int]) -> Sprite:
    """Return a boat at rest, a lamp on its mast."""
    width = round(height * 0.9)

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        s = height * scale
        hull = [(0.03, 0.84), (0.87, 0.82), (0.76, 0.97), (0.14, 0.97)]
        pen.polygon([(x * s, y * s) for x, y in hull], HULL)
        pen.polygon(
            [(0.2 * s, 0.84 * s), (0.26 * s, 0.76 * s), (0.55 * s, 0.76 * s), (0.6 * s, 0.84 * s)],
            (26, 30, 52, 255),
        )
        for port in (0.29, 0.37, 0.45):
            pen.ellipse([port * s, 0.785 * s, (port + 0.035) * s, 0.82 * s], (255, 205, 110, 255))
        pen.line([0.42 * s, 0.02 * s, 0.42 * s, 0.84 * s], (30, 34, 58, 255), round(0.016 * s))
        for x, y in ((0.05, 0.84), (0.86, 0.82)):
            pen.line([0.42 * s, 0.04 * s, x * s, y * s], (34, 40, 66, 255), max(1, round(0.005 * s)))
        pen.line([0.42 * s, 0.7 * s, 0.76 * s, 0.7 * s], (44, 46, 74, 255), round(0.03 * s))
        pen.ellipse([0.405 * s, 0.0, 0.435 * s, 0.03 * s], (*lamp, 255))

    return sprite(width, height, draw)


def moon(radius: int) -> Sprite:
    """Return a full moon with a few seas."""
    rng = np.random.default_rng(9)
    seas = [(rng.uniform(0.45, 1.5), rng.uniform(0.45, 1.5), rng.uniform(0.1, 0.26)) for _ in range(7)]

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        s = radius * scale
        pen.ellipse([0, 0, 2 * s, 2 * s], (248, 244, 222, 255))
        for x, y, r in seas:
            pen.ellipse([(x - r) * s, (y - r) * s, (x + r) * s, (y + r) * s], (226, 222, 204, 255))

    return sprite(2 * radius, 2 * radius, draw)

"""Storm: rain over a dark field, lightning, thunder."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import ImageDraw

from core.demo.canvas import HEIGHT, WIDTH, Paint, Picture, Shot, Sprite, clouds, gradient, lay, ridge, sprite

FLASHES_S: Final = (1.6, 4.4, 5.1, 8.0, 11.2, 11.6, 15.0, 18.4, 19.0)
"""When lightning strikes, from the beginning of the scene; thunder follows."""


def _bolt(seed: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    x, points = float(rng.uniform(120, 520)), []
    for y in np.linspace(30, 236, 15):
        x += float(rng.uniform(-26, 26))
        points.append((x, float(y)))
    return points


def _rain(seed: int) -> Picture:
    """Return a tile of slanted drops, one grey channel, that repeats."""
    rng = np.random.default_rng(seed)
    tile = np.zeros((HEIGHT, WIDTH), np.float32)
    for x, y, bright in rng.random((230, 3)):
        for step in range(16):
            tile[int(y * HEIGHT + step) % HEIGHT, int(x * WIDTH - step * 0.3) % WIDTH] = 30 + 50 * bright
    return tile.astype(np.uint8)


def _storm(offset_s: float, near: bool) -> Paint:
    overcast = clouds(HEIGHT, WIDTH * 2, 170, 5, 14, stretch=2.2)[:, :, None] * np.array(
        [46, 50, 58], np.float32
    )
    field = gradient(((0.0, (30, 34, 42)), (0.62, (70, 76, 84)), (0.63, (26, 30, 26)), (1.0, (12, 15, 13))))
    outline = ridge(WIDTH, 0.5, 61)

    def hills(pen: ImageDraw.ImageDraw, s: float) -> None:
        pen.polygon(
            [
                (0, 140 * s),
                *((x * s, (60 - 34 * y) * s) for x, y in enumerate(outline)),
                (WIDTH * s, 140 * s),
            ],
            (16, 20, 18, 255),
        )

    front = sprite(WIDTH, 140, hills)
    drops = [_rain(5), _rain(6)]
    bolts = {at: _lightning(round(at * 10)) for at in FLASHES_S}

    def paint(t: float) -> Picture:
        now = t + offset_s
        flash = max((np.exp(-(now - at) * 9) for at in FLASHES_S if now >= at), default=0.0)
        drift = round(now * 22) % WIDTH
        sky = field.copy()
        sky[:236] += overcast[:236, drift : drift + WIDTH]
        if flash > 0.01:
            sky = sky * np.float32(1 + 2.6 * flash) + np.float32(70 * flash)
        picture = np.minimum(sky, 255).astype(np.uint8)
        for at, bolt in bolts.items():
            if 0 <= now - at < 0.22:
                lay(picture, bolt, 0, 0)
        lay(picture, front, 0, 226 if not near else 268)
        for tile, speed in zip(drops, (620, 900), strict=True):
            rain = np.roll(tile, (round(now * speed), -round(now * speed * 0.2)), axis=(0, 1))
            picture += np.minimum(rain[:, :, None], 255 - picture)
        return picture

    return paint


def _lightning(seed: int) -> Sprite:
    points = _bolt(seed)

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        line = [(x * s, y * s) for x, y in points]
        pen.line(line, (170, 180, 255, 120), round(9 * s), joint="curve")
        pen.line(line, (250, 250, 255, 255), round(2.6 * s), joint="curve")

    return sprite(WIDTH, 240, draw)


SHOTS: Final = (Shot(10.0, lambda: _storm(0.0, near=False)), Shot(11.0, lambda: _storm(10.0, near=True)))

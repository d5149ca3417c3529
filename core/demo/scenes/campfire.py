"""Campfire: flames and sparks on a dark clearing, then embers close by."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PIL import ImageDraw

from core.demo.canvas import (
    HEIGHT,
    WIDTH,
    Field,
    Paint,
    Picture,
    Shot,
    clouds,
    finish,
    glow,
    gradient,
    lay,
    ridge,
    shine,
    sprite,
)

_COLOURS: Final = np.array(
    [(0, 0, 0), (90, 10, 0), (210, 60, 4), (255, 140, 20), (255, 214, 90), (255, 248, 210)]
)
_PALETTE: Final = np.stack(
    [np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, len(_COLOURS)), _COLOURS[:, i]) for i in range(3)],
    axis=-1,
).astype(np.float32)


class _Flames:
    """Fire in a box (height, width, 3): rising noise, narrower and cooler towards the top."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._noise = [clouds(height * 2, width, cell, 4, seed + cell, stretch=0.7) for cell in (70, 38)]
        down = np.linspace(0, 1, height)[:, None]
        across = np.abs(np.linspace(-1, 1, width))[None, :]
        # A tongue: wide at the bottom, a point at the top, and rounded where it leaves the wood.
        foot = np.clip((down - 0.9 + 0.1 * across**2) / 0.1, 0, 1) ** 2
        tip = 1.6 * (1 - down) ** 6
        body = 1.25 * down - across**2 * (2.4 - 1.2 * down) - 0.05 - 1.4 * foot - tip
        self._body = body.astype(np.float32)
        self._height = height

    def __call__(self, t: float) -> Field:
        far, near = (
            np.roll(noise, -round(t * speed), axis=0)[: self._height]
            for noise, speed in zip(self._noise, (150, 230), strict=True)
        )
        heat = np.clip(self._body + (far + near - 1.0) * 0.95, 0, 1)
        return _PALETTE[(heat * 255).astype(np.uint8)]


def _sparks(picture: Picture, t: float, seed: int, x: float, base: float, reach: float) -> None:
    rng = np.random.default_rng(seed)
    for start, drift, speed, size in rng.random((46, 4)):
        age = (t * (0.25 + 0.3 * speed) + start) % 1.0
        column = x + (drift - 0.5) * 120 * age + 9 * math.sin(12 * age + start * 6)
        shine(picture, _SPARKS[int(size * 3)], column, base - reach * age, (1 - age) * 1.1)


_SPARKS: Final = tuple(glow(radius, (255, 170, 60), 1.6) for radius in (2, 3, 4))
_LIGHT: Final = glow(330, (120, 52, 14), 1.7)


def _logs(pen: ImageDraw.ImageDraw, scale: float) -> None:
    """Draw three logs, lit from above, their round ends towards us."""
    for x0, y0, x1, y1 in ((22, 16, 186, 40), (190, 14, 20, 42), (48, 50, 166, 50)):
        for raised, thick, shade in ((0, 16, (26, 14, 9)), (3, 9, (64, 32, 15)), (6, 3, (186, 84, 26))):
            line = [x0 * scale, (y0 - raised) * scale, x1 * scale, (y1 - raised) * scale]
            pen.line(line, (*shade, 255), round(thick * scale))
        for x, y in ((x0, y0), (x1, y1)):
            pen.ellipse(
                [(x - 8) * scale, (y - 8) * scale, (x + 8) * scale, (y + 8) * scale], (92, 54, 28, 255)
            )
            pen.ellipse(
                [(x - 5) * scale, (y - 5) * scale, (x + 5) * scale, (y + 5) * scale], (126, 78, 40, 255)
            )


def _trees(pen: ImageDraw.ImageDraw, scale: float) -> None:
    """Draw two rows of firs, the nearer ones darker and tall at both sides of the clearing."""
    rng = np.random.default_rng(4)
    for shade, count, low, high in (((15, 22, 32, 255), 34, 60, 105), ((5, 8, 11, 255), 22, 60, 120)):
        for x in np.linspace(-10, WIDTH + 10, count) + rng.uniform(-9, 9, count):
            side = abs(x - WIDTH / 2) / (WIDTH / 2)
            height = rng.uniform(low, high) * (0.75 if high < 110 else 0.35 + 1.45 * side**2)
            for level in range(6):
                top = 236 - height + level * height / 6.5
                half = height * (0.05 + 0.034 * level)
                corners = [
                    (x, top - height * 0.05),
                    (x - half, top + height / 4.6),
                    (x + half, top + height / 4.6),
                ]
                pen.polygon([(a * scale, c * scale) for a, c in corners], shade)


def _clearing() -> Paint:
    field = gradient(((0.0, (7, 11, 34)), (0.62, (30, 34, 66)), (0.65, (30, 19, 12)), (1.0, (12, 8, 6))))
    rng = np.random.default_rng(31)
    field[rng.integers(0, 150, 120), rng.integers(0, WIDTH, 120)] += rng.random((120, 1)) * 150
    field[232:] *= 0.55 + 0.9 * clouds(HEIGHT - 232, WIDTH, 26, 4, 6, stretch=2.5)[:, :, None]
    ground = finish(field)
    lay(ground, sprite(WIDTH, 240, _trees), 0, 0)
    logs = sprite(210, 70, _logs)
    flames = _Flames(190, 240, 3)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        flicker = 0.85 + 0.1 * math.sin(t * 11) + 0.07 * math.sin(t * 17.3)
        shine(picture, _LIGHT, WIDTH / 2, 250, flicker)
        shine(picture, flames(t), WIDTH / 2, 172)
        lay(picture, logs, WIDTH / 2 - 105, 256)
        _sparks(picture, t, 8, WIDTH / 2, 240, 230)
        return picture

    return paint


def _close() -> Paint:
    flames = _Flames(640, 430, 19)
    ground = finish(gradient(((0.0, (8, 3, 3)), (0.7, (34, 10, 4)), (1.0, (70, 20, 6)))))
    outline = ridge(WIDTH, 0.6, 2)

    def logs(pen: ImageDraw.ImageDraw, scale: float) -> None:
        shape = [(x * scale, (60 - 40 * y) * scale) for x, y in enumerate(outline)]
        pen.polygon([(0, 110 * scale), *shape, (WIDTH * scale, 110 * scale)], (24, 10, 7, 255))

    front = sprite(WIDTH, 110, logs)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        shine(picture, flames(t * 1.1 + 5), WIDTH / 2, 132, 0.97)
        lay(picture, front, 0, 262)
        _sparks(picture, t, 15, WIDTH / 2, 280, 280)
        return picture

    return paint


def _embers() -> Paint:
    glowing = clouds(HEIGHT, WIDTH, 60, 4, 12)
    cracks = np.clip(1 - np.abs(clouds(HEIGHT, WIDTH, 90, 5, 31) - 0.5) * 9, 0, 1)

    def paint(t: float) -> Picture:
        breath = 0.55 + 0.45 * math.sin(t * 1.4)
        heat = np.clip(glowing * 0.75 + cracks * 0.55 - 0.28 + 0.1 * breath, 0, 1) ** 1.5
        field = np.stack([255 * heat, 92 * heat**1.5, 24 * heat**2.2], axis=-1).astype(np.float32) + 6
        picture = finish(field)
        _sparks(picture, t, 27, WIDTH / 2, 340, 330)
        return picture

    return paint


SHOTS: Final = (Shot(10.0, _clearing), Shot(8.0, _close), Shot(6.0, _embers))

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


class _Flames:
    """Fire in a box (height, width, 3): rising noise, narrower and cooler towards the top."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._noise = [clouds(height * 2, width, cell, 4, seed + cell, stretch=0.7) for cell in (70, 38)]
        down = np.linspace(0, 1, height)[:, None]
        across = np.abs(np.linspace(-1, 1, width))[None, :]
        # A tongue: wide at the bottom, a point at the top.
        self._body = (1.25 * down - across**2 * (2.4 - 1.2 * down) - 0.05).astype(np.float32)
        self._height = height

    def __call__(self, t: float) -> Field:
        far, near = (
            np.roll(noise, -round(t * speed), axis=0)[: self._height]
            for noise, speed in zip(self._noise, (150, 230), strict=True)
        )
        heat = np.clip(self._body + (far + near - 1.0) * 0.95, 0, 1)
        steps = np.linspace(0, 1, len(_COLOURS))
        return np.stack([np.interp(heat, steps, _COLOURS[:, i]) for i in range(3)], axis=-1).astype(
            np.float32
        )


def _sparks(picture: Picture, t: float, seed: int, x: float, base: float, reach: float) -> None:
    rng = np.random.default_rng(seed)
    for start, drift, speed, size in rng.random((46, 4)):
        age = (t * (0.25 + 0.3 * speed) + start) % 1.0
        column = x + (drift - 0.5) * 120 * age + 9 * math.sin(12 * age + start * 6)
        shine(picture, _SPARKS[int(size * 3)], column, base - reach * age, (1 - age) * 1.1)


_SPARKS: Final = tuple(glow(radius, (255, 170, 60), 1.6) for radius in (2, 3, 4))
_LIGHT: Final = glow(330, (120, 52, 14), 1.7)


def _logs(pen: ImageDraw.ImageDraw, scale: float) -> None:
    for x0, y0, x1, y1 in ((10, 44, 200, 22), (20, 20, 190, 50), (60, 54, 160, 54)):
        pen.line([x0 * scale, y0 * scale, x1 * scale, y1 * scale], (44, 24, 14, 255), round(15 * scale))
        pen.line(
            [x0 * scale, (y0 - 5) * scale, x1 * scale, (y1 - 5) * scale], (150, 62, 20, 255), round(3 * scale)
        )


def _trees(pen: ImageDraw.ImageDraw, scale: float) -> None:
    rng = np.random.default_rng(4)
    for x in np.linspace(-10, WIDTH + 10, 27):
        height, width = rng.uniform(90, 210), rng.uniform(26, 46)
        for level in range(4):
            top = 230 - height + level * height / 5
            half = width * (0.35 + 0.2 * level)
            pen.polygon([(x * scale, top * scale), ((x - half) * scale, (top + height / 3) * scale),
                         ((x + half) * scale, (top + height / 3) * scale)], (6, 9, 12, 255))  # fmt: skip
    pen.rectangle([0, 225 * scale, WIDTH * scale, 240 * scale], (6, 9, 12, 255))


def _clearing() -> Paint:
    field = gradient(((0.0, (4, 5, 14)), (0.6, (12, 10, 18)), (0.64, (26, 16, 10)), (1.0, (10, 6, 5))))
    ground = finish(field)
    lay(ground, sprite(WIDTH, 240, _trees), 0, 0)
    logs = sprite(210, 70, _logs)
    flames = _Flames(170, 190, 3)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        flicker = 0.85 + 0.1 * math.sin(t * 11) + 0.07 * math.sin(t * 17.3)
        shine(picture, _LIGHT, WIDTH / 2, 250, flicker)
        lay(picture, logs, WIDTH / 2 - 105, 248)
        shine(picture, flames(t), WIDTH / 2, 190)
        _sparks(picture, t, 8, WIDTH / 2, 230, 200)
        return picture

    return paint


def _close() -> Paint:
    flames = _Flames(560, 330, 19)
    ground = finish(gradient(((0.0, (8, 3, 3)), (0.7, (34, 10, 4)), (1.0, (70, 20, 6)))))
    outline = ridge(WIDTH, 0.6, 2)

    def logs(pen: ImageDraw.ImageDraw, scale: float) -> None:
        shape = [(x * scale, (60 - 40 * y) * scale) for x, y in enumerate(outline)]
        pen.polygon([(0, 110 * scale), *shape, (WIDTH * scale, 110 * scale)], (24, 10, 7, 255))

    front = sprite(WIDTH, 110, logs)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        shine(picture, flames(t * 1.1 + 5), WIDTH / 2, 190, 0.97)
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

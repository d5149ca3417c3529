"""Alpine morning: blue sky, drifting clouds, snow on the peaks, a green meadow."""

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
    Sprite,
    clouds,
    finish,
    gradient,
    lay,
    ridge,
    sprite,
    view,
)

_WIDE: Final = 1100
_SKY: Final = ((0.0, (38, 104, 204)), (0.45, (116, 178, 236)), (1.0, (196, 224, 246)))


class _DriftingClouds:
    def __init__(self, width: int, rows: int, seed: int) -> None:
        shape = clouds(rows, width, 150, 5, seed, stretch=2.4)
        fade = np.linspace(1, 0, rows)[:, None]
        self._cover = (np.clip((shape - 0.56) * 4.2, 0, 1) * fade)[:, :, None].astype(np.float32)

    def __call__(self, picture: Picture, t: float) -> None:
        cover = np.roll(self._cover, round(t * 14), axis=1)
        sky = picture[: len(cover)]
        sky[:] = (sky * (1 - cover) + np.array([250, 251, 253], np.float32) * cover).astype(np.uint8)


def _mountains(field: Field, base: int, height: float, seed: int, rock: tuple[int, int, int]) -> None:
    """Draw a ridge with snow above, light from the left."""
    width = field.shape[1]
    outline = ridge(width, 0.52, seed)
    slope = np.gradient(outline) * 60
    rough = clouds(field.shape[0], width, 60, 5, seed + 1)
    rows = np.arange(field.shape[0], dtype=np.float32)[:, None]
    top = base - height * outline[None, :]
    inside = (rows >= top) & (rows < base + 30)
    light = np.clip(0.86 + slope[None, :] * 0.55 + (rough - 0.5) * 0.7, 0.5, 1.12)[:, :, None]
    snow = (rows - top < height * (0.42 * outline[None, :] - 0.06) + (rough - 0.5) * 50)[:, :, None]
    stone = np.where(snow, np.array([246, 249, 255], np.float32), np.array(rock, np.float32)) * light
    field[inside] = stone[inside]


def _meadow(field: Field, top: int, seed: int) -> None:
    rows, width = field.shape[0] - top, field.shape[1]
    blades = clouds(rows, width, 16, 4, seed, stretch=0.5)[:, :, None]
    depth = np.linspace(0, 1, rows)[:, None, None]
    near, far = np.array([44, 132, 30], np.float32), np.array([104, 176, 70], np.float32)
    field[top:] = (far * (1 - depth) + near * depth) * (0.78 + 0.44 * blades)


def _flowers(picture: Picture, top: int, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    shades = np.array([(250, 214, 40), (250, 250, 250), (222, 60, 120), (120, 80, 210)])
    for part, across, kind in rng.random((count, 3)):
        y = top + int((HEIGHT - top - 4) * part**0.7)
        x, size = int(across * (picture.shape[1] - 6)), 1 + int(3 * (y - top) / (HEIGHT - top))
        picture[y : y + size, x : x + size] = shades[int(kind * len(shades))]


def _bird() -> Sprite:
    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        pen.line(
            [(0, 2 * s), (8 * s, 8 * s), (11 * s, 9 * s), (14 * s, 8 * s), (22 * s, 2 * s)],
            (24, 30, 44, 255),
            round(1.8 * s),
        )

    return sprite(22, 12, draw)


def _valley() -> Paint:
    field = gradient(_SKY, width=_WIDE)
    _mountains(field, 250, 190, 11, (120, 134, 156))
    _mountains(field, 268, 130, 23, (96, 112, 128))
    _meadow(field, 256, 3)
    wide = finish(field)
    _flowers(wide, 270, 6, 420)
    cover, bird = _DriftingClouds(_WIDE, 120, 5), _bird()

    def paint(t: float) -> Picture:
        picture = wide.copy()
        cover(picture, t)
        for number in range(5):
            lay(
                picture,
                bird,
                140 + t * 46 + number * 30,
                74 + 13 * (number % 3) + 5 * math.sin(t * 4 + number),
            )
        return view(picture, 20 + 38 * t, 0, WIDTH, HEIGHT)

    return paint


def _grass() -> Paint:
    field = gradient(((0.0, (120, 182, 240)), (1.0, (200, 226, 246))))
    _meadow(field, 96, 21)
    ground = finish(field)
    _flowers(ground, 120, 9, 360)
    sway = clouds(HEIGHT, WIDTH, 120, 2, 8) - 0.5
    columns, rows = np.arange(WIDTH)[None, :], np.arange(HEIGHT)[:, None]
    deep = np.clip((rows - 96) / (HEIGHT - 96), 0, 1)

    def paint(t: float) -> Picture:
        bend = np.roll(sway, round(t * 60), axis=1) * deep * 26
        return np.asarray(
            ground[np.broadcast_to(rows, (HEIGHT, WIDTH)), (columns + bend).astype(int) % WIDTH]
        )

    return paint


def _summit() -> Paint:
    field = gradient(((0.0, (24, 84, 190)), (1.0, (150, 200, 242))))
    _mountains(field, 350, 320, 37, (110, 124, 150))
    field[330:] = (244, 248, 255)
    ground = finish(field)
    cover = _DriftingClouds(WIDTH, 170, 15)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        cover(picture, t)
        zoom = 1 - 0.016 * t
        return view(picture, WIDTH * (1 - zoom) / 2, HEIGHT * (1 - zoom) / 3, WIDTH * zoom, HEIGHT * zoom)

    return paint


SHOTS: Final = (Shot(10.0, _valley), Shot(7.0, _grass), Shot(8.0, _summit))

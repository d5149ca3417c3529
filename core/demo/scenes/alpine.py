"""Alpine morning: blue sky, drifting clouds, snow on the peaks, a green meadow."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from core.demo.canvas import (
    HEIGHT,
    WIDTH,
    Paint,
    Picture,
    Shot,
    clouds,
    finish,
    gradient,
    lay,
    view,
)
from core.demo.scenes.alpine_shapes import bird, flowers, forest, meadow, mountains, swayed, tuft

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


def _valley() -> Paint:
    field = gradient(_SKY, width=_WIDE)
    mountains(field, 250, 190, 11, (120, 134, 156))
    mountains(field, 268, 130, 23, (96, 112, 128))
    forest(field, 268, 8, 26)
    meadow(field, 254, 3)
    wide = finish(field)
    flowers(wide, 270, 6, 420)
    cover, flying = _DriftingClouds(_WIDE, 120, 5), bird()

    def paint(t: float) -> Picture:
        picture = wide.copy()
        cover(picture, t)
        for number in range(5):
            lay(
                picture,
                flying,
                140 + t * 46 + number * 30,
                74 + 13 * (number % 3) + 5 * math.sin(t * 4 + number),
            )
        return view(picture, 20 + 38 * t, 0, WIDTH, HEIGHT)

    return paint


def _grass() -> Paint:
    field = gradient(((0.0, (120, 182, 240)), (1.0, (200, 226, 246))))
    forest(field, 94, 3, 40)
    meadow(field, 72, 21)
    ground = finish(field)
    flowers(ground, 112, 9, 300)
    sway = clouds(HEIGHT, WIDTH, 120, 2, 8) - 0.5
    columns, rows = np.arange(WIDTH)[None, :], np.arange(HEIGHT)[:, None]
    everywhere = np.broadcast_to(rows, (HEIGHT, WIDTH))
    deep = np.clip((rows - 96) / (HEIGHT - 96), 0, 1)
    behind, before = tuft(2, 120, 0.92), tuft(5, 90, 1.12)

    def paint(t: float) -> Picture:
        bend = np.roll(sway, round(t * 60), axis=1) * deep * 22
        picture = np.asarray(ground[everywhere, np.clip(columns + bend, 0, WIDTH - 1).astype(int)])
        lay(picture, swayed(behind, t, 9), -40, HEIGHT - 112)
        lay(picture, swayed(before, t + 1.3, 13), -40, HEIGHT - 80)
        return picture

    return paint


def _summit() -> Paint:
    field = gradient(((0.0, (24, 84, 190)), (1.0, (150, 200, 242))))
    mountains(field, 350, 320, 37, (110, 124, 150))
    forest(field, 370, 14, 50)
    ground = finish(field)
    cover = _DriftingClouds(WIDTH, 170, 15)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        cover(picture, t)
        zoom = 1 - 0.016 * t
        return view(picture, WIDTH * (1 - zoom) / 2, HEIGHT * (1 - zoom) / 3, WIDTH * zoom, HEIGHT * zoom)

    return paint


SHOTS: Final = (Shot(10.0, _valley), Shot(7.0, _grass), Shot(8.0, _summit))

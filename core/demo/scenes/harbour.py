"""Harbour at night: dark blue, a moon, lit windows in the water, a turning lighthouse."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PIL import ImageDraw

from core.demo.canvas import (
    HEIGHT,
    WIDTH,
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
    view,
)
from core.demo.scenes.harbour_shapes import lighthouse, moon, sailing_boat, stars, town

HORIZON: Final = 205
BEAM_TURN_S: Final = 5.0
"""Seconds that the lighthouse takes to turn once."""

_NIGHT: Final = ((0.0, (3, 7, 26)), (0.6, (9, 22, 62)), (1.0, (24, 46, 96)))

_SHIMMER: Final = np.array([7, 12, 24], np.float32)
_MOONLIGHT: Final = np.array([235, 230, 200], np.float32)


class _Water:
    """Mirrors what is above the horizon in moving water."""

    def __init__(self, seed: int, moon_x: float | None, horizon: int = HORIZON) -> None:
        self._horizon = horizon
        rows = HEIGHT - horizon
        depth = np.arange(rows, dtype=np.float32)
        self._source = horizon - 1 - depth * (horizon - 6) / rows
        # Waves lie closer together towards the horizon.
        self._waves = np.pad(clouds(512, WIDTH, 15, 2, seed, stretch=4.5) - 0.5, ((0, 512), (0, 0)), "wrap")
        self._far = (150 * np.log1p(depth / 14)).astype(np.int32)
        self._swell = (0.6 + depth * 0.07)[:, None]
        self._columns = np.arange(WIDTH, dtype=np.float32)[None, :]
        self._tint = (np.array([0.5, 0.58, 0.72]) * (1 - 0.35 * depth / rows)[:, None, None]).astype(
            np.float32
        )
        self._light = np.full((rows, WIDTH, 3), _SHIMMER, np.float32)
        if moon_x is not None:
            spread = (16 + depth * 0.5)[:, None]
            self._light += np.exp(-(((self._columns - moon_x) / spread) ** 2))[:, :, None] * _MOONLIGHT

    def __call__(self, picture: Picture, t: float) -> None:
        near = np.roll(self._waves[self._far + round(t * 11) % 512], round(t * 7), axis=1)
        wave = near + np.roll(self._waves[self._far + round(-t * 17) % 512], -round(t * 9), axis=1)
        across = np.clip(self._columns + wave * self._swell * 4, 0, WIDTH - 1).astype(np.int32)
        down = np.clip(self._source[:, None] + wave * self._swell * 3, 0, self._horizon - 1).astype(np.int32)
        water = picture[down, across] * self._tint
        water += np.clip(wave * 4.5 - 0.5, 0, 1)[:, :, None] * self._light
        picture[self._horizon :] = np.minimum(water, 255).astype(np.uint8)


def _beam(picture: Picture, x: float, y: float, t: float, reach: float) -> None:
    """Let a lamp that turns shine over the picture, brightest where it faces us."""
    turn = math.cos(2 * math.pi * t / BEAM_TURN_S)
    facing = max(0.0, math.sin(2 * math.pi * t / BEAM_TURN_S))
    half = 62
    top, bottom = max(0, int(y) - half), min(HORIZON, int(y) + half)
    length = reach * turn if abs(turn) > 0.03 else 0.03 * reach
    along = (np.arange(WIDTH, dtype=np.float32) - x)[None, :] / length
    off = (np.arange(top, bottom, dtype=np.float32) - y)[:, None]
    ahead = np.maximum(along, 1e-3)
    width = 2.5 + np.minimum(ahead * 18, 26)
    light = np.where(along > 0, np.exp(-((off / width) ** 2) - along * 1.5), 0) * (0.35 + 0.4 * facing)
    region = picture[top:bottom]
    picture[top:bottom] = np.minimum(
        region + light[:, :, None] * np.array([255, 240, 190], np.float32), 255
    ).astype(np.uint8)
    shine(picture, _LAMP, x, y, 0.35 + 1.3 * facing**3)


_LAMP: Final = glow(70, (255, 238, 190), 2.6)


def _wide() -> Paint:
    sky = gradient(_NIGHT)
    stars(sky, 260, 7, HORIZON)
    haze = clouds(HEIGHT, WIDTH, 190, 4, 12, stretch=3)[:, :, None] ** 2
    sky += haze * np.array([10, 16, 34], np.float32)
    for x, high in enumerate(ridge(WIDTH, 0.5, 5)):
        sky[HORIZON - int(14 + high * 40) : HORIZON, x] = (8, 16, 44)
    ground = finish(sky)
    shine(ground, glow(150, (120, 140, 190), 2.2), 470, 62, 0.8)
    lay(ground, moon(23), 447, 39)
    lay(ground, town(430), 205, HORIZON - 88)
    tower = lighthouse(150)
    lay(ground, tower, 72, HORIZON - 146)
    water = _Water(3, 470)
    boat = sailing_boat(70, (255, 90, 80))

    def paint(t: float) -> Picture:
        picture = ground.copy()
        _beam(picture, 72 + 31.5, HORIZON - 146 + 18, t, 330)
        water(picture, t)
        lay(picture, boat, 350 + t * 5, HORIZON - 40 + 1.6 * math.sin(t * 1.3))
        return picture

    return paint


def _tower() -> Paint:
    sky = gradient(_NIGHT)
    stars(sky, 420, 21, 300)
    sky += clouds(HEIGHT, WIDTH, 240, 4, 2, stretch=2)[:, :, None] ** 2 * np.array([12, 18, 40], np.float32)
    ground = finish(sky)
    lay(ground, lighthouse(330), 250, 46)

    def rocks(pen: ImageDraw.ImageDraw, scale: float) -> None:
        outline = ridge(WIDTH, 0.62, 33) * 46 + 34 * np.exp(-(((np.arange(WIDTH) - 320) / 190) ** 2))
        pen.polygon(
            [
                (0, 90 * scale),
                *((x * scale, (84 - y) * scale) for x, y in enumerate(outline)),
                (WIDTH * scale, 90 * scale),
            ],
            (5, 8, 20, 255),
        )

    lay(ground, sprite(WIDTH, 90, rocks), 0, 272)
    lamp = glow(120, (255, 238, 190), 2.6)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        _beam(picture, 319, 87, t + 3.1, 420)
        shine(picture, lamp, 319, 87, 0.3)
        return picture

    return paint


def _moorings() -> Paint:
    sky = gradient(((0.0, (8, 16, 48)), (1.0, (30, 52, 104))))
    stars(sky, 120, 77, 120)
    ground = finish(sky)
    lay(ground, town(WIDTH), 0, 118 - 30)
    ground[176:] = ground[175:176]
    lamps = [
        (62, (255, 176, 80)),
        (178, (255, 214, 140)),
        (300, (110, 230, 160)),
        (422, (255, 190, 100)),
        (560, (255, 90, 80)),
    ]
    for x, colour in lamps:
        shine(ground, glow(34, colour, 2.4), x, 150)
    boats = [
        (sailing_boat(high, lamp), x, phase)
        for high, x, phase, lamp in (
            (150, 40, 0.0, (255, 240, 200)),
            (185, 215, 1.4, (255, 110, 90)),
            (140, 430, 2.6, (140, 255, 190)),
        )
    ]
    water = _Water(15, None, 178)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        for boat, x, phase in boats:
            bob = 2.2 * math.sin(t * 1.5 + phase)
            lay(picture, boat, x + 1.2 * math.sin(t * 0.9 + phase), 196 - boat.colour.shape[0] + bob)
        water(picture, t)
        return picture

    return paint


def _moonlight() -> Paint:
    sky = gradient(_NIGHT, height=450, width=800)
    stars(sky, 300, 51, 220)
    still = finish(sky)[:HEIGHT, :WIDTH].copy()
    shine(still, glow(190, (130, 150, 200), 2.0), 320, 92)
    lay(still, moon(44), 276, 48)
    water = _Water(29, 320)
    boat = sailing_boat(64, (255, 236, 190))

    def paint(t: float) -> Picture:
        picture = still.copy()
        lay(picture, boat, 150 + t * 32, HORIZON - 61 + 1.2 * math.sin(t * 1.7))
        water(picture, t)
        zoom = 1 - 0.018 * t
        return view(picture, WIDTH * (1 - zoom) / 2, HEIGHT * (1 - zoom) / 2, WIDTH * zoom, HEIGHT * zoom)

    return paint


SHOTS: Final = (Shot(9.0, _wide), Shot(7.0, _tower), Shot(7.0, _moorings), Shot(7.0, _moonlight))

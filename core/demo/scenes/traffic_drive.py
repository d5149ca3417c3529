"""A drive through the city, seen through the windscreen: the fastest shot of the demo."""

from __future__ import annotations

import math
import random
from typing import Final, TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from core.demo.canvas import (
    HEIGHT,
    WIDTH,
    Colour,
    Paint,
    Picture,
    Sprite,
    finish,
    gradient,
    lay,
    sprite,
    view,
)

_HORIZON: Final = 150
_SPEED: Final = 26.0
"""Metres a second."""
_EYE: Final = 1.5
"""Metres above the road."""
_LENS: Final = 300.0
_ROAD: Final = 5.2
"""Half its width, in metres; houses stand behind a pavement."""
_WALL: Final = 9.0
_BLOCK: Final = 14.0
"""From one house to the next, in metres."""
_FARTHEST: Final = 12
_NEAREST: Final = 1.2
"""What is nearer than so many metres is beside us and not seen."""
_TINTS: Final[tuple[Colour, ...]] = (
    (172, 150, 128), (150, 160, 172), (190, 174, 146), (136, 122, 116), (168, 172, 166),
)  # fmt: skip
_GLASS: Final[Colour] = (74, 92, 112)
_AIR: Final[Colour] = (224, 230, 234)
_SCALE: Final = 2
"""Houses are drawn larger and made smaller, so that their edges are smooth."""

_Corners: TypeAlias = tuple[tuple[float, float, float], ...]
"""Points as (metres above the road, metres aside, metres ahead)."""


class _Road:
    """The ground: ``plain`` and ``marked`` pictures of it, and where the one shows or the other."""

    def __init__(self) -> None:
        rows = np.arange(_HORIZON + 1, HEIGHT, dtype=np.float32)
        ahead = _EYE * _LENS / (rows - _HORIZON)
        aside = (np.arange(WIDTH, dtype=np.float32)[None, :] - WIDTH / 2) * (ahead[:, None] / _LENS)
        out = np.abs(aside)
        rng = np.random.default_rng(5)
        grey = 96 + 3 * rng.random((len(rows), 1), dtype=np.float32) + np.minimum(ahead, 60)[:, None] * 0.6
        ground = np.repeat(grey[:, :, None] + np.zeros((1, WIDTH, 1), np.float32), 3, axis=2)
        ground[out > _ROAD] = (150, 148, 142)
        ground[(out > _ROAD) & (out < _ROAD + 0.25)] = (206, 204, 198)
        ground[(out > _ROAD - 0.45) & (out < _ROAD - 0.28)] = (224, 222, 210)
        marked = ground.copy()
        lane = np.abs(out - 1.75) < 0.09
        marked[lane] = (238, 236, 224)
        # Slabs of the pavement: what rushes past at the sides.
        slab = out > _ROAD + 0.25
        marked[slab] *= 0.8
        self.plain, self._marked = finish(ground), finish(marked)
        self._ahead, self._can_be = ahead, lane | slab
        # Houses stand on the pavement: the ground covers only what lies before their walls.
        self.before_walls = out < _WALL

    def at(self, gone_m: float) -> Picture:
        """Return the ground as it is seen after so many metres."""
        on = ((self._ahead + gone_m) % 7.0 < 3.2)[:, None] & self._can_be
        return np.where(on[:, :, None], self._marked, self.plain)


def _ahead(y: float, x: float, z: float) -> tuple[float, float]:
    """Return where a point is seen: height over the road, metres aside, metres ahead."""
    return WIDTH / 2 + x * _LENS / z, _HORIZON + (_EYE - y) * _LENS / z


def _face(pen: ImageDraw.ImageDraw, corners: _Corners, tone: Colour, light: float, air: float) -> None:
    """Draw a flat side of a house, paler the more ``air`` (0 to 1) is before it."""
    red, green, blue = (
        round(part * light * (1 - air) + sky * air) for part, sky in zip(tone, _AIR, strict=True)
    )
    seen = (_ahead(*corner) for corner in corners)
    pen.polygon([(x * _SCALE, y * _SCALE) for x, y in seen], (red, green, blue))


def _houses(pen: ImageDraw.ImageDraw, gone_m: float) -> None:
    """Draw the houses of both sides, the farthest first."""
    first = int(gone_m // _BLOCK)
    for number in range(first + _FARTHEST, first - 1, -1):
        rng = random.Random(number)  # noqa: S311 - what a house looks like
        for side in (-1, 1):
            _house(pen, side, number * _BLOCK - gone_m, rng.uniform(9, 24), rng.choice(_TINTS))


def _house(pen: ImageDraw.ImageDraw, side: int, begin: float, high: float, tint: Colour) -> None:
    """Draw a house that begins so many metres ahead, at the left (-1) or the right (1)."""
    near, far = max(begin, _NEAREST), begin + _BLOCK - 1.2
    if far <= near:
        return
    air = min(1.0, near / (_BLOCK * _FARTHEST))
    light = 1.0 if side < 0 else 0.78
    wall, back = side * _WALL, side * (_WALL + 30)
    end = ((0, wall, near), (high, wall, near), (high, back, near), (0, back, near))
    _face(pen, end, tint, light * 0.7, air)
    front = ((0, wall, near), (high, wall, near), (high, wall, far), (0, wall, far))
    _face(pen, front, tint, light, air)
    for floor in range(int((high - 1.2) / 3.2)):
        low, top = 1.2 + 3.2 * floor, 2.9 + 3.2 * floor
        for column in range(4):
            z = begin + 1.2 + 3.0 * column
            if z > _NEAREST:
                pane = ((low, wall, z), (top, wall, z), (top, wall, z + 1.6), (low, wall, z + 1.6))
                _face(pen, pane, _GLASS, light, air)


def _car_ahead() -> Sprite:
    """Return the blue car that we follow, from behind, 104 by 76."""

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        pen.ellipse([0, 62 * s, 104 * s, 76 * s], (24, 26, 30, 130))
        for x in (8, 80):
            pen.rounded_rectangle([x * s, 48 * s, (x + 16) * s, 72 * s], 4 * s, (20, 20, 24))
        pen.polygon([(16 * s, 30 * s), (26 * s, 4 * s), (78 * s, 4 * s), (88 * s, 30 * s)], (22, 62, 160))
        pen.polygon([(23 * s, 29 * s), (30 * s, 8 * s), (74 * s, 8 * s), (81 * s, 29 * s)], (40, 52, 70))
        pen.rounded_rectangle([4 * s, 27 * s, 100 * s, 62 * s], 9 * s, (28, 78, 196))
        pen.rectangle([8 * s, 52 * s, 96 * s, 61 * s], (18, 50, 130))
        pen.rectangle([38 * s, 43 * s, 66 * s, 52 * s], (236, 236, 228))
        for x in (8, 82):
            pen.rounded_rectangle([x * s, 33 * s, (x + 14) * s, 43 * s], 3 * s, (232, 40, 34))

    return sprite(104, 76, draw)


def drive() -> Paint:
    """Paint the drive; the camera sways a little with the road."""
    road, car = _Road(), _car_ahead()
    ground = finish(gradient(((0.0, (170, 194, 218)), (0.42, _AIR), (1.0, _AIR))))
    ground[_HORIZON + 1 :] = road.plain
    empty = Image.fromarray(ground).resize((WIDTH * _SCALE, HEIGHT * _SCALE))

    def paint(t: float) -> Picture:
        gone_m = _SPEED * t
        large = empty.copy()
        _houses(ImageDraw.Draw(large), gone_m)
        picture = np.array(large.reduce(_SCALE))
        picture[_HORIZON + 1 :][road.before_walls] = road.at(gone_m)[road.before_walls]
        lay(picture, car, 300 + 14 * math.sin(t * 0.9), 178 + 1.4 * math.sin(t * 13))
        bump = 1.5 + 0.8 * math.sin(t * 17) + 0.7 * math.sin(t * 7.1)
        return view(picture, 3, bump, WIDTH - 6, HEIGHT - 3)

    return paint

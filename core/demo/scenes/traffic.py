"""City traffic: bright cars on a grey road, seen from above and from the kerb."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from PIL import ImageDraw

from core.demo.canvas import (
    HEIGHT,
    WIDTH,
    Colour,
    Field,
    Paint,
    Picture,
    Shot,
    Sprite,
    clouds,
    drawn,
    finish,
    gradient,
    lay,
    mirrored,
    sprite,
)
from core.demo.scenes.traffic_drive import drive

_RED, _BLUE, _YELLOW, _WHITE, _GREEN = (
    (214, 26, 30),
    (28, 74, 200),
    (246, 200, 22),
    (236, 238, 240),
    (30, 140, 70),
)
_HAZY: Final = (190, 198, 206)
_WALLS: Final[tuple[Colour, ...]] = (
    (196, 178, 150),
    (168, 156, 146),
    (150, 116, 100),
    (178, 182, 184),
    (206, 194, 172),
)
_AWNINGS: Final[tuple[Colour, ...]] = ((60, 96, 120), (92, 110, 84), (120, 92, 70))
_CARS: Final[tuple[Colour, ...]] = (_RED, _WHITE, _BLUE, _YELLOW, _RED, _GREEN, _WHITE, _RED)


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, round(part * factor)) for part in colour)
    return red, green, blue


def _from_above(colour: Colour) -> Sprite:
    """Return a car 84 by 44, its nose to the right."""

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        pen.rounded_rectangle([5 * s, 7 * s, 81 * s, 43 * s], 12 * s, (30, 31, 34, 110))
        pen.rounded_rectangle([2 * s, 3 * s, 78 * s, 39 * s], 12 * s, colour)
        pen.rounded_rectangle([18 * s, 7 * s, 64 * s, 35 * s], 9 * s, (26, 34, 46))
        pen.rounded_rectangle([26 * s, 8 * s, 52 * s, 34 * s], 6 * s, _shade(colour, 1.12))
        for y in (6, 31):
            pen.ellipse([73 * s, y * s, 78 * s, (y + 5) * s], (255, 248, 210))
            pen.rectangle([2 * s, y * s, 5 * s, (y + 5) * s], (190, 10, 10))

    return sprite(84, 46, draw)


def _from_the_side(colour: Colour) -> Sprite:
    """Return a car 230 by 84 that drives to the right."""

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        cabin = [(46, 38), (74, 8), (150, 8), (186, 38)]
        pen.polygon([(x * s, y * s) for x, y in cabin], _shade(colour, 0.9))
        glass = [(58, 36), (80, 14), (108, 14), (108, 36)], [(114, 14), (146, 14), (172, 36), (114, 36)]
        for pane in glass:
            pen.polygon([(x * s, y * s) for x, y in pane], (150, 190, 214))
        pen.rounded_rectangle([6 * s, 34 * s, 224 * s, 68 * s], 14 * s, colour)
        pen.rectangle([8 * s, 58 * s, 222 * s, 68 * s], _shade(colour, 0.7))
        pen.ellipse([212 * s, 42 * s, 224 * s, 52 * s], (255, 246, 200))
        for x in (36, 156):
            pen.ellipse([x * s, 48 * s, (x + 34) * s, 82 * s], (22, 22, 26))
            pen.ellipse([(x + 8) * s, 56 * s, (x + 26) * s, 74 * s], (176, 180, 186))
            pen.ellipse([(x + 13) * s, 61 * s, (x + 21) * s, 69 * s], (84, 88, 94))
        pen.line([16 * s, 47 * s, 208 * s, 47 * s], _shade(colour, 1.25), round(1.6 * s))
        pen.line([111 * s, 38 * s, 111 * s, 62 * s], _shade(colour, 0.72), round(1.2 * s))

    return sprite(230, 86, draw)


def _asphalt(seed: int) -> Field:
    rough = clouds(HEIGHT, WIDTH, 40, 5, seed)
    return np.repeat((104 + 22 * (rough - 0.5))[:, :, None], 3, axis=2).astype(np.float32)


def _crossing() -> Paint:
    def lines(pen: ImageDraw.ImageDraw, s: float) -> None:
        for y in (62, 298):
            pen.rectangle([0, (y - 3) * s, WIDTH * s, (y + 3) * s], (226, 226, 220))
            side = (0, 0, WIDTH * s, (y - 14) * s) if y < 100 else (0, (y + 14) * s, WIDTH * s, HEIGHT * s)
            pen.rectangle(side, (150, 152, 156))
        for y in (121, 239):
            for x in range(0, WIDTH, 74):
                pen.rectangle([x * s, (y - 2) * s, (x + 40) * s, (y + 2) * s], (214, 214, 208))
        pen.rectangle([0, 177 * s, WIDTH * s, 183 * s], (236, 200, 60))

    ground = finish(drawn(WIDTH, HEIGHT, _asphalt(6), lines))
    right = [_from_above(colour) for colour in _CARS]
    left = [mirrored(car) for car in right]
    lanes: list[tuple[float, float, list[Sprite], Callable[[int], int]]] = [
        (70, -150, left, lambda n: n), (128, -210, left, lambda n: n + 3),
        (186, 190, right, lambda n: n + 1), (244, 130, right, lambda n: n + 5)]  # fmt: skip

    def paint(t: float) -> Picture:
        picture = ground.copy()
        for y, speed, cars, choose in lanes:
            for number in range(5):
                x = (number * 176 + speed * t + y) % 880 - 110
                lay(picture, cars[choose(number) % len(cars)], x, y)
        return picture

    return paint


def _house(
    pen: ImageDraw.ImageDraw,
    s: float,
    rng: np.random.Generator,
    box: tuple[float, float, float, float],
    far: bool,
) -> None:
    """Draw a front with its windows; houses behind are pale, as seen through the air of a city."""
    left, top, right, bottom = box
    wall = _HAZY if far else _WALLS[int(rng.integers(len(_WALLS)))]
    pen.rectangle([left * s, top * s, right * s, bottom * s], wall)
    pen.rectangle([(left - 2) * s, (top - 3) * s, (right + 2) * s, (top + 2) * s], _shade(wall, 0.82))
    if far:
        return
    pen.rectangle([(right - 9) * s, top * s, right * s, bottom * s], _shade(wall, 0.86))
    for x in np.arange(left + 9, right - 20, 20):
        for y in np.arange(top + 12, 196, 25):
            glass = _shade((96, 120, 142), float(rng.uniform(0.7, 1.5)))
            pen.rectangle([(x - 1) * s, (y - 1) * s, (x + 12) * s, (y + 17) * s], _shade(wall, 1.16))
            pen.rectangle([x * s, y * s, (x + 11) * s, (y + 16) * s], glass)
            pen.line([(x + 5.5) * s, y * s, (x + 5.5) * s, (y + 16) * s], _shade(wall, 1.1), round(s))
    # The shop below: a striped awning over its window.
    pen.rectangle([(left + 8) * s, 212 * s, (right - 14) * s, 236 * s], (58, 66, 78))
    awning = _AWNINGS[int(rng.integers(len(_AWNINGS)))]
    for number, x in enumerate(np.arange(left + 5, right - 13, 7)):
        pen.rectangle([x * s, 204 * s, (x + 7) * s, 213 * s], awning if number % 2 else (240, 238, 230))


def _street(colours: tuple[Colour, ...], speed: float) -> Paint:
    sky = gradient(((0.0, (182, 198, 214)), (0.6, (226, 230, 232)), (1.0, (226, 230, 232))))

    def houses(pen: ImageDraw.ImageDraw, s: float) -> None:
        rng = np.random.default_rng(17)
        for far in (True, False):
            x = -20.0 if not far else -60.0
            while x < WIDTH:
                wide, top = rng.uniform(70, 130), rng.uniform(8, 60) if far else rng.uniform(50, 130)
                _house(pen, s, rng, (x, top, x + wide, 240), far)
                x += wide + (18 if far else 3)

    field = drawn(WIDTH, HEIGHT, sky, houses)
    field[236:258] = (184, 182, 176)
    field[258:263] = (120, 120, 118)
    field[263:] = _asphalt(9)[263:]
    for x in range(10, WIDTH, 92):
        field[306:311, x : x + 52] = (222, 222, 214)
    ground = finish(field)
    cars = [_from_the_side(colour) for colour in colours]
    shadow = sprite(226, 22, lambda pen, s: pen.ellipse([0, 0, 226 * s, 22 * s], (20, 22, 26, 120)))

    def paint(t: float) -> Picture:
        picture = ground.copy()
        lap = WIDTH + 300
        for number, car in enumerate(cars):
            x = (number * lap / len(cars) + speed * t) % lap - 260
            y = 216 + 46 * (number % 2)
            lay(picture, shadow, x + 4, y + 70)
            lay(picture, car, x, y + 0.8 * math.sin(t * 9 + number))
        return picture

    return paint


SHOTS: Final = (
    Shot(7.0, _crossing),
    Shot(6.0, partial(_street, (_RED, _RED), 360.0)),
    Shot(6.0, partial(_street, (_YELLOW, _BLUE, _WHITE), 620.0)),
    Shot(7.0, drive),
)

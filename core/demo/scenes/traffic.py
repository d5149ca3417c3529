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

_RED, _BLUE, _YELLOW, _WHITE, _GREEN = (
    (214, 26, 30),
    (28, 74, 200),
    (246, 200, 22),
    (236, 238, 240),
    (30, 140, 70),
)
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
            pen.ellipse([(x + 10) * s, 58 * s, (x + 24) * s, 72 * s], (170, 174, 180))

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


def _street(colours: tuple[Colour, ...], speed: float) -> Paint:
    sky = gradient(((0.0, (196, 204, 212)), (0.6, (224, 226, 228)), (1.0, (224, 226, 228))))

    def houses(pen: ImageDraw.ImageDraw, s: float) -> None:
        rng = np.random.default_rng(17)
        x = -20.0
        while x < WIDTH:
            wide, top, tone = rng.uniform(70, 130), rng.uniform(20, 110), int(rng.integers(132, 186))
            pen.rectangle([x * s, top * s, (x + wide) * s, 240 * s], (tone, tone - 6, tone - 14))
            for wx in np.arange(x + 10, x + wide - 14, 22):
                for wy in np.arange(top + 12, 222, 28):
                    pen.rectangle([wx * s, wy * s, (wx + 11) * s, (wy + 16) * s], (84, 98, 112))
            x += wide + 4

    field = drawn(WIDTH, HEIGHT, sky, houses)
    field[232:262] = (170, 170, 168)
    field[262:] = _asphalt(9)[262:]
    field[308:314, :] = (214, 214, 208)
    ground = finish(field)
    cars = [_from_the_side(colour) for colour in colours]

    def paint(t: float) -> Picture:
        picture = ground.copy()
        lap = WIDTH + 300
        for number, car in enumerate(cars):
            x = (number * lap / len(cars) + speed * t) % lap - 260
            lay(picture, car, x, 222 + 34 * (number % 2) + 0.8 * math.sin(t * 9 + number))
        return picture

    return paint


SHOTS: Final = (
    Shot(9.0, _crossing),
    Shot(7.0, partial(_street, (_RED, _RED), 300.0)),
    Shot(8.0, partial(_street, (_YELLOW, _BLUE, _WHITE), 420.0)),
)

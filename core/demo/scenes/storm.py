"""Storm: rain over dark fields, lightning behind a lone tree, drops on a puddle."""

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
    drawn,
    finish,
    gradient,
    ridge,
    sprite,
)

FLASHES_S: Final = (1.6, 4.4, 5.1, 8.6, 10.2, 10.5, 13.0, 16.4, 19.0)
"""When lightning strikes, from the beginning of the scene; thunder follows."""

_FIELDS_S: Final = 8.0
_TREE_S: Final = 7.0
_PUDDLE_S: Final = 6.0
_BOLT_S: Final = 0.32
_COLD: Final = np.array([150, 165, 235], np.float32)
_GROUND: Final = (9, 12, 13, 255)


def _flash(now_s: float) -> float:
    """Return how bright the lightning is at this moment of the scene, 0 to 1; it flickers."""
    after = min((now_s - at for at in FLASHES_S if now_s >= at), default=9.0)
    return math.exp(-after * 7) * (0.75 + 0.25 * math.cos(after * 46))


def _branch(
    rng: np.random.Generator, x: float, y: float, down_to: float, spread: float
) -> list[tuple[float, float]]:
    points = [(x, y)]
    while y < down_to:
        y += float(rng.uniform(7, 19))
        x += float(rng.normal(0, spread))
        points.append((x, y))
    return points


def _bolt(seed: int, top: int, bottom: int) -> Field:
    """Return a lightning bolt with branches and the light around it, to be added to the sky."""
    rng = np.random.default_rng(seed)
    trunk = _branch(rng, rng.uniform(140, 500), top, bottom, 9)
    lines = [(trunk, 2.4)]
    for index in rng.integers(2, len(trunk) - 3, 4):
        x, y = trunk[index]
        lines.append((_branch(rng, x, y, min(bottom, y + rng.uniform(40, 110)), 15), 1.1))

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        for points, width in lines:
            pen.line(
                [(x * s, y * s) for x, y in points], (255, 255, 255, 255), round(width * s), joint="curve"
            )

    light = drawn(WIDTH, bottom, None, draw)
    halo: Field = light.copy()
    for reach in (1, 2, 4, 7):
        across = np.roll(halo, reach, 1) + np.roll(halo, -reach, 1)
        halo = (across + np.roll(halo, reach, 0) + np.roll(halo, -reach, 0)) * np.float32(0.25)
    return (light + halo * 2.2 * (_COLD / 255)).astype(np.float32)


class _Rain:
    """Slanted drops in two layers; the nearer one is longer and faster."""

    def __init__(self, strength: float) -> None:
        self._layers = [
            (_drops(seed, length, strength), speed) for seed, length, speed in ((5, 11, 560), (6, 22, 900))
        ]

    def __call__(self, picture: Picture, t: float) -> None:
        for tile, speed in self._layers:
            drops = np.roll(tile, (round(t * speed), -round(t * speed * 0.22)), axis=(0, 1))
            picture += np.minimum(drops, 255 - picture)


def _drops(seed: int, length: int, strength: float) -> Picture:
    tile = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    for x, y, bright in np.random.default_rng(seed).random((260, 3)):
        for step in range(length):
            # A drop's streak is faint at its upper end.
            shade = strength * (22 + 46 * bright) * (step + 1) / length
            tile[int(y * HEIGHT + step) % HEIGHT, int(x * WIDTH - step * 0.22) % WIDTH] = shade
    return tile.astype(np.uint8)


def _sky(seed: int, rows: int) -> Field:
    """Return torn clouds (rows, 2 WIDTH, 3) that can be drifted through, darker above."""
    torn = clouds(rows, WIDTH * 2, 150, 6, seed, stretch=2.4)[:, :, None]
    tone = gradient(((0.0, (13, 16, 27)), (0.75, (48, 56, 74)), (1.0, (84, 92, 104))), rows, WIDTH * 2)
    return (tone * (0.45 + 1.05 * torn)).astype(np.float32)


def _storm(
    begin_s: float, seconds: float, horizon: int, front: Field, opacity: Field, rain: float, seed: int
) -> Paint:
    """Paint a stormy sky behind what stands in front: its colours, and how much it covers."""
    sky = _sky(seed, horizon)
    bolts = {
        at: _bolt(round(at * 10), 0, horizon)
        for at in FLASHES_S
        if begin_s - _BOLT_S < at < begin_s + seconds
    }
    falling = _Rain(rain)
    clear = 1 - opacity

    def paint(t: float) -> Picture:
        now = t + begin_s
        flash = np.float32(_flash(now))
        drift = round(now * 16) % WIDTH
        above = sky[:, drift : drift + WIDTH] * (1 + 1.5 * flash) + flash * _COLD * np.float32(0.35)
        for at, bolt in bolts.items():
            if 0 <= now - at < _BOLT_S:
                above = above + bolt * np.float32(1 - (now - at) / _BOLT_S)
        field = front * (1 + 2.2 * flash)
        field[:horizon] += np.minimum(above, 255) * clear[:horizon]
        picture: Picture = np.minimum(field, 255).astype(np.uint8)
        falling(picture, now)
        return picture

    return paint


def _fields() -> Paint:
    land = gradient(((0.0, (52, 58, 48)), (0.35, (26, 32, 26)), (1.0, (10, 13, 12))), HEIGHT - 226)
    furrows = clouds(HEIGHT - 226, WIDTH, 22, 3, 8, stretch=9)[:, :, None]
    front = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    front[226:] = land * (0.6 + 0.8 * furrows)
    opacity = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    opacity[226:] = 1
    outline = ridge(WIDTH, 0.5, 61)

    def hills(pen: ImageDraw.ImageDraw, s: float) -> None:
        far = [(x * s, (30 - 24 * y) * s) for x, y in enumerate(outline)]
        pen.polygon([(0, 34 * s), *far, (WIDTH * s, 34 * s)], (24, 29, 33, 255))

    shape = sprite(WIDTH, 34, hills)
    front[196:230] = front[196:230] * shape.clear[1:-1, 1:-1] + shape.colour[1:-1, 1:-1]
    opacity[196:230] = np.maximum(opacity[196:230], 1 - shape.clear[1:-1, 1:-1])
    return _storm(0.0, _FIELDS_S, 232, front, opacity, 1.0, 14)


def _twigs(
    pen: ImageDraw.ImageDraw,
    s: float,
    rng: np.random.Generator,
    x: float,
    y: float,
    angle: float,
    length: float,
) -> None:
    """Draw a branch and what grows out of it, bent to the right by the wind."""
    end_x, end_y = x + math.cos(angle) * length, y - math.sin(angle) * length
    pen.line([(x * s, y * s), (end_x * s, end_y * s)], _GROUND, max(1, round(length * 0.13 * s)))
    if length > 6:
        for turn in (-0.42, 0.08, 0.5):
            bent = angle + turn + float(rng.normal(0, 0.14)) - 0.07
            _twigs(pen, s, rng, end_x, end_y, bent, length * float(rng.uniform(0.6, 0.78)))


def _tree() -> Paint:
    rng = np.random.default_rng(12)

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        hill = [(x * s, (292 - 34 * math.sin(math.pi * x / WIDTH) ** 2) * s) for x in range(WIDTH + 1)]
        pen.polygon([(0, HEIGHT * s), *hill, (WIDTH * s, HEIGHT * s)], _GROUND)
        _twigs(pen, s, rng, 250, 270, math.pi / 2 - 0.06, 62)

    shape = sprite(WIDTH, HEIGHT, draw)
    inner = np.s_[1:-1, 1:-1]
    return _storm(_FIELDS_S, _TREE_S, 300, shape.colour[inner].copy(), 1 - shape.clear[inner], 0.8, 33)


def _puddle() -> Paint:
    water = gradient(((0.0, (58, 68, 88)), (0.5, (30, 38, 58)), (1.0, (14, 18, 32))))
    water *= 0.75 + 0.5 * clouds(HEIGHT, WIDTH, 200, 4, 71, stretch=3)[:, :, None]
    still = finish(water)
    drops = np.random.default_rng(77).random((70, 4))
    down, across = np.arange(HEIGHT, dtype=np.float32)[:, None], np.arange(WIDTH, dtype=np.float32)[None, :]

    def paint(t: float) -> Picture:
        now = t + _FIELDS_S + _TREE_S
        field = still + np.float32(46 * _flash(now)) * (_COLD / 200)
        for x, y, phase, size in drops:
            age = (t * 0.9 + phase) % 1.0
            # A puddle is seen from the side: rings further away are smaller and flatter.
            near = 0.35 + 0.65 * y
            reach = (6 + 46 * size) * age * near + 1
            cx, cy = x * WIDTH, y * HEIGHT
            top, bottom = max(0, int(cy - reach * 0.5) - 3), min(HEIGHT, int(cy + reach * 0.5) + 4)
            left, right = max(0, int(cx - reach) - 3), min(WIDTH, int(cx + reach) + 4)
            away = np.hypot(across[:, left:right] - cx, (down[top:bottom] - cy) * 2.2)
            ring = np.exp(-(((away - reach) / (1.2 + near)) ** 2)) * ((1 - age) ** 1.4 * 120)
            field[top:bottom, left:right] += ring[:, :, None] * np.array([0.85, 0.92, 1.0], np.float32)
        picture: Picture = np.minimum(field, 255).astype(np.uint8)
        return picture

    return paint


SHOTS: Final = (Shot(_FIELDS_S, _fields), Shot(_TREE_S, _tree), Shot(_PUDDLE_S, _puddle))

"""Studio test: a colour chart, plain cards, a count-down, and a stretch without sound."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from PIL import ImageDraw, ImageFont

from core.demo.canvas import HEIGHT, WIDTH, Colour, Paint, Picture, Shot, drawn, finish, gradient

_BARS: Final[tuple[Colour, ...]] = (
    (192, 192, 192),
    (192, 192, 0),
    (0, 192, 192),
    (0, 192, 0),
    (192, 0, 192),
    (192, 0, 0),
    (0, 0, 192),
)


def _bars() -> Paint:
    field = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for number, colour in enumerate(_BARS):
        left, right = (round(WIDTH * part / len(_BARS)) for part in (number, number + 1))
        field[:270, left:right] = colour
    steps = np.linspace(0, 255, 12).repeat(-(-WIDTH // 12))[:WIDTH]
    field[270:] = steps[None, :, None]
    still = finish(field)
    return lambda t: still.copy()


def _card(colour: Colour, name: str) -> Paint:
    light = gradient(((0.0, colour), (1.0, tuple(round(part * 0.86) for part in colour))))  # type: ignore[arg-type]  # three parts

    def label(pen: ImageDraw.ImageDraw, s: float) -> None:
        font = ImageFont.load_default(30 * s)
        pen.text((32 * s, 300 * s), name, fill=(255, 255, 255, 220), font=font)

    still = finish(drawn(WIDTH, HEIGHT, light, label))
    return lambda t: still.copy()


def _countdown() -> Paint:
    ground = finish(gradient(((0.0, (214, 210, 200)), (1.0, (186, 182, 172)))))
    across = np.arange(WIDTH)[None, :] - WIDTH / 2
    down = np.arange(HEIGHT)[:, None] - HEIGHT / 2
    angle = (np.arctan2(across, -down) / (2 * np.pi)) % 1.0
    radius = np.hypot(across, down)
    rings = (np.abs(radius - 130) < 3) | (np.abs(radius - 150) < 2)
    digits = [_digit(str(number)) for number in (5, 4, 3, 2, 1)]

    def paint(t: float) -> Picture:
        picture = ground.copy()
        swept = angle < t % 1.0
        picture[swept] = (picture[swept] * 0.72).astype(np.uint8)
        picture[rings] = (40, 38, 36)
        picture[HEIGHT // 2 - 1 : HEIGHT // 2 + 1] = (40, 38, 36)
        picture[:, WIDTH // 2 - 1 : WIDTH // 2 + 1] = (40, 38, 36)
        shown = digits[min(len(digits) - 1, int(t))]
        picture[shown] = (26, 24, 22)
        return picture

    return paint


def _digit(text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        font = ImageFont.load_default(190 * s)
        pen.text((WIDTH * s / 2, HEIGHT * s / 2), text, fill=(255, 255, 255, 255), font=font, anchor="mm")

    return drawn(WIDTH, HEIGHT, None, draw)[:, :, 0] > 128


SHOTS: Final = (
    Shot(5.0, _countdown),
    Shot(5.0, _bars),
    Shot(4.0, partial(_card, (196, 24, 28), "RED")),
    Shot(4.0, partial(_card, (28, 150, 62), "GREEN")),
    Shot(4.0, partial(_card, (26, 70, 196), "BLUE")),
)

"""One scene for every concept behind the published words."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from tests import scene_sounds as sounds
from tests.scenes import (
    COLOURS,
    HEIGHT,
    WIDTH,
    Draw,
    Picture,
    Rgb,
    Scene,
    camera,
    clouds,
    furnished,
    gradient,
    half,
    mixed,
    moving_ball,
    painted,
    plain,
)

WALL: Rgb = (150, 152, 140)


def _thing(box: tuple[int, int, int, int], colour: Rgb) -> Draw:
    wall = np.full((HEIGHT, WIDTH, 3), WALL, np.uint8)
    picture = painted(wall, lambda d: d.ellipse(box, fill=colour))
    return lambda t: picture


def _still(picture: Picture) -> Draw:
    return lambda t: picture


def _night() -> Picture:
    rng = np.random.default_rng(2)
    sky = gradient((0, (5, 8, 30)), (0.8, (15, 18, 45)), (0.81, (4, 5, 10)), (1, (3, 4, 8)))
    for _ in range(70):
        y, x = rng.integers(0, 120), rng.integers(0, WIDTH - 2)
        sky[y : y + 2, x : x + 2] = (235, 235, 215)
    return painted(sky, lambda d: d.ellipse((245, 18, 273, 46), fill=(240, 240, 215)))


def _fire(t: float) -> Picture:
    rng = np.random.default_rng(int(t * 24))
    small = rng.integers(0, 255, (9, 16), np.uint8)
    rough = np.asarray(Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)) / 255.0
    heat = np.clip(np.linspace(-0.5, 1.1, HEIGHT)[:, None] + (rough - 0.5) * 0.8, 0, 1)
    channels = [np.clip(heat * 3 - k, 0, 1) * (255 if k < 2 else 180) for k in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def _sky(t: float) -> Picture:
    begin = int(t * 5)
    cover = np.clip(clouds(1, 8)[:, begin : begin + WIDTH] * 2 - 1.1, 0, 1)
    return mixed(gradient((0, (70, 140, 230)), (1, (170, 210, 250))), (255, 255, 255), cover)


def _sea(t: float) -> Picture:
    picture = gradient(
        (0, (175, 210, 235)), (0.38, (215, 230, 240)), (0.39, (20, 90, 150)), (1, (10, 50, 110))
    )

    def waves(d: ImageDraw.ImageDraw) -> None:
        for k in range(13):
            line = [(x, 76 + k * 8 + 3 * math.sin(x / 18 + t * 2 + k)) for x in range(0, WIDTH + 8, 8)]
            d.line(line, fill=(60, 140, 190), width=2)

    return painted(picture, waves)


def _grass() -> Picture:
    rng = np.random.default_rng(1)
    ground = gradient((0, (150, 190, 225)), (0.3, (200, 220, 235)), (0.31, (60, 140, 40)), (1, (40, 110, 25)))

    def blades(d: ImageDraw.ImageDraw) -> None:
        for _ in range(700):
            x, y = int(rng.integers(0, WIDTH)), int(rng.integers(60, HEIGHT))
            tint = (int(rng.integers(40, 110)), int(rng.integers(110, 200)), 40)
            d.line((x, y, x + int(rng.integers(-4, 4)), y - 10), fill=tint)

    return painted(ground, blades)


def _forest() -> Picture:
    rng = np.random.default_rng(1)

    def trees(d: ImageDraw.ImageDraw) -> None:
        for _ in range(26):
            x = int(rng.integers(0, WIDTH))
            d.rectangle((x, 60, x + 6, HEIGHT), fill=(80, 50, 25))
        for _ in range(170):
            x, y, r = (int(rng.integers(*span)) for span in ((0, WIDTH), (0, 125), (8, 24)))
            leaf = (int(rng.integers(10, 50)), int(rng.integers(55, 120)), int(rng.integers(10, 40)))
            d.ellipse((x - r, y - r, x + r, y + r), fill=leaf)

    return painted(gradient((0, (60, 110, 60)), (1, (30, 60, 25))), trees)


def _snow(t: float) -> Picture:
    flakes = np.random.default_rng(1).uniform(0, 1, (120, 2))
    ground = gradient(
        (0, (175, 190, 210)), (0.5, (210, 220, 232)), (0.51, (240, 244, 250)), (1, (252, 252, 255))
    )

    def fall(d: ImageDraw.ImageDraw) -> None:
        for k, (x, y) in enumerate(flakes):
            across = x * WIDTH + 6 * math.sin(t + k)
            down = (y * HEIGHT + t * 40 * (1 + k % 3 * 0.4)) % HEIGHT
            spot = (across - 2, down - 2, across + 2, down + 2)
            d.ellipse(spot, fill=(255, 255, 255))

    return painted(ground, fall)


def _sunset() -> Picture:
    evening = gradient(
        (0, (70, 35, 95)), (0.35, (200, 70, 80)), (0.6, (255, 140, 50)), (0.7, (255, 200, 90)),
        (0.71, (32, 20, 30)), (1, (12, 8, 15)),
    )  # fmt: skip
    return painted(evening, lambda d: d.ellipse((140, 88, 180, 128), fill=(255, 230, 120)))


def _rainbow() -> Picture:
    return np.concatenate([np.full((HEIGHT, 40, 3), c, np.uint8) for c in list(COLOURS.values())[:8]], axis=1)


def _stripes() -> Picture:
    dark = (np.arange(WIDTH) // 14 % 2 == 0)[None, :, None]
    return np.where(dark, 40, 215).repeat(HEIGHT, axis=0).repeat(3, axis=2).astype(np.uint8)


def _busy() -> Picture:
    rough = np.random.default_rng(1).integers(60, 200, (45, 80, 1), np.uint8).repeat(3, axis=2)
    return np.asarray(Image.fromarray(rough).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST))


def _cuts(t: float) -> Picture:
    which = int(t / 0.6 + 1e-9)
    rng = np.random.default_rng(which + 40)
    picture = np.full((HEIGHT, WIDTH, 3), rng.integers(60, 200, 3), np.uint8)
    for _ in range(6):
        x, y, w = (int(v) for v in rng.integers(0, 180, 3))
        picture[y : y + w, x : x + w] = rng.integers(30, 225, 3)
    return picture


def _flash(t: float) -> Picture:
    return np.full((HEIGHT, WIDTH, 3), 35 if int(t * 6 + 1e-9) % 2 else 225, np.uint8)


def _shake(t: float) -> tuple[float, float]:
    off = np.random.default_rng(int(t * 24)).uniform(-1, 1, 2)
    return 300 + 12 * float(off[0]), 40 + 8 * float(off[1])


def _seen(name: str, draw: Draw, *also: str) -> Scene:
    return Scene(name, draw, sounds.wind(), frozenset(also))


def _heard(name: str, sound: sounds.Sound, *also: str) -> Scene:
    wall = half("top", (150, 140, 125), (125, 120, 110))
    return Scene(name, wall, sound, frozenset({*also, "smooth", "still"}))


def _dimmed(share: float) -> Picture:
    return (furnished()[:HEIGHT, :WIDTH] * share).astype(np.uint8)


def _bleached() -> Picture:
    return (255 - (255 - furnished()[:HEIGHT, :WIDTH]) * 0.2).astype(np.uint8)


_PLACED = (
    ("red", "left", "gray"), ("blue", "right", "white"), ("green", "top", "gray"),
    ("yellow", "bottom", "purple"), ("white", "center", "green"),
)  # fmt: skip

SCENES: tuple[Scene, ...] = (
    *(_seen(name, plain(rgb), "smooth") for name, rgb in COLOURS.items()),
    *(
        _seen(f"{colour}@{place}", half(place, COLOURS[colour], COLOURS[rest]), place, "smooth")
        for colour, place, rest in _PLACED
    ),
    _seen("left", _thing((20, 60, 90, 125), (40, 60, 160))),
    _seen("right", _thing((230, 60, 300, 125), (235, 120, 60))),
    _seen("top", _thing((130, 8, 200, 62), (240, 215, 40))),
    _seen("bottom", _thing((130, 118, 200, 172), (40, 150, 70))),
    _seen("center", _thing((125, 60, 195, 120), (60, 40, 50))),
    _seen("dark", _still(_dimmed(0.13)), "still", "smooth"),
    _seen("dim", _still(_dimmed(0.42)), "still"),
    _seen("bright", _still(_bleached()), "still", "smooth"),
    _seen("night", _still(_night()), "still"),
    _seen("contrast", half("left", (10, 10, 10), (245, 245, 245)), "left", "right", "smooth"),
    _seen("colorful", _still(_rainbow()), "still"),
    _seen("still", _still(furnished()[:HEIGHT, :WIDTH])),
    _seen("moving", moving_ball(0.3)),
    _seen("slow", moving_ball(0.07), "moving"),
    _seen("fast", moving_ball(1.1), "moving"),
    _seen("shaking", camera(_shake)),
    _seen("panning", camera(lambda t: (20 + t * 70, 40)), "moving"),
    _seen("cuts", _cuts),
    _seen("flashing", _flash, "smooth"),
    _seen("smooth", _still(gradient((0, (90, 110, 140)), (1, (150, 160, 170)))), "still"),
    _seen("detailed", _still(_busy()), "still"),
    _seen("striped", _still(_stripes()), "still", "contrast"),
    _seen("fire", _fire),
    _seen("sunset", _still(_sunset()), "still"),
    _seen("sky", _sky, "slow"),
    _seen("sea", _sea, "slow", "moving"),
    _seen("grass", _still(_grass()), "still"),
    _seen("forest", _still(_forest()), "still"),
    _seen("snow", _snow, "moving"),
    _seen("desert", _still(gradient((0, (110, 180, 240)), (0.5, (190, 220, 245)), (0.51, (225, 190, 130)),
                                    (1, (200, 160, 100)))), "smooth"),
    Scene("silence", half("top", (150, 140, 125), (125, 120, 110)), None, frozenset({"smooth", "still"})),
    _heard("quiet", sounds.melody([262, 330, 392, 330], level=0.02), "music"),
    _heard("loud", sounds.noise(0.9), "noise"),
    _heard("tone", sounds.tone(600)),
    _heard("music", sounds.melody([262, 330, 392, 523, 392, 330])),
    _heard("beep", sounds.beeps()),
    _heard("speech", sounds.talk()),
    _heard("noise", sounds.noise()),
    _heard("rhythm", sounds.drum()),
    _heard("low", sounds.tone(130)),
    _heard("high", sounds.tone(3500)),
    _heard("hum", lambda t: sum(0.1 / k * np.sin(2 * np.pi * 50 * k * t) for k in (1, 2, 3))),
)  # fmt: skip

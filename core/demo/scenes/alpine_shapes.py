"""What alpine views are made of: mountains, firs, grass that sways, flowers, birds."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from core.demo.canvas import HEIGHT, WIDTH, Field, Picture, Sprite, clouds, ridge, sprite


def mountains(field: Field, base: int, height: float, seed: int, rock: tuple[int, int, int]) -> None:
    """Draw a ridge with snow above, light from the left."""
    width = field.shape[1]
    outline = ridge(width, 0.52, seed)
    # Broad flanks are lit or in shade; single teeth of the ridge only roughen them.
    flank = np.convolve(np.pad(np.gradient(outline), 20, mode="edge"), np.ones(41) / 41, mode="valid") * 90
    rough = clouds(field.shape[0], width, 46, 5, seed + 1)
    rows = np.arange(field.shape[0], dtype=np.float32)[:, None]
    top = base - height * outline[None, :]
    inside = (rows >= top) & (rows < base + 30)
    # Gullies run down the slope, so the noise is pulled aside by the flank that it lies on.
    gullies = clouds(field.shape[0], width, 34, 4, seed + 2, stretch=0.45)
    shade = 0.84 + np.clip(flank, -0.5, 0.5)[None, :] * 0.5 + (rough - 0.5) * 0.35 + (gullies - 0.5) * 0.5
    light = np.clip(shade, 0.45, 1.12)[:, :, None]
    # Snow reaches further down in the gullies.
    line = height * (0.42 * outline[None, :] - 0.06) + (gullies - 0.5) * 90 + (rough - 0.5) * 40
    cover = np.clip((line - (rows - top)) / 5 + 0.5, 0, 1)[:, :, None]
    stone = np.array(rock, np.float32) * (1 - cover) + np.array([244, 248, 255], np.float32) * cover
    # Air between us and the mountain: its foot is paler and bluer.
    haze = np.clip((rows - top) / (height + 30), 0, 1)[:, :, None] * 0.45
    field[inside] = (stone * light * (1 - haze) + np.array([150, 186, 224], np.float32) * haze)[inside]


def forest(field: Field, base: int, seed: int, tall: float) -> None:
    """Stand a row of firs on this line."""
    width = field.shape[1]
    rng = np.random.default_rng(seed)
    edge = base - 6 * ridge(width, 0.5, seed)
    places = sorted(zip(rng.uniform(-5, width + 5, width // 5), rng.uniform(0.5, 1, width // 5), strict=True))

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        for x, size in places:
            foot, high = float(edge[int(np.clip(x, 0, width - 1))]) - base + tall + 12, tall * size
            green = (int(22 + 16 * size), int(62 + 26 * size), int(44 + 8 * size), 255)
            pen.polygon(
                [
                    (x * s, (foot - high) * s),
                    ((x - high * 0.2) * s, foot * s),
                    ((x + high * 0.2) * s, foot * s),
                ],
                green,
            )

    shape = sprite(width, round(tall) + 14, draw)
    top = base - round(tall) - 12
    seen = min(shape.colour.shape[0] - 2, field.shape[0] - top)
    piece, columns = slice(1, 1 + seen), slice(1, -1)
    field[top : top + seen] = (
        field[top : top + seen] * shape.clear[piece, columns] + shape.colour[piece, columns]
    )


def meadow(field: Field, top: int, seed: int, roll: float = 10) -> None:
    """Grow grass from a rolling edge down to the bottom, finer and paler far away."""
    rows, width = field.shape[0] - top, field.shape[1]
    depth = np.linspace(0, 1, rows)[:, None, None]
    fine, coarse = (clouds(rows, width, cell, 4, seed, stretch=0.5)[:, :, None] for cell in (9, 24))
    patches = clouds(rows, width, 150, 3, seed + 4, stretch=3)[:, :, None]
    blades = fine * (1 - depth) + coarse * depth
    near, far = np.array([40, 128, 26], np.float32), np.array([118, 184, 74], np.float32)
    grass = (far * (1 - depth) + near * depth) * (0.66 + 0.42 * blades + 0.3 * (patches - 0.3))
    edge = roll * ridge(width, 0.35, seed, octaves=3)
    below = np.arange(rows)[:, None] >= edge[None, :]
    field[top:][below] = grass[below]


def tuft(seed: int, height: int, shade: float) -> Sprite:
    """Return a strip of tall blades, wider than the screen so that it can sway."""
    rng = np.random.default_rng(seed)
    width = WIDTH + 80

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        for x, high, lean, tone in rng.random((260, 4)) * (width, 1, 1, 1):
            tall = height * (0.35 + 0.62 * high**2)
            tip, bend = x + (lean - 0.5) * 46, x + (lean - 0.5) * 14
            green = [int(part * shade * (0.75 + 0.4 * tone)) for part in (66, 156, 40)]
            outline = [
                (x - 2.6, height),
                (bend - 1.6, height - tall * 0.55),
                (tip, height - tall),
                (bend + 1.6, height - tall * 0.55),
                (x + 2.6, height),
            ]
            pen.polygon([(a * s, b * s) for a, b in outline], (*green, 255))

    return sprite(width, height, draw)


def swayed(tuft: Sprite, t: float, reach: float) -> Sprite:
    """Return the strip with its tips moved by the wind."""
    rows, columns = tuft.colour.shape[:2]
    up = (np.linspace(1, 0, rows) ** 1.6)[:, None]
    places = np.arange(columns)[None, :]
    wind = np.sin(places / 90 - t * 2.1) + 0.4 * np.sin(places / 31 - t * 3.7)
    source = np.clip(places - reach * up * wind, 0, columns - 1).astype(np.int32)
    down = np.arange(rows)[:, None]
    return Sprite(tuft.colour[down, source], tuft.clear[down, source])


def flowers(picture: Picture, top: int, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    shades = np.array([(250, 214, 40), (250, 250, 250), (222, 60, 120), (120, 80, 210)])
    for part, across, kind in rng.random((count, 3)):
        y = top + int((HEIGHT - top - 4) * part**0.7)
        x, size = int(across * (picture.shape[1] - 6)), 1 + int(3 * (y - top) / (HEIGHT - top))
        picture[y : y + size, x : x + size] = shades[int(kind * len(shades))]


def bird() -> Sprite:
    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        pen.line(
            [(0, 2 * s), (8 * s, 8 * s), (11 * s, 9 * s), (14 * s, 8 * s), (22 * s, 2 * s)],
            (24, 30, 44, 255),
            round(1.8 * s),
        )

    return sprite(22, 12, draw)

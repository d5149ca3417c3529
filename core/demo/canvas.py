"""What the demo scenes are painted with: gradients, cloudy noise, soft sprites and light.

Everything is deterministic: randomness comes from seeds that are given, and time is an argument.
Pictures are uint8 arrays (HEIGHT, WIDTH, 3); coordinates are pixels with y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

WIDTH: Final = 640
HEIGHT: Final = 360

Picture: TypeAlias = NDArray[np.uint8]
Field: TypeAlias = NDArray[np.float32]
Colour: TypeAlias = tuple[int, int, int]
Paint: TypeAlias = Callable[[float], Picture]
"""Paints the picture that is seen so many seconds after the shot began."""

_SMOOTHING: Final = 4
"""Pillow draws without anti-aliasing, so shapes are drawn this much larger and made smaller again."""


@dataclass(frozen=True, slots=True)
class Shot:
    """An uncut stretch of a scene. ``open`` prepares what does not move and returns the painter."""

    seconds: float
    open: Callable[[], Paint]


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A picture with soft edges, ready to be laid over another: colours premultiplied by opacity."""

    colour: Field
    """(height, width, 3), 0 to 255."""
    clear: Field
    """(height, width, 1): 1 where the sprite is transparent."""


def gradient(stops: Sequence[tuple[float, Colour]], height: int = HEIGHT, width: int = WIDTH) -> Field:
    """Return a vertical gradient (height, width, 3); a stop is (0 at the top to 1, colour)."""
    rows = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    channels = [np.interp(rows, places, [colour[i] for _, colour in stops]) for i in range(3)]
    return np.repeat(np.stack(channels, axis=-1)[:, None, :], width, axis=1).astype(np.float32)


def finish(field: Field, seed: int = 0) -> Picture:
    """Return the field as a picture, dithered so that dark gradients show no bands."""
    grain = np.random.default_rng(seed).random(field.shape[:2], dtype=np.float32)
    return np.asarray(np.clip(field + grain[:, :, None], 0, 255), np.uint8)


def clouds(height: int, width: int, cell: int, octaves: int, seed: int, stretch: float = 1.0) -> Field:
    """Return smooth noise, 0 to 1, that repeats seamlessly in both directions.

    ``cell`` is the size of the largest blobs in pixels, ``stretch`` how much wider than high they are.
    """
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(2.0, cell / 2**octave)
        rows = max(2, round(height / size))
        columns = max(2, round(width / (size * stretch)))
        grid = np.pad(rng.random((rows, columns), dtype=np.float32), 2, mode="wrap")
        # The padding keeps the interpolation at the borders equal on both sides: no seam.
        box = (2.0, 2.0, 2.0 + columns, 2.0 + rows)
        layer = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC, box=box)
        total += np.asarray(layer, np.float32) / 2**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def ridge(width: int, roughness: float, seed: int, octaves: int = 7) -> Field:
    """Return the outline of hills, 0 to 1 for each column; higher ``roughness`` is more jagged."""
    rng = np.random.default_rng(seed)
    total = np.zeros(width)
    for octave in range(octaves):
        knots = rng.random(3 * 2**octave + 2)
        total += (
            np.interp(np.linspace(0, len(knots) - 1, width), range(len(knots)), knots) * roughness**octave
        )
    low, high = total.min(), total.max()
    return np.asarray((total - low) / (high - low), np.float32)


def sprite(width: int, height: int, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Sprite:
    """Return what ``draw(pen, scale)`` draws on a transparent ground; its coordinates are times ``scale``."""
    # One pixel of nothing around it lets `lay` move it by parts of a pixel.
    large = Image.new("RGBA", (width * _SMOOTHING, height * _SMOOTHING))
    draw(ImageDraw.Draw(large), float(_SMOOTHING))
    pixels = np.asarray(large, np.float32)
    opacity = pixels[:, :, 3:] / 255
    stacked = np.concatenate([pixels[:, :, :3] * opacity, opacity], axis=2)
    shape = (height, _SMOOTHING, width, _SMOOTHING, 4)
    small = np.pad(stacked.reshape(shape).mean(axis=(1, 3)), ((1, 1), (1, 1), (0, 0)))
    return Sprite(small[:, :, :3].astype(np.float32), (1 - small[:, :, 3:]).astype(np.float32))


def mirrored(subject: Sprite) -> Sprite:
    """Return the sprite facing the other way."""
    return Sprite(subject.colour[:, ::-1].copy(), subject.clear[:, ::-1].copy())


def lay(picture: Picture, subject: Sprite, x: float, y: float) -> None:
    """Lay the sprite over the picture with its upper left corner at (x, y), to parts of a pixel."""
    left, top = math.floor(x), math.floor(y)
    colour, clear = subject.colour, subject.clear
    for axis, part in ((1, x - left), (0, y - top)):
        if part > 0.02:
            colour = colour * (1 - part) + np.roll(colour, 1, axis) * part
            clear = clear * (1 - part) + np.roll(clear, 1, axis) * part
    where, piece = _overlap(picture, colour.shape[0], colour.shape[1], left - 1, top - 1)
    if where is not None:
        picture[where] = (picture[where] * clear[piece] + colour[piece]).astype(np.uint8)


def glow(radius: int, colour: Colour, sharpness: float = 2.0) -> Field:
    """Return round light (2 radius, 2 radius, 3) that fades to nothing at its rim, for `shine`."""
    axis = (np.arange(2 * radius) + 0.5 - radius) / radius
    distance = np.hypot(axis[:, None], axis[None, :])
    power = np.clip(1 - distance, 0, 1) ** sharpness
    return np.asarray(power[:, :, None] * np.asarray(colour), np.float32)


def shine(picture: Picture, light: Field, x: float, y: float, strength: float = 1.0) -> None:
    """Add light to the picture, centred at (x, y)."""
    height, width = light.shape[:2]
    where, piece = _overlap(picture, height, width, round(x - width / 2), round(y - height / 2))
    if where is not None:
        picture[where] = np.minimum(picture[where] + light[piece] * np.float32(strength), 255).astype(
            np.uint8
        )


def view(wide: Picture, x: float, y: float, width: float, height: float) -> Picture:
    """Return that part of a larger picture, as large as the screen: a camera that pans and zooms."""
    seen = Image.fromarray(wide).resize(
        (WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=(x, y, x + width, y + height)
    )
    return np.array(seen)


def drawn(
    width: int, height: int, ground: Field | None, draw: Callable[[ImageDraw.ImageDraw, float], None]
) -> Field:
    """Return what is drawn over the ground (black without one), as a field to go on with."""
    shape = sprite(width, height, draw)
    inner = np.s_[1:-1, 1:-1]
    under = np.zeros((height, width, 3), np.float32) if ground is None else ground
    return (under * shape.clear[inner] + shape.colour[inner]).astype(np.float32)


def smooth(part: float) -> float:
    """Return 0 to 1 for 0 to 1, slow at both ends."""
    part = min(1.0, max(0.0, part))
    return part * part * (3 - 2 * part)


def _overlap(
    picture: Picture, height: int, width: int, left: int, top: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]] | tuple[None, None]:
    """Return where a rectangle meets the picture, and which part of the rectangle that is."""
    y0, y1 = max(0, top), min(picture.shape[0], top + height)
    x0, x1 = max(0, left), min(picture.shape[1], left + width)
    if y0 >= y1 or x0 >= x1:
        return None, None
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))

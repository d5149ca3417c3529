"""Drawn scenes: for every word that the preview engine publishes, something that shows or sounds it.

A scene is drawn at 320 x 180 without the engine's help and encoded like any video, so that tests see
what a real file does to a picture. `traits` are the other words that a scene legitimately answers to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.scene_sounds import Sound

WIDTH, HEIGHT, RATE, SAMPLES = 320, 180, 24, 44_100

Picture: TypeAlias = NDArray[np.uint8]
Draw: TypeAlias = Callable[[float], Picture]
Rgb: TypeAlias = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (220, 20, 20), "orange": (255, 150, 0), "yellow": (250, 235, 30), "green": (20, 160, 40),
    "cyan": (20, 220, 220), "blue": (30, 50, 220), "purple": (128, 20, 150), "pink": (255, 150, 185),
    "brown": (130, 75, 30), "white": (255, 255, 255), "gray": (128, 128, 128), "black": (0, 0, 0),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What to draw and to play, under a name of its own."""

    name: str
    draw: Draw
    sound: Sound | None = None
    traits: frozenset[str] = field(default_factory=frozenset)
    """Other published words that this scene answers to as well as their own scene does."""


def write(
    scene: Scene, path: Path, *, seconds: float = 4.0, size: tuple[int, int] = (WIDTH, HEIGHT), crf: int = 24
) -> Path:
    """Encode a scene as H.264 (and AAC) and return the path."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"crf": str(crf), "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLES, layout="mono") if scene.sound else None
        for number in range(round(seconds * RATE)):
            image = Image.fromarray(scene.draw(number / RATE))
            frame = av.VideoFrame.from_image(image if image.size == size else image.resize(size))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and scene.sound is not None:
            wave = np.clip(scene.sound(np.arange(round(seconds * SAMPLES)) / SAMPLES), -1, 1)
            for start in range(0, len(wave), 1024):
                piece = av.AudioFrame.from_ndarray(
                    wave[None, start : start + 1024].astype(np.float32), format="fltp", layout="mono"
                )
                piece.sample_rate, piece.pts, piece.time_base = SAMPLES, start, Fraction(1, SAMPLES)
                container.mux(audio.encode(piece))
            container.mux(audio.encode(None))
    return path


# -- drawing --


def plain(colour: Rgb) -> Draw:
    picture = np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
    return lambda t: picture


def half(place: str, colour: Rgb, other: Rgb) -> Draw:
    """One half (or the middle) in one colour, the rest in another."""
    picture = np.full((HEIGHT, WIDTH, 3), other, np.uint8)
    picture[region(place)] = colour
    return lambda t: picture


def region(place: str) -> tuple[slice, slice]:
    rows, columns = slice(0, HEIGHT), slice(0, WIDTH)
    if place in ("top", "bottom"):
        rows = slice(0, HEIGHT // 2) if place == "top" else slice(HEIGHT // 2, HEIGHT)
    elif place in ("left", "right"):
        columns = slice(0, WIDTH // 2) if place == "left" else slice(WIDTH // 2, WIDTH)
    else:
        rows, columns = slice(HEIGHT // 4, HEIGHT * 3 // 4), slice(WIDTH // 4, WIDTH * 3 // 4)
    return rows, columns


def gradient(*stops: tuple[float, Rgb]) -> Picture:
    """Return a vertical gradient through (height 0 to 1, colour)."""
    rows = np.linspace(0, 1, HEIGHT)
    at = [stop for stop, _ in stops]
    channels = [np.interp(rows, at, [colour[k] for _, colour in stops]) for k in range(3)]
    return np.repeat(np.stack(channels, axis=-1)[:, None], WIDTH, axis=1).astype(np.uint8)


def clouds(seed: int, scale: int = 6) -> NDArray[np.float64]:
    """Return smooth noise, 0 to 1, of one and a half pictures' width."""
    small = np.random.default_rng(seed).integers(
        0, 255, (HEIGHT // scale // 4, WIDTH // scale // 2), np.uint8
    )
    large = Image.fromarray(small).resize((WIDTH * 3 // 2, HEIGHT), Image.Resampling.BICUBIC)
    return np.asarray(large) / 255.0


def mixed(under: Picture, over: Rgb, amount: NDArray[np.float64]) -> Picture:
    return (under * (1 - amount[..., None]) + np.array(over) * amount[..., None]).astype(np.uint8)


def painted(picture: Picture, paint: Callable[[ImageDraw.ImageDraw], object]) -> Picture:
    image = Image.fromarray(picture)
    paint(ImageDraw.Draw(image))
    return np.asarray(image)


def moving_ball(widths_per_s: float, colour: Rgb = (235, 200, 60), ground: Rgb = (70, 80, 110)) -> Draw:
    """A ball that goes to and fro in front of a plain wall."""

    def draw(t: float) -> Picture:
        way = (t * widths_per_s * WIDTH) % (2 * (WIDTH - 60))
        x = 30 + (way if way < WIDTH - 60 else 2 * (WIDTH - 60) - way)
        wall = np.full((HEIGHT, WIDTH, 3), ground, np.uint8)
        return painted(wall, lambda d: d.ellipse((x - 25, 65, x + 25, 115), fill=colour))

    return draw


def furnished() -> Picture:
    """Return a large picture with much to follow, for a camera to look at a part of."""
    rng = np.random.default_rng(12)
    wall = np.full((HEIGHT + 80, WIDTH * 4, 3), (150, 150, 145), np.uint8)
    for _ in range(150):
        x, y, w = rng.integers(0, WIDTH * 4), rng.integers(0, HEIGHT + 80), rng.integers(10, 45)
        wall[y : y + w, x : x + w] = rng.integers(40, 230, 3)
    return wall


def camera(path: Callable[[float], tuple[float, float]]) -> Draw:
    """A view into the furnished room whose corner is at ``path(t)`` (x, y)."""
    room = furnished()

    def draw(t: float) -> Picture:
        x, y = (round(value) for value in path(t))
        return room[y : y + HEIGHT, x : x + WIDTH]

    return draw

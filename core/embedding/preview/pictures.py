"""From a decoded frame to a tiny picture that is the same on every machine.

The planes are averaged over areas with whole numbers, so no scaler's rounding gets in, and turned
as a player would turn them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray
from PIL import Image

from core.embedding.preview.curves import Floats
from core.media.orientation import Orientation

HEIGHT: Final = 36
WIDTH: Final = 64

GLIMPSE: Final = (18, 32)
"""Rows and columns of the points that are read of every frame."""

Plane: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

_PER_CELL: Final = 4
"""Rows and columns that are read of each cell; of a large frame not every pixel is needed."""
_PLANAR: Final = {
    f"yuv{mark}{chroma}p": 8 for mark in ("", "j") for chroma in ("410", "411", "420", "422", "440", "444")
} | {f"yuv{chroma}p{bits}le": bits for bits in (9, 10, 12, 14, 16) for chroma in ("420", "422", "444")}
"""Bits a sample of the formats that are read as they are; the rest is converted first."""
_EXACT: Final = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT

# Share of red and blue in brightness (BT.601, BT.709, BT.2020).
_WEIGHTS_SD: Final = (0.299, 0.114)
_WEIGHTS_HD: Final = (0.2126, 0.0722)
_WEIGHTS_UHD: Final = (0.2627, 0.0593)
_HD_FROM_HEIGHT: Final = 720
"""Players take an unlabelled picture of this height for BT.709, a smaller one for BT.601."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A frame on a grid of ``HEIGHT`` x ``WIDTH`` cells, as displayed.

    ``rgb`` is (HEIGHT, WIDTH, 3), gamma-encoded, 0 to 1. ``fine`` is the brightness on a grid twice
    as fine, (2 HEIGHT, 2 WIDTH), 0 to 255.
    """

    time_s: float
    rgb: Floats
    fine: Floats


def picture_of_frame(frame: av.VideoFrame, time_s: float, turn: Orientation) -> Picture:
    """Return the tiny picture of a decoded frame, turned as it is displayed."""
    height, width = (WIDTH, HEIGHT) if turn.swaps_sides else (HEIGHT, WIDTH)
    if frame.format.name not in _PLANAR:
        frame = _converted(frame)
    if frame.format.name == "rgb24":
        rgb = _packed_rgb(frame)
        fine = np.stack([shrink(rgb[..., k], 2 * height, 2 * width) for k in range(3)], axis=-1)
        fine = _turned(fine, turn)
        return Picture(time_s, halve(fine) / 255.0, brightness(fine))
    scale = 2.0 ** (_PLANAR[frame.format.name] - 8)
    fine = _turned(shrink(_plane(frame, 0), 2 * height, 2 * width), turn) / scale
    blue, red = (_turned(shrink(_plane(frame, k), height, width), turn) / scale for k in (1, 2))
    if not _is_full_range(frame):
        fine = (fine - 16.0) * (255.0 / 219.0)
        blue, red = (128.0 + (chroma - 128.0) * (255.0 / 224.0) for chroma in (blue, red))
    fine = np.clip(fine, 0.0, 255.0)
    return Picture(time_s, _to_rgb(halve(fine), blue - 128.0, red - 128.0, _weights(frame)), fine)


def glimpse_of_frame(frame: av.VideoFrame) -> NDArray[np.uint8] | None:
    """Return the brightness of `GLIMPSE` points; None for a format that is costly to look into."""
    bits = _PLANAR.get(frame.format.name)
    if bits is None:
        return None
    plane = _plane(frame, 0)
    points = plane[_glimpsed(*plane.shape)]
    return (points >> (bits - 8)).astype(np.uint8)


@cache
def _glimpsed(height: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = (
        ((2 * np.arange(count) + 1) * size) // (2 * count)
        for count, size in zip(GLIMPSE, (height, width), strict=True)
    )
    return rows[:, None], columns[None, :]


def picture_of_image(image: Image.Image) -> Picture:
    """Return the tiny picture of a still image that is already turned upright."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        drawn = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", drawn.size, (255, 255, 255, 255)), drawn)
    pixels = np.asarray(image.convert("RGB"), dtype=np.uint8)
    fine = np.stack([shrink(pixels[..., k], 2 * HEIGHT, 2 * WIDTH) for k in range(3)], axis=-1)
    return Picture(0.0, halve(fine) / 255.0, brightness(fine))


def shrink(plane: Plane, height: int, width: int) -> Floats:
    """Return the plane averaged over ``height`` x ``width`` areas; whole numbers are summed, exactly."""
    rows, tall = _samples(plane.shape[0], height)
    columns, wide = _samples(plane.shape[1], width)
    sums = plane[rows].reshape(height, tall, plane.shape[1]).sum(axis=1, dtype=np.uint32)
    sums = sums[:, columns].reshape(height, width, wide).sum(axis=2, dtype=np.uint32)
    result: Floats = sums / float(tall * wide)
    return result


def halve(fine: Floats) -> Floats:
    """Return the mean of each 2 x 2 cells of (2h, 2w, ...)."""
    height, width = fine.shape[0] // 2, fine.shape[1] // 2
    result: Floats = fine.reshape(height, 2, width, 2, *fine.shape[2:]).mean(axis=(1, 3))
    return result


def brightness(rgb: Floats) -> Floats:
    """Return BT.601 brightness of (..., 3), in the same scale."""
    return 0.299 * rgb[..., 0] + 0.587 * rgb[..., 1] + 0.114 * rgb[..., 2]


@cache
def _samples(size: int, cells: int) -> tuple[NDArray[np.int64], int]:
    """Return which rows (or columns) are read, the same number for each cell, and that number."""
    each = min(_PER_CELL, max(1, size // cells))
    count = cells * each
    return ((2 * np.arange(count) + 1) * size) // (2 * count), each


def _converted(frame: av.VideoFrame) -> av.VideoFrame:
    if frame.format.is_rgb or frame.format.has_palette:
        return frame.reformat(format="rgb24", interpolation=_EXACT)
    full = ColorRange.JPEG if _is_full_range(frame) else ColorRange.MPEG
    return frame.reformat(format="yuv420p", interpolation=_EXACT, src_color_range=full, dst_color_range=full)


def _plane(frame: av.VideoFrame, index: int) -> Plane:
    plane = frame.planes[index]
    rows: Plane = np.frombuffer(memoryview(plane), dtype=np.uint8)
    if _PLANAR[frame.format.name] > 8:
        rows = rows.view("<u2")
    per_row = plane.line_size // rows.itemsize
    return rows[: plane.height * per_row].reshape(plane.height, per_row)[:, : plane.width]


def _packed_rgb(frame: av.VideoFrame) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), dtype=np.uint8)[: plane.height * plane.line_size]
    return rows.reshape(plane.height, plane.line_size)[:, : 3 * plane.width].reshape(plane.height, -1, 3)


def _is_full_range(frame: av.VideoFrame) -> bool:
    return frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG


def _weights(frame: av.VideoFrame) -> tuple[float, float]:
    if frame.colorspace == Colorspace.ITU709:
        return _WEIGHTS_HD
    if frame.colorspace == Colorspace.BT2020:
        return _WEIGHTS_UHD
    unlabelled = frame.colorspace == 2  # AVCOL_SPC_UNSPECIFIED, which PyAV's Colorspace leaves out
    return _WEIGHTS_HD if unlabelled and frame.height >= _HD_FROM_HEIGHT else _WEIGHTS_SD


def _to_rgb(luma: Floats, blue: Floats, red: Floats, weights: tuple[float, float]) -> Floats:
    of_red, of_blue = weights
    r = luma + 2.0 * (1.0 - of_red) * red
    b = luma + 2.0 * (1.0 - of_blue) * blue
    g = (luma - of_red * r - of_blue * b) / (1.0 - of_red - of_blue)
    rgb: Floats = np.clip(np.stack([r, g, b], axis=-1) / 255.0, 0.0, 1.0)
    return rgb


def _turned(values: Floats, turn: Orientation) -> Floats:
    upright = values[:, ::-1] if turn.mirrored else values
    return np.rot90(upright, k=-turn.clockwise // 90) if turn.clockwise else upright

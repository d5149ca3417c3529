"""How things move between two tiny pictures: blocks are matched, not only subtracted.

A flash, a cut and a fast car all change many pixels; only for the car a shifted copy of the old
picture explains the new one. Lengths are in cells of a picture 64 wide, per step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.embedding.preview.curves import Floats, rising_each
from core.embedding.preview.pictures import HEIGHT, WIDTH, halve

Indices: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

BLOCK_ROWS: Final = 3
BLOCK_COLUMNS: Final = 8
_BLOCKS: Final = BLOCK_ROWS * BLOCK_COLUMNS
_TALL: Final = HEIGHT // BLOCK_ROWS
_WIDE: Final = WIDTH // BLOCK_COLUMNS
_REACH_Y: Final = 4
_REACH_X: Final = 10
"""Reach of the search on the picture of half the size; twice as many cells on the picture itself."""
_CHANGED: Final = 2.0
"""Mean difference of a block, of 255, above what compression leaves on a still picture."""
_STRUCTURE: Final = 3.0
"""Standard deviation of a block that has something to follow."""
_MUCH_STRUCTURE: Final = 13
"""Blocks, of 24, that must have something to follow before the picture as a whole can be told to move."""
_FIT: Final = 0.25
"""Share of the change that a far match may leave: of many far places one fits by chance."""
_PREFER_NEAR: Final = 0.15
"""What a cell of shift must explain, so that a plain block does not wander."""


@dataclass(frozen=True, slots=True)
class Step:
    """What changed from one picture to a later one."""

    changed: float
    """Share of the picture that is different."""
    explained: float
    """Share of the picture that is different and is a shifted copy of the old one."""
    speed: float
    """Cells that the explained parts moved: a high one among them, 0 where nothing did."""
    sum_x: float
    sum_y: float
    """Sum of the shifts of the explained blocks."""
    sum_length: float
    """Sum of their lengths; as long as the sum of the shifts where all went the same way."""
    shift_x: float
    shift_y: float
    """How far the picture as a whole moved."""
    together: float
    """Share of what can be followed that moved with the whole, 0 where little can be followed."""
    difference: float
    """Mean difference of all cells, of 255."""
    lighter: float
    """Mean signed difference."""


def signal(rgb: Floats) -> Floats:
    """Return one plane, 0 to about 255, in which colours of equal brightness still differ.

    In steps of a quarter, so that sums of differences are exact in any order and on any machine.
    """
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    bright = 0.35 * red + 0.5 * green + 0.15 * blue
    result: Floats = np.round(4.0 * (255.0 * bright + 40.0 * (red - blue))) / 4.0
    return result


def step_between(old: Floats, new: Floats) -> Step:
    """Compare two signals of shape (HEIGHT, WIDTH)."""
    change = np.abs(new - old)
    blocks_change = _blocks(change).mean(axis=1)
    changed = blocks_change > _CHANGED
    structure = _blocks(new).std(axis=1) > _STRUCTURE
    shifts = np.zeros((_BLOCKS, 2))
    explained = np.zeros(_BLOCKS, dtype=bool)
    which = np.flatnonzero(changed & structure)
    if len(which):
        shifts[which], costs = _match(old, new, which)
        lengths = np.hypot(*shifts[which].T)
        allowed = 0.5 - (0.5 - _FIT) * rising_each(lengths, 1.0, 4.0)
        explained[which] = (costs < allowed * blocks_change[which]) & (lengths > 0.05)
    x, y, together = _whole(shifts, structure, explained | ~changed)
    lengths = np.sort(np.hypot(shifts[explained, 0], shifts[explained, 1]))
    all_x, all_y = shifts[explained].sum(axis=0)
    return Step(
        changed=float(changed.mean()),
        explained=float(explained.mean()),
        speed=float(lengths[int(0.75 * (len(lengths) - 1))]) if len(lengths) else 0.0,
        sum_x=float(all_x),
        sum_y=float(all_y),
        sum_length=float(lengths.sum()),
        shift_x=x,
        shift_y=y,
        together=together,
        difference=float(change.mean()),
        lighter=float((new - old).mean()),
    )


def _blocks(plane: Floats, tall: int = _TALL, wide: int = _WIDE) -> Floats:
    """Return (_BLOCKS, cells of a block)."""
    cut = plane.reshape(BLOCK_ROWS, tall, BLOCK_COLUMNS, wide).transpose(0, 2, 1, 3)
    return cut.reshape(_BLOCKS, tall * wide)


def _match(old: Floats, new: Floats, which: Indices) -> tuple[Floats, Floats]:
    """Return the shift (x, y) that brought each block here, to parts of a cell, and its mean error."""
    shifts, errors, unmoved = _refined(old, new, which, np.zeros((len(which), 2), dtype=np.int64))
    # Waves and stripes fit again a wave further; only what does not fit nearby is looked for afar.
    lost = np.flatnonzero(errors > _FIT * unmoved)
    if len(lost):
        far = _costs(halve(old), halve(new), which[lost], None, (_REACH_Y, _REACH_X))
        found, left, _ = _refined(old, new, which[lost], 2 * _lowest(far))
        better = left < errors[lost]
        shifts[lost[better]], errors[lost[better]] = found[better], left[better]
    return shifts, errors


def _refined(old: Floats, new: Floats, which: Indices, guess: Indices) -> tuple[Floats, Floats, Floats]:
    """Return (shifts, errors, errors at the guess itself), looking a cell around the guess (y, x)."""
    costs = _costs(old, new, which, guess, (2, 2))
    at = np.clip(_lowest(costs), -1, 1)
    each, row, column = np.arange(len(which)), at[:, 0] + 2, at[:, 1] + 2
    middle = costs[each, row, column]
    down, saved_y = _between(costs[each, row - 1, column], middle, costs[each, row + 1, column])
    right, saved_x = _between(costs[each, row, column - 1], middle, costs[each, row, column + 1])
    found = -(guess + at + np.stack([down, right], axis=1))[:, ::-1]
    return found.astype(np.float64), np.maximum(0.0, middle - saved_x - saved_y), costs[:, 2, 2]


def _costs(old: Floats, new: Floats, which: Indices, near: Indices | None, reach: tuple[int, int]) -> Floats:
    """Return the mean error of each block against the old picture around ``near`` (y, x).

    Shape (len(which), 2 reach_y + 1, 2 reach_x + 1); the middle is the old picture shifted by ``near``.
    """
    tall, wide = new.shape[0] // BLOCK_ROWS, new.shape[1] // BLOCK_COLUMNS
    margin = 2 * max(_REACH_Y, _REACH_X) + 4
    padded = np.pad(old.astype(np.float32), margin, mode="edge")
    windows = sliding_window_view(padded, (tall, wide))
    rows, columns = np.divmod(which, BLOCK_COLUMNS)
    tops, lefts = rows * tall + margin - reach[0], columns * wide + margin - reach[1]
    if near is not None:
        tops, lefts = tops + near[:, 0], lefts + near[:, 1]
    around = np.empty((len(which), 2 * reach[0] + 1, 2 * reach[1] + 1, tall, wide), dtype=np.float32)
    blocks = _blocks(new.astype(np.float32), tall, wide)[which].reshape(-1, 1, 1, tall, wide)
    for index, (top, left) in enumerate(zip(tops, lefts, strict=True)):
        window = windows[top : top + 2 * reach[0] + 1, left : left + 2 * reach[1] + 1]
        np.subtract(window, blocks[index], out=around[index])
    np.abs(around, out=around)
    flat = around.reshape(-1, tall * wide)
    # A product with ones is the fastest sum, and exact: these are multiples of a power of two.
    costs: Floats = (flat @ np.ones(tall * wide, dtype=np.float32)).astype(np.float64) / (tall * wide)
    return costs.reshape(around.shape[:3])


def _lowest(costs: Floats) -> Indices:
    """Return (y, x) from the middle of the lowest cost of each block, preferring the near ones."""
    height, width = costs.shape[1:]
    ys, xs = np.arange(height) - height // 2, np.arange(width) - width // 2
    far = _PREFER_NEAR * np.hypot(ys[:, None], xs[None, :])
    best = np.argmin((costs + far).reshape(len(costs), -1), axis=1)
    row, column = np.divmod(best, width)
    return np.stack([row - height // 2, column - width // 2], axis=1)


def _between(low: Floats, middle: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return how far beside the best whole cell the true minimum lies, and how much lower it is."""
    # Absolute errors rise in straight lines on both sides of the minimum, so a V is fitted.
    rise = np.maximum(np.maximum(low, high) - middle, 1e-9)
    offset = np.clip((low - high) / (2.0 * rise), -0.5, 0.5)
    return offset, np.abs(offset) * rise


def _whole(shifts: Floats, structure: Flags, trusted: Flags) -> tuple[float, float, float]:
    """Return the shift of the picture as a whole, and the share of its structure that agrees."""
    usable = structure & trusted
    if structure.sum() < _MUCH_STRUCTURE or usable.sum() < 4:
        return 0.0, 0.0, 0.0
    x, y = np.sort(shifts[usable], axis=0)[usable.sum() // 2]
    near = np.hypot(shifts[usable, 0] - x, shifts[usable, 1] - y) < 0.75
    return float(x), float(y), float(near.sum() / structure.sum())

"""Small pictures of a whole video, many to a sheet; `core.model.Sprites` says how they lie there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.isolation import Bounds, run_isolated
from core.media.writing import written_whole
from core.model import Sprites

if TYPE_CHECKING:
    from core.model import MediaInfo

_LAYOUT: Final = "sheets.json"
_COLUMNS, _ROWS = 10, 10
_LONGER_SIDE: Final = 160
_MOST_TILES: Final = 1200
_LEAST_INTERVAL_MS: Final = 500
_WHOLE: Final = ("columns", "rows", "width", "height", "count")
_MOST: Final = 100_000


def tile_times_ms(duration_s: float) -> range:
    """Return the times in milliseconds whose frames are kept: evenly spaced, 1200 at most, at least one."""
    duration_ms = max(1, round(duration_s * 1000))
    return range(0, duration_ms, max(_LEAST_INTERVAL_MS, -(-duration_ms // _MOST_TILES)))


def write_sprites(
    source: Path, folder: Path, media: MediaInfo, report: Callable[[float], None] | None = None
) -> Sprites:
    """Write sheets of small pictures of the whole video, and return how they are laid out.

    Each is the last frame not after its time; where the file is damaged, the nearest good one. The
    layout is written last, so a folder that `read_sprites` can read is whole.

    Raises: MediaError, MediaMissing, MediaTimeout, StorageFull, and whatever ``report`` raises; then
    there is no folder.
    """
    times_ms = tile_times_ms(media.duration_s)
    request = {
        "source": str(source.absolute()),
        "folder": str(folder.absolute()),
        "interval_ms": times_ms.step,
        "count": len(times_ms),
        "columns": _COLUMNS,
        "rows": _ROWS,
        "longer_side": _LONGER_SIDE,
    }
    bounds = Bounds(timeout_s=300 + 5 * media.duration_s, idle_timeout_s=180)
    try:
        (folder / _LAYOUT).unlink(missing_ok=True)  # First, so that no moment shows half as whole.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        width, height = run_isolated("media.sprites", request, bounds=bounds, report=report)
        sprites = Sprites(times_ms.step / 1000, _COLUMNS, _ROWS, int(width), int(height), len(times_ms))
        with written_whole(folder / _LAYOUT) as draft:
            draft.write_text(json.dumps(asdict(sprites)), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return sprites


def read_sprites(folder: Path) -> Sprites | None:
    """Return how the sheets in a folder are laid out, None where they are not all there.

    Cheap enough to be asked for every card: a layout that did not change is not read again.
    """
    path = folder / _LAYOUT
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4096)
def _read(path: Path, changed_ns: int, size_bytes: int) -> Sprites | None:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return _understood(told) if isinstance(told, dict) else None


def _understood(told: dict[str, Any]) -> Sprites | None:
    interval_s, numbers = told.get("interval_s"), [told.get(name) for name in _WHOLE]
    if not isinstance(interval_s, int | float) or not 0 < interval_s < _MOST:
        return None
    if not all(type(number) is int and 0 < number < _MOST for number in numbers):
        return None
    return Sprites(float(interval_s), **{name: told[name] for name in _WHOLE})

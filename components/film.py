"""A video's small pictures as the browser wants them; ``shared/film.js`` draws from this."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.library import Library


def film_of(
    library: Library, video_id: str, start_s: float = 0.0, end_s: float = math.inf
) -> dict[str, Any] | None:
    """Return layout and links of the sheets that show ``[start_s, end_s)``; None where there are none yet."""
    sprites = library.sprites(video_id)
    if sprites is None:
        return None
    first = sprites.sheet_at(start_s)
    last = sprites.sheets - 1 if math.isinf(end_s) else sprites.sheet_at(max(start_s, end_s))
    return {
        "interval_s": sprites.interval_s,
        "columns": sprites.columns,
        "rows": sprites.rows,
        "width": sprites.width,
        "height": sprites.height,
        "count": sprites.count,
        "first": first,
        "sheets": [library.sprite_link(video_id, number) for number in range(first, last + 1)],
    }

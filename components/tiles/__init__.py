"""A wall of pictures to choose a video from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from components.assets import build

_tiles: Final = build("tiles", "shared/dom.js", "tiles/tiles.js", css=("shared/base.css", "tiles/tiles.css"))


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture, with what is written under it."""

    id: str
    image: str
    title: str
    below: str


def tile_wall(tiles: Sequence[Tile], *, label: str, key: str) -> str | None:
    """Draw the wall; return the id of the tile that was chosen in this run."""

    def nothing() -> None:
        """A trigger needs a callback; running the page again is all that it has to do."""

    data: dict[str, Any] = {"label": label, "tiles": [asdict(tile) for tile in tiles]}
    answer = _tiles(key=key, data=data, on_chosen_change=nothing)
    return str(answer.chosen["id"]) if answer.chosen else None

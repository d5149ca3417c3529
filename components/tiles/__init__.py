"""A wall of pictures: videos to choose from, or the segments of one video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import streamlit as st

from components.assets import build
from components.chosen import choose
from components.faults import action
from components.player import Cue
from components.search_address import Place

_tiles: Final = build(
    "tiles",
    "shared/timecode.js",
    "shared/dom.js",
    "shared/play.js",
    "tiles/tiles.js",
    css=("shared/base.css", "tiles/tiles.css"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture; with a cue it plays in the player on the same page when it is clicked."""

    id: str
    image: str
    title: str
    below: str
    cue: Cue | None = None
    level: float = 0.0
    """How well it matches, 0 to 1, as a thin line."""


def tile_wall(
    tiles: Sequence[Tile], *, label: str, key: str, size: Literal["large", "small"] = "large"
) -> str | None:
    """Draw the wall; return the id of the tile that was chosen in this run.

    A tile with a cue is in the player already; it is written into the address before anything is drawn.
    """
    places = {
        tile.id: Place(tile.cue.video_id, tile.cue.start_s, tile.cue.end_s) for tile in tiles if tile.cue
    }

    def played() -> None:
        told = st.session_state[key].chosen
        if told and told["id"] in places:
            choose(places[told["id"]], str(told["nonce"]))

    data: dict[str, Any] = {"label": label, "size": size, "tiles": [asdict(tile) for tile in tiles]}
    answer = _tiles(key=key, data=data, on_chosen_change=action(played))
    return str(answer.chosen["id"]) if answer.chosen else None

"""The names of what the engine can tell, each with a place of its own in the vectors."""

from __future__ import annotations

from typing import Final

from core.embedding.preview.colours import COLOURS

PLACES: Final = ("left", "right", "top", "bottom", "center")

VISUAL: Final = (
    *COLOURS,
    *(f"{colour}@{place}" for colour in COLOURS for place in PLACES),
    *PLACES,
    "dark", "dim", "bright", "night", "contrast", "colorful",
    "still", "moving", "slow", "fast", "shaking", "panning", "cuts", "flashing",
    "smooth", "detailed", "striped",
    "fire", "sunset", "sky", "sea", "grass", "forest", "snow", "desert",
)  # fmt: skip
AUDIO: Final = (
    "silence", "quiet", "loud", "tone", "music", "beep", "speech", "noise", "rhythm", "low", "high", "hum"
)  # fmt: skip

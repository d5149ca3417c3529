"""What the stand-in understands of a text, as a part of the same description that media get."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

COLOURS = (
    "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "black", "grey", "white",
)  # fmt: skip
GRID = 4
SOUND_LEVELS = ("silence", "quiet", "loud")
BANDS = 8
HASHED = 64

# Where each part lies in a description: what is seen, where it moves, what is heard, hashed words.
LIGHT = len(COLOURS)
MOVEMENT = LIGHT + 1
LAYOUT = slice(MOVEMENT + 1, MOVEMENT + 1 + GRID * GRID * 3)
MOVED = slice(LAYOUT.stop, LAYOUT.stop + GRID * GRID)
LEVEL = slice(MOVED.stop, MOVED.stop + len(SOUND_LEVELS))
SPECTRUM = slice(LEVEL.stop, LEVEL.stop + BANDS)
WORDS = slice(SPECTRUM.stop, SPECTRUM.stop + HASHED)
LENGTH = WORDS.stop

Description = NDArray[np.float64]

_MEANINGS: dict[str, tuple[int, float]] = {
    **{word: (place, 1.0) for place, word in enumerate(COLOURS)},
    **{word: (LEVEL.start + place, 1.0) for place, word in enumerate(SOUND_LEVELS)},
    "gray": (COLOURS.index("grey"), 1.0), "violet": (COLOURS.index("purple"), 1.0),
    "magenta": (COLOURS.index("pink"), 1.0), "silent": (LEVEL.start, 1.0), "noisy": (LEVEL.start + 2, 1.0),
    "dark": (LIGHT, -1.0), "night": (LIGHT, -1.0), "bright": (LIGHT, 1.0), "light": (LIGHT, 1.0),
    "still": (MOVEMENT, -1.0), "moving": (MOVEMENT, 1.0), "fast": (MOVEMENT, 1.0),
}  # fmt: skip
_EMPTY = frozenset(("a", "an", "and", "at", "by", "in", "is", "of", "on", "the", "to", "with"))


def tokens(text: str) -> int:
    """Return how many tokens a text counts as: words and single signs."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def truncated(text: str, most: int) -> str:
    """Return the beginning of a text that has at most so many tokens."""
    found = list(re.finditer(r"\w+|[^\w\s]", text))
    return text if len(found) <= most else text[: found[most - 1].end()]


@lru_cache(maxsize=4096)
def _direction(word: str) -> bytes:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    direction = np.random.default_rng(seed).standard_normal(HASHED)
    return (direction / np.linalg.norm(direction)).tobytes()


def described(text: str) -> Description:
    """Return the description of a text, of length 1; no word at all is a word of its own."""
    description = np.zeros(LENGTH)
    words = [word for word in re.findall(r"\w+", text.lower()) if word not in _EMPTY] or [text]
    for word in words:
        if word in _MEANINGS:
            place, sign = _MEANINGS[word]
            description[place] += sign
        else:
            description[WORDS] += np.frombuffer(_direction(word))
    return unit(description)


def unit(description: Description) -> Description:
    """Return it with length 1; one of nothing but zeros becomes a fixed direction of its own."""
    length = float(np.linalg.norm(description))
    if length > 1e-9:
        return description / length
    nothing = np.zeros(LENGTH)
    nothing[WORDS] = np.frombuffer(_direction(""))
    return nothing

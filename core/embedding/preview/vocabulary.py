"""The published list: which words the engine understands, and what each stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core.embedding.preview.colours import COLOURS
from core.embedding.preview.concepts import PLACES
from core.embedding.preview.words import stem

Kind = Literal["colour", "place", "plain"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Words (or phrases) that mean the same concept; the first is its usual name."""

    group: str
    words: tuple[str, ...]
    concept: str
    """A name of `core.embedding.preview.concepts`."""

    @property
    def kind(self) -> Kind:
        if self.concept in COLOURS:
            return "colour"
        return "place" if self.concept in PLACES else "plain"


def _entries(group: str, table: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return entries of a table from concept to its words, separated by commas."""
    return tuple(
        Entry(group, tuple(word.strip() for word in words.split(",")), concept)
        for concept, words in table.items()
    )


ENTRIES: Final[tuple[Entry, ...]] = (
    *_entries("Colours", {
        "red": "red", "orange": "orange", "yellow": "yellow", "green": "green",
        "cyan": "cyan, turquoise, teal", "blue": "blue", "purple": "purple, violet", "pink": "pink",
        "brown": "brown", "white": "white", "gray": "gray, grey", "black": "black",
    }),
    *_entries("Places, after or before a colour", {
        "left": "left", "right": "right", "top": "top", "bottom": "bottom",
        "center": "center, centre, middle",
    }),
    *_entries("Light", {
        "dark": "dark, darkness", "dim": "dim", "bright": "bright, light", "night": "night, nighttime",
        "contrast": "contrast, high contrast", "colorful": "colorful, colourful",
    }),
    *_entries("Motion", {
        "still": "still, static, motionless", "moving": "moving, movement, motion",
        "slow": "slow, slow motion", "fast": "fast, quick, rapid", "shaking": "shaking, shaky",
        "panning": "panning", "cuts": "cuts", "flashing": "flashing, flicker, blinking, strobe",
    }),
    *_entries("Texture", {
        "smooth": "smooth, plain", "detailed": "detailed, busy", "striped": "striped, stripes",
    }),
    *_entries("Sights", {
        "fire": "fire, flames, burning", "sunset": "sunset, sunrise", "sky": "sky",
        "sea": "sea, ocean, water", "grass": "grass, meadow, lawn", "forest": "forest, woods, trees",
        "snow": "snow, snowy, snowfall", "desert": "desert, sand, dunes",
    }),
    *_entries("Sound", {
        "silence": "silence, silent", "quiet": "quiet", "loud": "loud",
        "music": "music, melody, song", "speech": "speech, talking, voice, speaking",
        "tone": "tone", "beep": "beep", "noise": "noise, hiss, white noise, static noise",
        "rhythm": "rhythm, beat, drum", "hum": "hum",
        "low": "low pitch, low tone, bass", "high": "high pitch, high tone, whistle",
    }),
)  # fmt: skip

NOT_MEANT: Final = (("low", "contrast"),)
"""Phrases whose words mean something else together; they are ignored."""


def vocabulary() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the published words as (group, words), in the order of the table."""
    groups: dict[str, list[str]] = {}
    for entry in ENTRIES:
        groups.setdefault(entry.group, []).extend(entry.words)
    return tuple((group, tuple(words)) for group, words in groups.items())


def _lookup() -> dict[tuple[str, ...], Entry]:
    exact = {tuple(word.split()): entry for entry in ENTRIES for word in entry.words}
    stems = {tuple(stem(part) for part in parts): entry for parts, entry in exact.items()}
    return stems | exact


MEANINGS: Final[Mapping[tuple[str, ...], Entry]] = _lookup()
"""From a word or phrase, as written or stemmed, to its entry."""
LONGEST_PHRASE: Final = max(len(parts) for parts in MEANINGS)

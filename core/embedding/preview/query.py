"""From what somebody types to concepts and words, and to the lists of understood and ignored words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from core.embedding.port import QueryVectors
from core.embedding.preview.vectors import BLOCKS, text_vector
from core.embedding.preview.vocabulary import LONGEST_PHRASE, MEANINGS, NOT_MEANT, Entry
from core.embedding.preview.words import STOP_WORDS, stem, tokens
from core.model import Modality, Vector

_WORD_OF_CONCEPT: Final = 0.6
"""A scene that is red comes before a video that is called "red"."""
_COLOUR_ANYWHERE: Final = 0.3
"""With "red left", red elsewhere is still better than no red."""


@dataclass
class Understanding:
    """What a text means to the engine."""

    concepts: dict[str, float] = field(default_factory=dict)
    stems: dict[str, float] = field(default_factory=dict)
    understood: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def vectors(self) -> QueryVectors:
        """Return a unit vector for each modality that the text says something about."""
        found: dict[Modality, Vector] = {}
        for modality, blocks in BLOCKS.items():
            concepts = {name: weight for name, weight in self.concepts.items() if name in blocks.concepts}
            vector = text_vector(modality, concepts, self.stems)
            if vector is not None:
                found[modality] = vector
        return QueryVectors(found, _once(self.understood), _once(self.ignored))


def understand(text: str, known_words: Callable[[], frozenset[str]]) -> Understanding:
    """Read a text; ``known_words`` are the stems that titles, tags and subtitles use."""
    result = Understanding()
    known = known_words()
    waiting = _Binding(result)
    words = tokens(text)
    at = 0
    while at < len(words):
        entry, length = _meaning(words, at)
        said = words[at : at + length]
        at += length
        for word in said:
            if word not in STOP_WORDS and stem(word) in known:
                weight = _WORD_OF_CONCEPT if entry is not None else 1.0
                result.stems[stem(word)] = max(weight, result.stems.get(stem(word), 0.0))
        if entry is not None:
            result.understood.append(" ".join(said))
            waiting.take(entry)
            continue
        for word in said:
            if word not in STOP_WORDS:
                (result.understood if stem(word) in known else result.ignored).append(word)
    waiting.finish()
    return result


class _Binding:
    """Puts colours and places together: "red left", "left red", "red top left", "red left blue right"."""

    def __init__(self, result: Understanding) -> None:
        self._concepts = result.concepts
        self._colour: str | None = None
        """Waits for a place, or has one already and may get another right behind it."""
        self._placed = False
        self._places: list[str] = []
        """Wait for a colour."""

    def take(self, entry: Entry) -> None:
        if entry.kind == "colour":
            self._take_colour(entry.concept)
        elif entry.kind == "place":
            self._take_place(entry.concept)
        else:
            self.finish()
            self._add(entry.concept, 1.0)

    def finish(self) -> None:
        """What waits for a partner stands alone."""
        if self._colour is not None and not self._placed:
            self._add(self._colour, 1.0)
        for place in self._places:
            self._add(place, 1.0)
        self._colour, self._placed, self._places = None, False, []

    def _take_colour(self, colour: str) -> None:
        places, self._places = self._places, []
        self.finish()
        for place in places:
            self._bind(colour, place)
        if not places:
            self._colour = colour

    def _take_place(self, place: str) -> None:
        if self._colour is None:
            self._places.append(place)
        else:
            self._bind(self._colour, place)
            self._placed = True

    def _bind(self, colour: str, place: str) -> None:
        self._add(f"{colour}@{place}", 1.0)
        self._add(colour, _COLOUR_ANYWHERE)

    def _add(self, concept: str, weight: float) -> None:
        self._concepts[concept] = max(weight, self._concepts.get(concept, 0.0))


def _meaning(words: list[str], at: int) -> tuple[Entry | None, int]:
    """Return the entry of the longest phrase that begins here, and how many words it takes."""
    for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        said = tuple(words[at : at + length])
        if said in NOT_MEANT:
            return None, length
        entry = MEANINGS.get(said) or MEANINGS.get(tuple(stem(word) for word in said))
        if entry is not None:
            return entry, length
    return None, 1


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))

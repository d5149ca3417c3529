"""Words of titles, tags and subtitles: from text to stems, from a stem to a direction of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from threading import Lock
from typing import Final

import snowballstemmer

_WITHOUT_CONTENT: Final = (
    "a an the this that these those of in on at to from by for with and or is are was were be been am "
    "it its there here where which who i you he she we they my your his her our their me him them as "
    "has have had do does did will would can could into onto over under some any very really just so "
    "show shows showing shown find scene scenes shot shots clip clips video videos footage moment "
    "moments picture pictures image images something thing things side look looks looking like "
    "s t re ve ll d m"
)
STOP_WORDS: Final = frozenset(_WITHOUT_CONTENT.split())
"""Words that carry no content: neither understood nor ignored."""

_WORD: Final = re.compile(r"[^\W_]+")
_PROBES: Final = 8
"""Places that a word is spread over: two words can share some, hardly ever all."""
_ENGLISH: Final = snowballstemmer.stemmer("english")
_STEMMING: Final = Lock()
"""A stemmer keeps the word that it works on in itself."""


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case, in order."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("'", " ")
    return _WORD.findall(plain)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of a lower-case word: "dancing" and "dances" have the same."""
    with _STEMMING:
        return str(_ENGLISH.stemWord(word))


def word_stems(text: str) -> frozenset[str]:
    """Return the stems of all words with content in a text."""
    return frozenset(stem(word) for word in tokens(text) if word not in STOP_WORDS)


def hashed(word_stem: str, size: int) -> Iterator[tuple[int, float]]:
    """Yield (place, value) of a stem's unit direction in ``size`` dimensions, the same everywhere."""
    digest = blake2b(word_stem.encode(), digest_size=_PROBES * 4, person=b"cuepoint").digest()
    taken: set[int] = set()
    for probe in range(_PROBES):
        number = int.from_bytes(digest[probe * 4 : probe * 4 + 4], "big")
        place = (number >> 1) % size
        while place in taken:
            place = (place + 1) % size
        taken.add(place)
        yield place, (1.0 if number & 1 else -1.0) * _PROBES**-0.5

"""What people type: "beach without people" excludes, "rain, then people" is a sequence.

Double quotes protect: what is inside them is words and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from components.address_values import tidy

_QUOTED: Final = r"\"[^\"]*\"|“[^”]*”"
_THEN: Final = re.compile(rf"({_QUOTED})|\s*,\s*(?:and\s+)?then\s+", re.IGNORECASE)
# A minus excludes where a word begins with it: "x-ray", "close - up" and "-5 degrees" are words.
_OUT: Final = re.compile(
    rf"({_QUOTED})"
    rf"|(?<!\S)[-−](?P<minus>{_QUOTED}|[^\W\d_][^\s,]*)"
    rf"|(?<!\S)without\s+(?P<without>(?:{_QUOTED}|(?!(?<!\S)(?:without\s|[-−][^\W\d_\s]))[^,])+)",
    re.IGNORECASE,
)
_OR: Final = re.compile(rf"({_QUOTED})|\s+n?or\s+", re.IGNORECASE)
_WITHIN: Final = re.compile(
    r"(?:^|\s+)within\s+([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*(s|secs?|seconds?|m|mins?|minutes?)\.?$",
    re.IGNORECASE,
)
_SIGNS: Final = re.compile(r"\"([^\"]*)\"|“([^”]*)”")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What typed words say: what to look for, what to leave out, what has to follow and how soon."""

    words: str
    without: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    """Each as it was typed, with the words that it leaves out itself."""
    within_s: float | None = None


def understand(text: str) -> Phrase:
    """Return what words that somebody typed say. What is left to look for says nothing more."""
    first, *steps = (part for part in _split(_THEN, tidy(text)))
    within_s: float | None = None
    kept: list[str] = []
    for step in steps:
        found = _WITHIN.search(step)
        if found:
            within_s = float(found[1]) * (60 if found[2].lower().startswith("m") else 1)
            kept.append(step[: found.start()].rstrip())
        else:
            kept.append(step)
    words, without = _leave_out(first)
    if words != tidy(text):
        # What came together by taking something out may read as more of the same.
        again = understand(words)
        words, without = again.words, [*without, *again.without]
        kept = [*again.then, *kept]
        within_s = again.within_s if within_s is None else within_s
    return Phrase(words, tuple(dict.fromkeys(without)), tuple(step for step in kept if step), within_s)


def unquoted(text: str) -> str:
    """Return words as an engine gets them: the quotes have done their work."""
    return tidy(_SIGNS.sub(lambda found: found[1] or found[2] or "", text))


def _leave_out(text: str) -> tuple[str, list[str]]:
    without: list[str] = []

    def take(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        minus = found["minus"]
        taken = [minus] if minus is not None else _split(_OR, found["without"])
        without.extend(words for one in taken if (words := unquoted(one)))
        return " "

    left = _OUT.sub(take, text)
    if not without:
        return text, []
    return tidy(left).replace(" ,", ",").strip(", "), without


def _split(border: re.Pattern[str], text: str) -> list[str]:
    """Return the parts between borders; a match with a group is quoted, and no border."""
    parts, start = [], 0
    for found in border.finditer(text):
        if found[1] is None:
            parts.append(text[start : found.start()].strip())
            start = found.end()
    return [*parts, text[start:].strip()]

"""What a way of searching is asked, and what it answers; ours and the plain ways alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.model import Filters


@dataclass(frozen=True, slots=True)
class Asked:
    """A text, a clip, or both of them weighed."""

    text: int | None = None
    clip: int | None = None
    text_weight: float = 0.5
    """Of both, 0 to 1; the clip has the rest. It does not count where there is only one."""

    @property
    def terms(self) -> tuple[tuple[str, int, float], ...]:
        """Return (kind, number, weight) of each."""
        if self.text is None or self.clip is None:
            single = [("text", self.text, 1.0), ("clip", self.clip, 1.0)]
            return tuple((kind, number, weight) for kind, number, weight in single if number is not None)
        return ("text", self.text, self.text_weight), ("clip", self.clip, 1 - self.text_weight)


@dataclass(frozen=True, slots=True)
class Answer:
    """The best units of a library, best first."""

    units: tuple[int, ...]
    top_score: float
    """Of the first; -inf where there is none."""


class Way(Protocol):
    """A way of searching."""

    def answer(self, asked: Sequence[Asked], limit: int, filters: Filters | None = None) -> list[Answer]:
        """Return the best ``limit`` units of each question. All have the same weights."""
        ...

"""What can be asked of a selection, and the names under which the answers are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from core.insights.clustering import Clustering
from core.insights.projecting import Projection
from core.insights.repeats import Repeats
from core.insights.serving import Outliers
from core.model import Modality, Space

Kind: TypeAlias = Literal["map", "clusters", "outliers", "repeats"]
ANSWERS: Final[Mapping[Kind, type[Any]]] = {
    "map": Projection,
    "clusters": Clustering,
    "outliers": Outliers,
    "repeats": Repeats,
}
STEPS: Final[Mapping[Kind, str]] = {
    "map": "Drawing the map",
    "clusters": "Finding groups",
    "outliers": "Looking for what stands out",
    "repeats": "Looking for repeats",
}
VERSION: Final = 1
"""Of the files and of how answers are worked out: another one asks everything anew."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that a question is about: which archive files, and which modality of them."""

    space: Space
    modality: Modality
    videos: tuple[tuple[str, str], ...]
    """Video ids with their recipes."""
    stamps: tuple[str, ...]
    """When each video was indexed, so that one that was indexed again is read again."""
    most: int

    @property
    def key(self) -> str:
        """Return a name that is the same whenever the content is."""
        space = [self.space.engine, self.space.model, self.space.dimension]
        return _digest([VERSION, space, self.modality, self.videos, self.stamps, self.most])


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the chosen rows."""

    chosen: Chosen
    kind: Kind
    asked: Mapping[str, Any] = field(default_factory=dict)
    """What the answer depends on besides, as JSON can say it."""

    @property
    def name(self) -> str:
        """Return the name of the answer among those about the same rows."""
        return f"{self.kind}-{_digest(self.asked)[:16]}"

    @property
    def key(self) -> str:
        return f"{self.chosen.key}/{self.name}"


def _digest(content: Sequence[Any] | Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

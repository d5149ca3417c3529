"""An engine whose texts and clips are the given vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.loading import Given
from core.embedding.port import Concurrency, EngineState, QueryLimits, QueryVectors, Sample
from core.errors import QueryRefused
from core.model import Clip, Modality, Segment, Space, Text, Vector


class Measured:
    """Says of text 12 what queries.npy has in row 12, of clip 7 what clips.npy has in row 7.

    One vector is compared in every modality, as models do that embed everything into one space. No engine
    is called so, so no figures that belong to one are used. It can be asked, but has nothing to index.
    """

    def __init__(self, given: Given, modalities: tuple[Modality, ...], clip_folder: Path) -> None:
        """``clip_folder`` takes a small file per clip that is asked for, to stand for its video."""
        self._given = given
        self._modalities = modalities
        self._folder = clip_folder

    def text(self, number: int, weight: float = 1.0) -> Text:
        """Return the term for a row of queries.npy."""
        return Text(str(number), weight)

    def clip(self, number: int, weight: float = 1.0) -> Clip:
        """Return the term for a row of clips.npy; without one, of items.npy."""
        file = self._folder / str(number)
        if not file.exists():
            file.write_text(file.name, encoding="utf-8")
        return Clip(file, weight=weight)

    @property
    def space(self) -> Space:
        return Space("measured", "given", int(self._given.items.shape[1]))

    @property
    def modalities(self) -> tuple[Modality, ...]:
        return self._modalities

    @property
    def limits(self) -> QueryLimits:
        return QueryLimits()

    @property
    def billable(self) -> bool:
        return False

    @property
    def combines(self) -> bool:
        return False

    @property
    def concurrency(self) -> Concurrency:
        return Concurrency()

    def embed_text(self, text: str) -> QueryVectors:
        return self._same(self._given.queries[int(text)])

    def embed_clip(self, path: Path, segment: Segment | None = None) -> QueryVectors:
        return self._same(self._given.examples[int(path.read_text(encoding="utf-8"))])

    def embed_image(self, path: Path) -> QueryVectors:
        return self.embed_clip(path)

    def embed_together(self, text: str, samples: Sequence[Sample]) -> QueryVectors:
        raise QueryRefused("Given vectors cannot be combined by a model.")

    def vocabulary(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return ()

    def state(self) -> EngineState:
        return EngineState("measured", "given", True, "Given vectors are searched.")

    def close(self) -> None:
        """Nothing is held."""

    def _same(self, vector: Vector) -> QueryVectors:
        return QueryVectors(dict.fromkeys(self._modalities, vector))

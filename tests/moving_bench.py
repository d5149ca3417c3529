"""A library that moves house: archive and catalog are given, its engine only answers queries and counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from core import composition
from core.catalog.catalog import Catalog
from core.catalog.rows import NewVideo, video_id_of
from core.config import Settings
from core.embedding.port import QueryVectors
from core.layout import Layout
from core.library import Library, open_library
from core.model import Embedding, MediaInfo, Modality, Segment, Space
from core.parts import Parts
from core.vectors import open as opening
from core.vectors.archive import Archive
from core.vectors.backends import Backend
from core.vectors.milvus import MilvusIndex
from tests.catalogs import MEDIA
from tests.fakes import FakeEmbedder
from tests.milvus_server import TOKEN

BOTH: Final[tuple[Modality, ...]] = ("visual", "audio")
RECIPE: Final = "moved-1"
_SEGMENT_S: Final = 4.0
TOPICS: Final = 50
_AT: Final = datetime(2026, 3, 1, tzinfo=UTC)


class CountingEngine(FakeEmbedder):
    """An engine for texts such as ``topic 7 nuance 3``; every call to it is a line in its diary."""

    def __init__(self, folder: Path, space: Space) -> None:
        super().__init__(folder, model=space.model)
        self.space = space

    def recipe(self, source: Any) -> str:
        return RECIPE

    def embed_text(self, text: str) -> QueryVectors:
        self.diary.note("embed_text", text)
        return QueryVectors({modality: _meant(text, modality, self.space.dimension) for modality in BOTH})

    @property
    def calls(self) -> int:
        """Return how often it was asked for anything that would cost money."""
        return sum(not line.startswith("close") for line in self.diary.lines())


class House:
    """A data folder with archive and catalog of made-up videos, that any index may be filled from."""

    def __init__(
        self, folder: Path, *, videos: int, segments: int, dimension: int = 16, engine: str = "moving"
    ) -> None:
        """Write ``videos`` videos of ``segments`` segments, each seen and heard.

        Another ``engine`` is another space, for a server that others use as well.
        """
        self.data = folder / "data"
        self.space = Space(engine, "m1", dimension)
        self.engine = CountingEngine(folder / "engine", self.space)
        self.video_ids: list[str] = []
        layout = Layout(self.data)
        layout.create()
        archive, catalog = Archive(layout.archive), Catalog(self.settings().catalog_url)
        for number in range(videos):
            self.video_ids.append(self._plant(catalog, archive, number, segments))
        catalog.close()

    def _plant(self, catalog: Catalog, archive: Archive, number: int, segments: int) -> str:
        digest = hashlib.sha256(f"{number}".encode()).hexdigest()
        known = catalog.find(video_id_of(digest))
        if known is not None:
            return known.id
        media = MediaInfo(segments * _SEGMENT_S, 640, 360, MEDIA.frame_rate, "h264", playable=True)
        video = catalog.add_video(
            NewVideo(
                id=video_id_of(digest),
                sha256=digest,
                size_bytes=1000 + number,
                title=f"Film {number}",
                media=media,
                path=f"/films/{number}.mp4",
                category=("road", "sea", "city")[number % 3],
            )
        )
        archive.write(video.id, self.space, RECIPE, made_rows(number, segments, self.space.dimension))
        catalog.mark_indexed(
            video.id, recipe=RECIPE, space=self.space, segment_count=segments, indexed_at=_AT
        )
        return video.id

    def settings(self, uri: str = "") -> Settings:
        """Return the settings for an index at this address. Milvus itself answers, not a copy of it."""
        return Settings(data_dir=self.data, milvus_uri=uri, milvus_token=SecretStr(TOKEN), index_copy_mb=0)

    @contextmanager
    def fitted(self, backend: Backend | None = None) -> Iterator[None]:
        """Let whatever opens a library here find this engine, and this table for what Milvus can do."""

        def open_index(settings: Settings) -> MilvusIndex:
            return MilvusIndex(settings.milvus_address, TOKEN, backend=backend)

        with (
            patch.object(composition, "open_embedder", lambda *_: self.engine),
            patch.object(composition, "open_index", open_index if backend else opening.open_index),
        ):
            yield

    @contextmanager
    def parts(self, uri: str = "", backend: Backend | None = None) -> Iterator[Parts]:
        """Open the parts of the library, with nobody at work."""
        with self.fitted(backend):
            parts = composition.assemble(self.settings(uri))
        with parts.closing:
            yield parts

    @contextmanager
    def library(self, uri: str = "", backend: Backend | None = None) -> Iterator[Library]:
        """Open the library at work."""
        with self.fitted(backend), open_library(self.settings(uri)) as library:
            yield library


def made_rows(number: int, segments: int, dimension: int) -> list[Embedding]:
    """Return what the engine made of a video: scenes of two topics, seen and heard, and one of the whole."""
    chance = np.random.default_rng(number)
    topics = chance.integers(0, TOPICS, 2)
    found = []
    for modality in BOTH:
        for place in range(segments):
            topic = _topic(int(topics[place * 2 // segments]), modality, dimension)
            vector = _unit(topic + 0.5 * chance.standard_normal(dimension))
            start_s = place * _SEGMENT_S
            found.append(Embedding(vector, Segment(start_s, start_s + _SEGMENT_S), modality))
    whole = Segment(0.0, segments * _SEGMENT_S)
    return [*found, Embedding(_unit(chance.standard_normal(dimension)), whole, "visual", "asset")]


def _meant(text: str, modality: Modality, dimension: int) -> NDArray[np.float32]:
    """Return the vector of a text: near its topic, and a little elsewhere for every wording."""
    topic = int(text.split()[1]) if text.startswith("topic ") else 0
    chance = np.random.default_rng(list(hashlib.sha256(text.encode()).digest()))
    return _unit(_topic(topic, modality, dimension) + 0.7 * chance.standard_normal(dimension))


def _topic(topic: int, modality: Modality, dimension: int) -> NDArray[np.float64]:
    return np.random.default_rng([topic, BOTH.index(modality)]).standard_normal(dimension)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vector / np.linalg.norm(vector)).astype(np.float32)

"""A real library whose vectors a test chooses: its stores are the real ones, its films are not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.catalog.rows import NewVideo, video_id_of
from core.config import Settings
from core.indexing.workbench import video_fields
from core.library import Library, open_library
from core.model import Embedding, MediaInfo, Modality, Segment, Video
from core.model.insights import InsightRun

T = TypeVar("T")
SEGMENT_S = 6.0


@dataclass(frozen=True)
class Planted:
    """What is put into the library as one video. Vectors are (n, 512), six seconds each."""

    name: str
    vectors: Mapping[Modality, NDArray[np.floating]]
    category: str | None = None
    recorded_at: datetime | None = None
    tags: tuple[str, ...] = ()
    file: Path | None = None
    """A real file that lasts as long, where somebody is going to watch it."""

    @property
    def rows(self) -> int:
        return max(len(some) for some in self.vectors.values())


def open_planted(folder: Path, videos: Sequence[Planted] = ()) -> Library:
    """Return the library of a folder, with these videos indexed in the preview engine's space."""
    library = open_library(Settings(data_dir=folder, engine="preview"))
    for one in videos:
        plant(library, one)
    return library


def plant(library: Library, planted: Planted) -> Video:
    """Index a made-up video with the vectors it is given; where it is there, give it these instead."""
    parts = library._parts
    digest = sha256(planted.name.encode()).hexdigest()
    video = parts.catalog.find(video_id_of(digest))
    if video is None:
        media = MediaInfo(planted.rows * SEGMENT_S, 640, 360, Fraction(25), "h264", playable=True)
        video = parts.catalog.add_video(
            NewVideo(
                id=video_id_of(digest),
                sha256=digest,
                size_bytes=planted.file.stat().st_size if planted.file else 1000 + planted.rows,
                title=planted.name,
                media=media,
                path=str(planted.file or Path("/films") / f"{planted.name}.mp4"),
                category=planted.category,
                tags=planted.tags,
                recorded_at=planted.recorded_at,
            )
        )
    space, recipe = parts.embedder.space, parts.pipeline.recipe_of(video)
    embeddings = [
        Embedding(
            np.asarray(vector, np.float32) / np.linalg.norm(vector),
            Segment(place * SEGMENT_S, (place + 1) * SEGMENT_S),
            modality,
        )
        for modality, some in planted.vectors.items()
        for place, vector in enumerate(some)
    ]
    parts.archive.write(video.id, space, recipe, embeddings)
    parts.index.replace_video(space, video_fields(video), embeddings)
    return parts.catalog.mark_indexed(
        video.id, recipe=recipe, space=space, segment_count=len(embeddings), indexed_at=datetime.now(UTC)
    )


def answered(ask: Callable[[], InsightRun[T]], patience_s: float = 120) -> InsightRun[T]:
    """Ask until the answer is there, or never will be."""
    ends = time.monotonic() + patience_s
    while True:
        run = ask()
        if run.ended:
            return run
        assert time.monotonic() < ends, run
        time.sleep(0.02)


def result_of(ask: Callable[[], InsightRun[T]]) -> T:
    """Return the answer, which must come."""
    run = answered(ask)
    assert run.state == "ready", run.message
    assert run.result is not None
    return run.result


def scenes(seed: int, groups: int, rows: int, spread: float = 0.3) -> NDArray[np.float64]:
    """Return rows vectors of so many groups, one after the other, that share a background."""
    chance = np.random.default_rng(seed)
    background = chance.standard_normal(512)
    centres = background + 1.5 * chance.standard_normal((groups, 512))
    return np.repeat(centres, -(-rows // groups), axis=0)[:rows] + spread * chance.standard_normal(
        (rows, 512)
    )
